"""The door for booking systems: is it theirs, is it readable; keep it, answer, work later."""

from __future__ import annotations

import hashlib
import math
from enum import StrEnum
from typing import TYPE_CHECKING, cast

import structlog
from aiohttp import web

from followup.bookings import QuarantinedError, RejectedError, Request
from followup.flows.accept import Verdict, accept
from followup.flows.booking_setting import setting_of
from followup.web.bodies import lowered, read_body
from followup.web.keys import SERVICES
from followup.web.problems import (
    BAD_SIGNATURE,
    BODY_PROBLEMS,
    CONFLICT,
    TOO_MANY,
    UNKNOWN_SOURCE,
    WRONG_TYPE,
    ProblemError,
)
from followup.web.rate import RateLimit

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from followup.bookings import Adapter
    from followup.domain.clinic import BookingSource, Clinic
    from followup.flows.accept import Kept
    from followup.flows.services import Services

LIMIT: web.AppKey[RateLimit] = web.AppKey("booking_limit", RateLimit)
JSON_TYPES = frozenset({"application/json", "application/cloudevents+json"})
CHARSETS = frozenset({"utf-8", "utf8", "us-ascii"})

_log = structlog.get_logger(__name__)


class Outcome(StrEnum):
    """What the door makes of a call it keeps."""

    ACCEPTED = "accepted"
    IGNORED = "ignored"
    QUARANTINED = "quarantined"
    DUPLICATE = "duplicate"


_STATUS: Mapping[Outcome, int] = {
    Outcome.ACCEPTED: 202,
    Outcome.IGNORED: 200,
    Outcome.QUARANTINED: 202,
    Outcome.DUPLICATE: 200,
}


async def greet(request: web.Request) -> web.Response:
    """Some systems ask with HEAD whether we are here before they send anything."""
    _find(request)
    return web.Response(status=204)


async def receive_booking(request: web.Request) -> web.Response:
    """One call of a booking system: verified, kept once, answered."""
    services = request.app[SERVICES]
    body = await read_body(request)
    clinic, source, adapter = _find(request)
    call = Request(lowered(request.headers), body, setting_of(services.public_url, clinic, source))
    now = services.wall()
    if not adapter.is_signed(call, source.secrets, now):
        raise ProblemError(BAD_SIGNATURE)
    # After the signature, so that a stranger cannot use up what a clinic's system may send.
    _hold_back(request.app[LIMIT].wait(source.source, now))
    outcome = _judge(adapter, call)
    kept = await accept(
        services,
        clinic=clinic.id,
        door=f"booking:{source.source}",
        key=_key(adapter, call),
        body=body,
        headers=_worth_keeping(adapter, call.headers),
    )
    services.nudge()
    return _answer(adapter, kept, outcome)


def _find(request: web.Request) -> tuple[Clinic, BookingSource, Adapter]:
    services: Services = request.app[SERVICES]
    found = services.catalogue.source(request.match_info["source"])
    if found is None:
        raise ProblemError(UNKNOWN_SOURCE)
    clinic, source = found
    return clinic, source, services.adapters[source.adapter]


def _hold_back(seconds: float) -> None:
    if seconds:
        raise ProblemError(TOO_MANY, headers={"Retry-After": str(math.ceil(seconds))})


def _judge(adapter: Adapter, call: Request) -> Outcome:
    """Refuses a native sender with reasons; others might switch the clinic off for that, so theirs is kept as it is."""
    try:
        return _read(adapter, call)
    except (ProblemError, RejectedError, QuarantinedError) as error:
        if not _is_native(adapter):
            return Outcome.QUARANTINED
        raise _as_problem(error) from None
    except Exception as error:  # an adapter's own mistake must not cost the clinic an event
        if _is_native(adapter):
            raise
        _log.exception("adapter_failed", adapter=adapter.name, error=type(error).__qualname__, exc_info=False)
        return Outcome.QUARANTINED


def _read(adapter: Adapter, call: Request) -> Outcome:
    _check_media_type(adapter, call.headers.get("content-type", ""))
    adapter.check(call)
    is_thin = adapter.key(call) is None
    return Outcome.ACCEPTED if is_thin or adapter.read(call) else Outcome.IGNORED


def _as_problem(error: Exception) -> Exception:
    if isinstance(error, RejectedError):
        return ProblemError(BODY_PROBLEMS[error.status], error.title, errors=error.faults)
    return error if isinstance(error, ProblemError) else ProblemError(BODY_PROBLEMS[422])


def _check_media_type(adapter: Adapter, content_type: str) -> None:
    kind, _, rest = content_type.lower().partition(";")
    if kind.strip() not in cast("Collection[str]", getattr(adapter, "media_types", JSON_TYPES)):
        raise ProblemError(WRONG_TYPE)
    for parameter in rest.split(";"):
        name, _, value = parameter.strip().partition("=")
        if name == "charset" and value.strip('"') not in CHARSETS:
            raise ProblemError(WRONG_TYPE, "The charset has to be UTF-8")


def _is_native(adapter: Adapter) -> bool:
    return bool(getattr(adapter, "is_native", False))


def _key(adapter: Adapter, call: Request) -> str | None:
    try:
        return adapter.key(call)
    except Exception:  # noqa: BLE001 # what has no readable name is known by its bytes
        return "sha256:" + hashlib.sha256(call.body).hexdigest()


def _worth_keeping(adapter: Adapter, headers: Mapping[str, str]) -> dict[str, str]:
    # Never all of them: some systems' signature header is the secret itself.
    named = {"content-type", "webhook-id", *getattr(adapter, "kept_headers", ())}
    return {
        name: value.encode("utf-8", "replace").decode()
        for name, value in headers.items()
        if name in named or name.startswith("ce-")
    }


def _answer(adapter: Adapter, kept: Kept, outcome: Outcome) -> web.Response:
    if kept.verdict is Verdict.CONFLICT and _is_native(adapter):
        raise ProblemError(CONFLICT, instance=kept.id)
    said = outcome if kept.verdict is Verdict.NEW else Outcome.DUPLICATE
    return web.json_response({"id": kept.id, "outcome": said.value}, status=_STATUS[said])
