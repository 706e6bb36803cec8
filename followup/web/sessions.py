"""Who asks: the session behind a request's cookie, and what their role lets them do."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

from aiohttp import web

from followup.flows.sign_in import SESSION_LASTS, session_of
from followup.store.staff import Session
from followup.web.headers import is_secure
from followup.web.keys import SERVICES

if TYPE_CHECKING:
    from followup.flows.sign_in import SignedIn
    from followup.store.staff import Account

SESSION: web.RequestKey[Session] = web.RequestKey("session", Session)

VIEWER, REVIEWER, LEAD, ADMIN = ROLES = ("viewer", "reviewer", "lead", "admin")
"""Each may do what those before it may."""

NAME, DEVICE, SHORTCUTS, SOUND = "followup", "followup-device", "followup-shortcuts", "followup-sound"
REFRESH = "X-Followup-Refresh"
"""The page's own script looks again: nobody may be sitting before it, so it keeps no session alive."""
ONE_YEAR = 365 * 24 * 3600


def account_of(request: web.Request) -> Account:
    """Whose request this is; only behind `staff_only`."""
    return request[SESSION].account


def may(account: Account, role: str) -> bool:
    """Whether the account has this role, or one that includes it."""
    return account.role in ROLES and ROLES.index(account.role) >= ROLES.index(role)


async def find_session(request: web.Request, *, is_use: bool = True) -> Session | None:
    """The session behind the request's cookie, if it still holds."""
    token = token_of(request)
    return await session_of(request.app[SERVICES], token, is_use=is_use) if token else None


def token_of(request: web.Request) -> str:
    """The session token that the browser sent, "" for none."""
    return request.cookies.get(_named(request, NAME), "")


def device_of(request: web.Request) -> str:
    """By what this browser is known from an earlier sign-in, "" for nothing."""
    return request.cookies.get(_named(request, DEVICE), "")


def browser_of(request: web.Request) -> str:
    """What the browser calls itself, as people do: "Firefox on Windows"; "" where it does not say."""
    said = request.headers.get("User-Agent", "")
    named = [next((word for mark, word in marks if mark in said), "") for marks in (_BROWSERS, _SYSTEMS)]
    return " on ".join(word for word in named if word)


_BROWSERS = (("Edg", "Edge"), ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari"))
_SYSTEMS = (
    *(("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android")),
    *(("Windows", "Windows"), ("Mac OS", "a Mac"), ("Linux", "Linux")),
)


def has_shortcuts(request: web.Request) -> bool:
    """Whether single keys do something; anybody may switch that off (WCAG 2.1.4)."""
    return request.cookies.get(_named(request, SHORTCUTS)) != "off"


def has_sound(request: web.Request) -> bool:
    """Whether a new flag that cannot wait is to be heard, too; only where somebody asked for it."""
    return request.cookies.get(_named(request, SOUND)) == "on"


def bring_in(request: web.Request, answer: web.Response, signed_in: SignedIn) -> None:
    """Gives the browser its session, and what it is known by next time."""
    _set(request, answer, NAME, signed_in.token, int(SESSION_LASTS.total_seconds()))
    _set(request, answer, DEVICE, signed_in.device, ONE_YEAR)


def bring_out(request: web.Request, answer: web.Response) -> None:
    """Takes the session cookie away again."""
    answer.del_cookie(_named(request, NAME), path="/", secure=is_secure(request), httponly=True, samesite="Lax")


def remember_shortcuts(request: web.Request, answer: web.Response, *, are_on: bool) -> None:
    """Keeps the choice in this browser."""
    _set(request, answer, SHORTCUTS, "on" if are_on else "off", ONE_YEAR)


def remember_sound(request: web.Request, answer: web.Response, *, is_on: bool) -> None:
    """Keeps the choice in this browser."""
    _set(request, answer, SOUND, "on" if is_on else "off", ONE_YEAR)


def address_of(request: web.Request) -> str:
    """Where the request comes from: the peer, or what a proxy on this very machine says of its own peer."""
    peer = request.remote or ""
    forwarded = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
    return forwarded if _is_loopback(peer) and _is_address(forwarded) else peer


def _is_loopback(text: str) -> bool:
    return _is_address(text) and ipaddress.ip_address(text).is_loopback


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _named(request: web.Request, name: str) -> str:
    # __Host-: a browser takes it only over https, for this host alone and from this host alone.
    return f"__Host-{name}" if is_secure(request) else name


def _set(request: web.Request, answer: web.Response, name: str, value: str, seconds: int) -> None:
    answer.set_cookie(
        _named(request, name),
        value,
        max_age=seconds,
        path="/",
        secure=is_secure(request),
        httponly=True,
        samesite="Lax",
    )
