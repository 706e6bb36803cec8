"""The way to every page of the desk: signed in, with a role that may, or not at all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from aiohttp import web

from followup.web.keys import SERVICES
from followup.web.sessions import REFRESH, SESSION, account_of, find_session, may

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from followup.store.staff import Session

    Page = Callable[[web.Request], Awaitable[web.StreamResponse]]

IS_PAGE: web.RequestKey[bool] = web.RequestKey("is_page", bool)


@dataclass(frozen=True, slots=True)
class StaffOnly:
    """A page behind the door. Whoever is not signed in is led there, and back here afterwards."""

    page: Page
    role: str
    is_use: bool = True
    """Whether asking for it keeps a session alive."""

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """The page, for those who may see it."""
        request[IS_PAGE] = True
        session = await find_session(request, is_use=self.is_use and REFRESH not in request.headers)
        if session is None:
            raise _to_the_door(request)
        request[SESSION] = session
        if _must_set_up(request, session) and not request.path.startswith(OPEN_BEFORE):
            raise web.HTTPSeeOther("/account")
        if not may(account_of(request), self.role):
            raise web.HTTPForbidden
        return await self.page(request)


OPEN_BEFORE = ("/account", "/sign-out", "/shortcuts")
"""Where somebody may go before they have the second factor that is asked for."""


def _must_set_up(request: web.Request, session: Session) -> bool:
    return request.app[SERVICES].requires_second_factor and not (session.has_second_factor or session.passkey)


@dataclass(frozen=True, slots=True)
class Everybody:
    """A page before the door."""

    page: Page

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """The page."""
        request[IS_PAGE] = True
        return await self.page(request)


def _to_the_door(request: web.Request) -> web.HTTPException:
    if request.headers.get("Sec-Fetch-Mode", "navigate") != "navigate":
        return web.HTTPUnauthorized()  # a script asks: it knows what to say
    back = request.path if request.method == "GET" and request.path != "/" else ""
    return web.HTTPSeeOther("/sign-in" + (f"?{urlencode({'next': back})}" if back else ""))
