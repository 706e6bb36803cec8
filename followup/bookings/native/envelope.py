"""Takes an event out of its wrapping: ours, or CloudEvents 1.0, structured or binary."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from followup.bookings import Fault, RejectedError
from followup.bookings.native.strict_json import read_json

if TYPE_CHECKING:
    from followup.bookings import Request

CLOUD_EVENT = "application/cloudevents+json"
MAX_NAME = 256


@dataclass(frozen=True, slots=True)
class Places:
    """Where the sender finds each part in what it sent; for faults."""

    type: str
    timestamp: str
    data: str


@dataclass(frozen=True, slots=True)
class Envelope:
    """An event's parts, not yet checked."""

    type: Any
    timestamp: Any
    data: Any
    places: Places


_PLAIN = Places("#/type", "#/timestamp", "#/data")
_STRUCTURED = Places("#/type", "#/time", "#/data")
_BINARY = Places("ce-type", "ce-time", "#")


def event_name(request: Request) -> str:
    """The event's unique name: its webhook-id. Raises RejectedError where that is no name."""
    name = request.headers.get("webhook-id", "")
    if not 0 < len(name) <= MAX_NAME or not name.isprintable():
        raise RejectedError(422, "Wrong content", [Fault("webhook-id", f"needs 1 to {MAX_NAME} printable characters")])
    return name


def open_envelope(request: Request) -> Envelope:
    """The event in this call, whichever of the three ways it is wrapped."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type == CLOUD_EVENT:
        return _structured(request)
    if any(name in request.headers for name in ("ce-type", "ce-id", "ce-specversion")):
        return _binary(request)
    body = _object(read_json(request.body))
    return Envelope(body.get("type"), body.get("timestamp"), body.get("data"), _PLAIN)


def _structured(request: Request) -> Envelope:
    body = _object(read_json(request.body))
    _check_cloud_event(request, body.get("specversion"), body.get("id"), ("#/specversion", "#/id"))
    return Envelope(body.get("type"), body.get("time"), body.get("data"), _STRUCTURED)


def _binary(request: Request) -> Envelope:
    said = {name: unquote(value) for name, value in request.headers.items() if name.startswith("ce-")}
    _check_cloud_event(request, said.get("ce-specversion"), said.get("ce-id"), ("ce-specversion", "ce-id"))
    return Envelope(said.get("ce-type"), said.get("ce-time"), read_json(request.body), _BINARY)


def _check_cloud_event(request: Request, version: Any, name: Any, places: tuple[str, str]) -> None:
    faults = []
    if version != "1.0":
        faults.append(Fault(places[0], 'needs "1.0"'))
    if name is not None and name != event_name(request):
        faults.append(Fault(places[1], "differs from webhook-id"))
    if faults:
        raise RejectedError(422, "Wrong content", faults)


def _object(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise RejectedError(422, "Wrong content", [Fault("#", "needs an object")])
    return value
