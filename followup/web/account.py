"""One's own account: where one is signed in, and the second factor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aiohttp import web
from markupsafe import Markup

from followup.flows import passkeys, second_factor
from followup.flows import sign_in as flow
from followup.web import sessions
from followup.web.forms import read_form
from followup.web.keys import SERVICES
from followup.web.render import show
from followup.web.sessions import SESSION, account_of

if TYPE_CHECKING:
    from collections.abc import Sequence

WRONG_CODE = "That code is not right, or was used already. Wait for the next one, and try again."
UNPROCESSABLE = 422
HOME = "/account"


async def show_account(request: web.Request) -> web.StreamResponse:
    """GET /account."""
    return await show_page(request)


async def offer_factor(request: web.Request) -> web.StreamResponse:
    """POST /account/second-factor: a new secret, shown once, in use only after its first code."""
    await read_form(request)
    offer = await second_factor.offer(request.app[SERVICES], account_of(request))
    return await show_page(request, offer=offer, picture=_picture(offer.uri) if offer else "")


async def confirm_factor(request: web.Request) -> web.StreamResponse:
    """POST /account/second-factor/confirm: the first code, and then the recovery codes, told this once."""
    form = await read_form(request)
    codes: Sequence[str] = await second_factor.confirm(request.app[SERVICES], account_of(request), form.get("code", ""))
    if not codes:
        return await show_page(request, status=UNPROCESSABLE, fault=WRONG_CODE + " The picture is a new one each time.")
    return await show_page(request, has_factor=True, codes=codes)


async def turn_off(request: web.Request) -> web.StreamResponse:
    """POST /account/second-factor/off: with a code, so that an open browser is not enough."""
    form = await read_form(request)
    if not await second_factor.turn_off(request.app[SERVICES], account_of(request), form.get("code", "")):
        return await show_page(request, status=UNPROCESSABLE, fault=WRONG_CODE)
    raise web.HTTPSeeOther(HOME)


async def end_session(request: web.Request) -> web.StreamResponse:
    """POST /account/sessions/{id}/end: another browser is out."""
    await read_form(request)
    await flow.end_session(request.app[SERVICES], account_of(request), request.match_info["session"])
    raise web.HTTPSeeOther(HOME)


async def sign_out_everywhere(request: web.Request) -> web.StreamResponse:
    """POST /account/sign-out-everywhere: this browser, too."""
    await read_form(request)
    await flow.sign_out_everywhere(request.app[SERVICES], account_of(request))
    answer = web.Response(status=303, headers={"Location": "/sign-in"})
    sessions.bring_out(request, answer)
    return answer


async def show_page(request: web.Request, *, status: int = 200, **values: Any) -> web.Response:
    """The page, with what was just done on it."""
    services = request.app[SERVICES]
    around = {
        "has_factor": request[SESSION].has_second_factor,
        "is_required": services.requires_second_factor and not request[SESSION].passkey,
        "passkeys": await passkeys.list_passkeys(services, account_of(request)),
        "has_passkeys": passkeys.is_possible(services),
        "is_fresh": passkeys.is_fresh(services, request[SESSION]),
        "browser": sessions.browser_of(request),
        "open_sessions": await flow.sessions_of(services, account_of(request)),
        "this_session": flow.session_id(sessions.token_of(request)),
        "offer": None,
        "picture": "",
        "codes": (),
        "fault": "",
    }
    return show(request, "account.html", status=status, **{**around, **values})


def _picture(uri: str) -> Markup:
    """A QR code as SVG within the page: the policy allows no picture from anywhere else."""
    import segno

    code = segno.make(uri, error="m", micro=False)
    return Markup(code.svg_inline(scale=5, border=4, dark="#000", light="#fff"))  # noqa: S704 - segno's own SVG, of squares
