"""The doors for carriers: a patient's text, and what became of ours. Kept first, read later."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from aiohttp import web

from followup.flows.accept import accept
from followup.sms import UnreadableError
from followup.sms.form import read_form
from followup.web.bodies import read_body
from followup.web.keys import SERVICES
from followup.web.problems import FORBIDDEN, UNKNOWN_SOURCE, ProblemError

if TYPE_CHECKING:
    from datetime import datetime

    from multidict import MultiMapping

    from followup.flows.services import Services
    from followup.sms import Hooks


async def receive_reply(request: web.Request) -> web.Response:
    """A patient's text: kept under the carrier's id of it."""
    hooks, body, form = await _signed(request)
    key = hooks.reply_key(form) or _digest(body)
    return await _keep(request, "reply", key, body)


async def receive_receipt(request: web.Request) -> web.Response:
    """The carrier's word on one of our texts: each state of each text is kept once."""
    hooks, body, form = await _signed(request)
    message = request.match_info["message"]
    key = _receipt_key(hooks, form, message, request.app[SERVICES].wall()) or f"{_digest(body)}:{message}"
    return await _keep(request, f"receipt:{message}", key, body)


async def _signed(request: web.Request) -> tuple[Hooks, bytes, MultiMapping[str]]:
    services: Services = request.app[SERVICES]
    body = await read_body(request)
    hooks = services.hooks.get(request.match_info["gateway"])
    if hooks is None:
        raise ProblemError(UNKNOWN_SOURCE)
    try:
        form = read_form(body, request.headers.get("Content-Type", ""))
    except UnreadableError:
        raise ProblemError(FORBIDDEN) from None
    # The URL as the carrier was told it; Host and X-Forwarded-* are anybody's to write.
    url = services.public_url.rstrip("/") + request.raw_path
    if not hooks.is_signed(url, form, request.headers):
        raise ProblemError(FORBIDDEN)
    return hooks, body, form


async def _keep(request: web.Request, door: str, key: str, body: bytes) -> web.Response:
    services: Services = request.app[SERVICES]
    await accept(
        services,
        clinic="",  # known by the number it was sent to: the drain finds it
        door=f"sms:{request.match_info['gateway']}:{door}",
        key=key,
        body=body,
        headers={"content-type": request.headers["Content-Type"]},
    )
    services.nudge()
    # Empty on purpose: Twilio sends the text of a plain answer to the patient.
    return web.Response(status=204)


def _receipt_key(hooks: Hooks, form: MultiMapping[str], message: str, now: datetime) -> str:
    try:
        receipt = hooks.read_receipt(form, message, now)
    except UnreadableError:
        return ""
    return ":".join([receipt.carrier_id, receipt.raw_state, str(receipt.error_code or ""), message])


def _digest(body: bytes) -> str:
    # Signed but without an id: it is theirs, so it is kept, known by its bytes.
    return "sha256:" + hashlib.sha256(body).hexdigest()
