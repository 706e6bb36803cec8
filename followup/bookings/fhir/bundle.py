"""What a notification is about: the R4 backport's Parameters, or the SubscriptionStatus of R4B and R5."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from followup.bookings import QuarantinedError
from followup.bookings.tolerant import Object, instant, object_at, objects_at, read_object, within, words

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

TREATMENTS = ("Appointment", "Encounter", "Procedure")

_REFERENCE = re.compile(r"(?:\S*/)?([A-Z][A-Za-z]{2,40})/([A-Za-z0-9.-]{1,64})(?:/_history/\S{1,64})?")
_SILENT = frozenset({"handshake", "heartbeat", "query-status", "query-event"})


@dataclass(frozen=True, slots=True)
class Notification:
    """The resources it names ("Encounter/7"), those it brings, and when it was sent."""

    named: tuple[str, ...]
    resources: Mapping[str, Object]
    told_at: datetime | None


def name_of(reference: Any) -> str:
    """Any reference as "Encounter/7"; "" where it is none."""
    found = _REFERENCE.fullmatch(reference) if isinstance(reference, str) else None
    return f"{found[1]}/{found[2]}" if found else ""


def open_notification(body: bytes) -> Notification | None:
    """What is said to have happened; None for a handshake or a heartbeat. Raises QuarantinedError."""
    if not body.strip():  # the oldest kind of rest-hook says nothing but that there is something
        return Notification((), {}, None)
    content = read_object(body)
    kind = words(content.get("resourceType"))
    if kind == "Bundle":
        return _of_bundle(content)
    if kind in {*TREATMENTS, "Patient"}:
        name = name_of(f"{kind}/{content.get('id')}")
        return Notification((name,) if name else (), {name: content}, None)
    raise QuarantinedError("it is no FHIR notification")


def _of_bundle(bundle: Object) -> Notification | None:
    entries = objects_at(bundle, "entry")
    status = object_at(entries, 0, "resource")
    kind, events = _parameters(status) if status.get("resourceType") == "Parameters" else _status(status)
    if words(kind) in _SILENT:
        return None
    resources: dict[str, Object] = {}
    for entry in entries:
        resource = object_at(entry, "resource")
        names = {name_of(f"{resource.get('resourceType')}/{resource.get('id')}"), str(entry.get("fullUrl"))}
        resources |= dict.fromkeys(names - {""}, resource)
    foci = [name_of(focus) or _named_by_url(focus, resources) for focus, _ in events]
    brought = foci or [name for name in resources if name.partition("/")[0] in TREATMENTS]
    named = tuple(dict.fromkeys(name for name in brought if name.partition("/")[0] in {*TREATMENTS, "Patient"}))
    if not named and any(foci):
        return None  # about something that is no treatment
    times = [instant(at) for _, at in events] or [instant(bundle.get("timestamp"))]
    return Notification(named, resources, max(filter(None, [*times, instant(bundle.get("timestamp"))]), default=None))


def _named_by_url(focus: Any, resources: Mapping[str, Object]) -> str:
    """A resource of the bundle that is named by its `urn:uuid:`."""
    resource = resources.get(focus, {}) if isinstance(focus, str) else {}
    return name_of(f"{resource.get('resourceType')}/{resource.get('id')}")


def _parameters(status: Object) -> tuple[Any, list[tuple[Any, Any]]]:
    kind, events = None, []
    for parameter in objects_at(status, "parameter"):
        if parameter.get("name") == "type":
            kind = parameter.get("valueCode")
        if parameter.get("name") == "notification-event":
            parts = {
                part.get("name"): part for part in objects_at(parameter, "part") if isinstance(part.get("name"), str)
            }
            focus = within(parts, "focus", "valueReference", "reference")
            events += [(focus, within(parts, "timestamp", "valueInstant"))] if focus else []
    return kind, events


def _status(status: Object) -> tuple[Any, list[tuple[Any, Any]]]:
    found = objects_at(status, "notificationEvent")
    events = [(within(event, "focus", "reference"), event.get("timestamp")) for event in found if event.get("focus")]
    return status.get("type"), events
