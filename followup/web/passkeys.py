"""Passkeys on the account page, and the way in by one. A script asks for options; what it gets back comes as a form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aiohttp import web

from followup.flows import passkey_sign_in
from followup.flows import passkeys as flow
from followup.flows.passkeys import NotAdded
from followup.flows.sign_in import SignedIn, Throttled
from followup.web import account, sessions, sign_in
from followup.web.forms import read_form
from followup.web.keys import SERVICES
from followup.web.paths import safe_path
from followup.web.sessions import SESSION, account_of

if TYPE_CHECKING:
    from collections.abc import Mapping

HERE = "/account#passkeys"
UNAUTHORIZED, UNPROCESSABLE, TOO_MANY = 401, 422, 429
UNKNOWN = "That passkey opens nothing here: it may have been removed, or it took too long."
COPIED = (
    "There may be two of that passkey, so it is good no longer. Sign in another way, remove it in your account, "
    "and tell whoever runs this service."
)


async def ask_for_new(request: web.Request) -> web.StreamResponse:
    """POST /account/passkeys/options: what the browser is asked to make one by."""
    form = await read_form(request)
    address = sessions.address_of(request)
    asked = await flow.begin_adding(request.app[SERVICES], request[SESSION], form.get("password", ""), address)
    return _options(asked)


async def add(request: web.Request) -> web.StreamResponse:
    """POST /account/passkeys: the one that it made."""
    form = await read_form(request)
    services, token = request.app[SERVICES], sessions.token_of(request)
    refused = await flow.add(services, request[SESSION], token, form.get("answer", ""), form.get("name", ""))
    if refused is not None:
        return await account.show_page(request, status=UNPROCESSABLE, fault=refused.why)
    raise web.HTTPSeeOther(HERE)


async def remove(request: web.Request) -> web.StreamResponse:
    """POST /account/passkeys/{passkey}/remove."""
    await read_form(request)
    token = sessions.token_of(request)
    if not await flow.remove(request.app[SERVICES], account_of(request), token, request.match_info["passkey"]):
        raise web.HTTPNotFound
    raise web.HTTPSeeOther(HERE)


async def ask_to_show(request: web.Request) -> web.StreamResponse:
    """POST /sign-in/passkey/options: what the browser is asked to show one by."""
    await read_form(request)
    asked = await passkey_sign_in.begin_sign_in(request.app[SERVICES], sessions.address_of(request))
    return _options(flow.IMPOSSIBLE if asked is None else asked)


async def come_in(request: web.Request) -> web.StreamResponse:
    """POST /sign-in/passkey: the answer to that."""
    form = await read_form(request)
    following = safe_path(form.get("next", ""))
    came = await passkey_sign_in.sign_in(
        request.app[SERVICES],
        form.get("answer", ""),
        sessions.address_of(request),
        sessions.device_of(request),
        sessions.browser_of(request),
    )
    if isinstance(came, SignedIn):
        return sign_in.let_in(request, came, following)
    if isinstance(came, Throttled):
        return sign_in.show_form(request, next=following, fault=_wait(came), status=TOO_MANY)
    fault = COPIED if came.is_copied else UNKNOWN
    return sign_in.show_form(request, next=following, fault=fault, status=UNAUTHORIZED)


def _options(asked: Mapping[str, Any] | NotAdded | Throttled) -> web.Response:
    if isinstance(asked, Throttled):
        return web.json_response({"fault": _wait(asked)}, status=TOO_MANY)
    if isinstance(asked, NotAdded):
        return web.json_response({"fault": asked.why}, status=UNPROCESSABLE)
    return web.json_response(asked)


def _wait(throttled: Throttled) -> str:
    return f"Too many tries. Try again in {throttled.seconds} seconds."
