"""The types of a native event as a table: which status each means, and what it cannot do without."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from followup.domain.inputs import BookingStatus

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# A longer treatment is a slip in a date; silently kept, its follow-up would come weeks late.
LONGEST = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Kind:
    """One type. `needs` are paths below `data`; of "a|b" either will do."""

    needs: tuple[str, ...]
    status: BookingStatus | None = None
    is_of_booking: bool = True
    is_deletion: bool = False


_TIMED = ("booking/id", "booking/start", "booking/end", "booking/service/id", "patient/id")

KINDS: Mapping[str, Kind] = {
    "booking.requested": Kind(("booking/id",), BookingStatus.PENDING),
    "booking.booked": Kind(_TIMED, BookingStatus.BOOKED),
    "booking.rescheduled": Kind(_TIMED, BookingStatus.BOOKED),
    "booking.cancelled": Kind(("booking/id",), BookingStatus.CANCELLED),
    "booking.completed": Kind(("booking/id", "booking/end|booking/start", "patient/id"), BookingStatus.FULFILLED),
    "booking.no_show": Kind(("booking/id",), BookingStatus.NO_SHOW),
    "booking.updated": Kind(("booking/id",)),
    "booking.snapshot": Kind(("booking/id", "booking/status")),
    "patient.updated": Kind(("patient/id",), is_of_booking=False),
    "patient.deleted": Kind(("patient/id",), is_of_booking=False, is_deletion=True),
    "consent.changed": Kind(("patient/id", "consent/sms/status"), is_of_booking=False),
}


def faults_of_kind(name: str, data: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What an event of this type lacks or contradicts: (pointer below data, why). `data` has no nulls."""
    missing = [
        ("/" + need.partition("|")[0], f"is needed for {name}")
        for need in KINDS[name].needs
        if not any(_has(data, path) for path in need.split("|"))
    ]
    return [*missing, *_contradictions(data.get("booking", {}))]


def _has(data: Mapping[str, Any], path: str) -> bool:
    found: Any = data
    for part in path.split("/"):
        found = found.get(part) if isinstance(found, dict) else None
    return found is not None


def _contradictions(booking: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    start, end = booking.get("start"), booking.get("end")
    if start and end and end <= start:
        yield "/booking/end", "needs to be after start"
    if start and end and end - start > LONGEST:
        yield "/booking/end", f"is more than {LONGEST.days} days after start"
    if booking.get("id") is not None and booking.get("supersedes") == booking["id"]:
        yield "/booking/supersedes", "names the booking itself"
