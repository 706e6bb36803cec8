"""What an Appointment, an Encounter or a Procedure says of the treatment it belongs to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from followup.bookings import QuarantinedError
from followup.bookings.fhir.person import patient_ids
from followup.bookings.tolerant import Object, end_after, instant, object_at, objects_at, within, words
from followup.domain.inputs import Booking, BookingStatus, PatientDetails

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from followup.bookings.fhir.chain import Chain

_S = BookingStatus
_STATUSES: Mapping[str, Mapping[str, BookingStatus]] = {
    "Appointment": {
        "proposed": _S.PENDING, "pending": _S.PENDING, "waitlist": _S.PENDING, "booked": _S.BOOKED,
        "arrived": _S.ARRIVED, "checked-in": _S.ARRIVED, "fulfilled": _S.FULFILLED, "cancelled": _S.CANCELLED,
        "noshow": _S.NO_SHOW, "entered-in-error": _S.ENTERED_IN_ERROR,
    },
    "Encounter": {
        "planned": _S.BOOKED, "arrived": _S.ARRIVED, "triaged": _S.ARRIVED, "in-progress": _S.ARRIVED,
        "onleave": _S.ARRIVED, "on-hold": _S.ARRIVED, "discharged": _S.FULFILLED, "finished": _S.FULFILLED,
        "completed": _S.FULFILLED, "cancelled": _S.CANCELLED, "discontinued": _S.FULFILLED,
        "entered-in-error": _S.ENTERED_IN_ERROR,
    },
    "Procedure": {
        "preparation": _S.BOOKED, "in-progress": _S.ARRIVED, "on-hold": _S.ARRIVED, "completed": _S.FULFILLED,
        # Begun and not finished: the skin was touched all the same.
        "stopped": _S.FULFILLED, "not-done": _S.CANCELLED, "entered-in-error": _S.ENTERED_IN_ERROR,
    },
}  # fmt: skip


def facts_of(chain: Chain, told_at: datetime | None) -> list[Booking]:
    """One fact for each patient. Raises QuarantinedError."""
    focus = chain.focus
    updated_at = instant(within(focus, "meta", "lastUpdated")) or told_at
    if updated_at is None:
        raise QuarantinedError("it does not say when it was changed")
    status = _status(focus)
    if chain.is_linked and status in {BookingStatus.ENTERED_IN_ERROR, BookingStatus.BOOKED}:
        return []  # says nothing of the appointment that it belongs to
    starts_at, ends_at = _times(focus)
    if chain.is_linked and ends_at is None and status is not BookingStatus.FULFILLED:
        starts_at = None  # under way: its end is still the one that was booked
    code, name = chain.service()
    return [
        Booking(
            id=chain.booking_id,
            patient=PatientDetails(patient),
            updated_at=updated_at,
            status=status,
            starts_at=starts_at,
            ends_at=ends_at,
            service_id=code,
            service_name=name,
            location=_display(focus, "Location"),
            practitioner=_display(focus, "Practitioner"),
        )
        for patient in patient_ids(focus)
    ]


def _status(resource: Object) -> BookingStatus | None:
    """None for "unknown", which FHIR has as a word of its own."""
    word, known = resource.get("status"), _STATUSES.get(str(resource.get("resourceType")), {})
    if word == "unknown":
        return None
    found = known.get(word) if isinstance(word, str) else None
    if found is None:
        raise QuarantinedError("its status is none that FHIR has")
    return found


def _times(resource: Object) -> tuple[datetime | None, datetime | None]:
    """When; a bare date is no time, since a check-in counts in hours."""
    if resource.get("resourceType") == "Appointment":
        start, end = resource.get("start"), resource.get("end")
    else:
        names = ("period", "actualPeriod", "performedPeriod", "occurrencePeriod")
        period = next((found for name in names if (found := object_at(resource, name))), {})
        moment = resource.get("performedDateTime") or resource.get("occurrenceDateTime")
        start, end = period.get("start") or moment, period.get("end")
    starts_at, ends_at = instant(start), instant(end)
    return starts_at, end_after(starts_at, ends_at)


def _display(resource: Object, kind: str) -> str | None:
    """What the place or the person is called."""
    for member in (
        *objects_at(resource, "participant"),
        *objects_at(resource, "location"),
        *objects_at(resource, "performer"),
    ):
        for role in ("actor", "individual", "location"):
            named = object_at(member, role)
            if f"{kind}/" in str(named.get("reference")):
                return words(named.get("display"))
    return None
