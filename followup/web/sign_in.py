"""Coming in and going out."""

from __future__ import annotations

from aiohttp import web

from followup.flows import sign_in as flow
from followup.flows.passkeys import is_possible
from followup.flows.sign_in import CodeNeeded, PasskeyNeeded, Refused, SignedIn, Throttled
from followup.web import sessions
from followup.web.forms import read_form
from followup.web.keys import SERVICES
from followup.web.paths import safe_path
from followup.web.render import show

WRONG_CODE = "That code is not right, or was used already."
BY_PASSKEY = "Your clinic asks for a second factor, and yours is your passkey: sign in with it."
WRONG = "E-mail or password is not right."
UNAUTHORIZED, TOO_MANY, GONE, UNPROCESSABLE = 401, 429, 410, 422


async def show_sign_in(request: web.Request) -> web.StreamResponse:
    """GET /sign-in. Who is in already goes on."""
    if await sessions.find_session(request) is not None:
        raise web.HTTPSeeOther(safe_path(request.query.get("next", "")))
    return show_form(request, next=safe_path(request.query.get("next", "")))


async def sign_in(request: web.Request) -> web.StreamResponse:
    """POST /sign-in."""
    form = await read_form(request)
    email, following = form.get("email", "").strip(), safe_path(form.get("next", ""))
    came = await flow.check_password(
        request.app[SERVICES],
        email,
        form.get("password", ""),
        sessions.address_of(request),
        sessions.device_of(request),
        sessions.browser_of(request),
    )
    if isinstance(came, (SignedIn, CodeNeeded, PasskeyNeeded)):
        return let_in(request, came, following)
    if isinstance(came, Throttled):
        fault = f"Too many wrong passwords. Try again in {came.seconds} seconds."
        answer = show_form(request, next=following, email=email, fault=fault, status=TOO_MANY)
        answer.headers["Retry-After"] = str(came.seconds)
        return answer
    return show_form(request, next=following, email=email, fault=WRONG, status=UNAUTHORIZED)


async def give_code(request: web.Request) -> web.StreamResponse:
    """POST /sign-in/code: the second step."""
    form = await read_form(request)
    following, token, address = safe_path(form.get("next", "")), form.get("token", ""), sessions.address_of(request)
    browser = sessions.browser_of(request)
    came = await flow.check_code(request.app[SERVICES], token, form.get("code", ""), address, browser)
    if isinstance(came, SignedIn):
        return let_in(request, came, following)
    if isinstance(came, Throttled):
        answer = _code(request, token, following, f"Too many wrong codes. Try again in {came.seconds} s.", TOO_MANY)
        answer.headers["Retry-After"] = str(came.seconds)
        return answer
    if isinstance(came, CodeNeeded):
        return _code(request, token, following, WRONG_CODE, UNAUTHORIZED)
    return show_form(request, next=following, fault="That took too long. Sign in again.", status=UNAUTHORIZED)


async def show_welcome(request: web.Request) -> web.StreamResponse:
    """GET /welcome/{token}: choose a password. Looking at it does not use the link up."""
    return show(request, "set_password.html", fault="")


async def welcome(request: web.Request) -> web.StreamResponse:
    """POST /welcome/{token}: the password is kept, and its owner is in."""
    form = await read_form(request)
    password = form.get("password", "")
    if password != form.get("again", ""):
        return show(request, "set_password.html", status=UNPROCESSABLE, fault="The two are not the same.")
    token, browser = request.match_info["token"], sessions.browser_of(request)
    came = await flow.accept_link(request.app[SERVICES], token, password, browser)
    if isinstance(came, (SignedIn, CodeNeeded, PasskeyNeeded)):
        return let_in(request, came)
    if came.password_fault:
        return show(request, "set_password.html", status=UNPROCESSABLE, fault=came.password_fault)
    return show(request, "come_in.html", status=GONE, is_used=True)


async def show_link(request: web.Request) -> web.StreamResponse:
    """GET /sign-in/link/{token}: one press to come in, so that a preview of the link does not use it up."""
    return show(request, "come_in.html", is_used=False)


async def use_link(request: web.Request) -> web.StreamResponse:
    """POST /sign-in/link/{token}."""
    await read_form(request)
    token, browser = request.match_info["token"], sessions.browser_of(request)
    came = await flow.one_time_sign_in(request.app[SERVICES], token, browser)
    if isinstance(came, Refused):
        return show(request, "come_in.html", status=GONE, is_used=True)
    return let_in(request, came)


async def sign_out(request: web.Request) -> web.StreamResponse:
    """POST /sign-out: the session ends on the server, and the browser forgets what it kept of it."""
    await read_form(request)
    await flow.sign_out(request.app[SERVICES], sessions.token_of(request))
    answer = web.Response(status=303, headers={"Location": "/sign-in", "Clear-Site-Data": '"cache", "storage"'})
    sessions.bring_out(request, answer)
    return answer


async def choose_shortcuts(request: web.Request) -> web.StreamResponse:
    """POST /shortcuts: single keys on or off, in this browser."""
    form = await read_form(request)
    answer = web.Response(status=303, headers={"Location": safe_path(form.get("next", ""))})
    sessions.remember_shortcuts(request, answer, are_on=form.get("are") == "on")
    return answer


def show_form(request: web.Request, *, next: str, email: str = "", fault: str = "", status: int = 200) -> web.Response:  # noqa: A002 - the field's name
    """The front door."""
    has_passkeys = is_possible(request.app[SERVICES])
    return show(request, "sign_in.html", status=status, next=next, email=email, fault=fault, has_passkeys=has_passkeys)


def _code(request: web.Request, token: str, following: str, fault: str = "", status: int = 200) -> web.Response:
    return show(request, "code.html", status=status, token=token, next=following, fault=fault)


def let_in(request: web.Request, came: SignedIn | CodeNeeded | PasskeyNeeded, following: str = "/") -> web.Response:
    """The first step was right: the page they wanted, or the second step."""
    if isinstance(came, PasskeyNeeded):
        return show_form(request, next=following, fault=BY_PASSKEY, status=UNAUTHORIZED)
    if isinstance(came, CodeNeeded):
        return _code(request, came.token, following)
    answer = web.Response(status=303, headers={"Location": following})
    sessions.bring_in(request, answer, came)
    return answer
