"""What a booking of Cal.com's API v2 says, as it stands at the time of asking."""

from __future__ import annotations

from typing import TYPE_CHECKING

from followup.bookings.calcom.people import details_of
from followup.bookings.tolerant import Object, end_after, ident, instant, needed, objects_at, within, words
from followup.domain.inputs import Booking, BookingStatus, PatientDetails

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from followup.bookings import Client

_STATUSES: Mapping[str, BookingStatus] = {
    "accepted": BookingStatus.BOOKED,
    "pending": BookingStatus.PENDING,
    "cancelled": BookingStatus.CANCELLED,
    "rejected": BookingStatus.CANCELLED,
}


def read_record(record: Object, client: Client) -> Iterator[Booking]:
    """Two facts for each patient, of whom and of what: everybody in a seat, else the one who booked."""
    people = objects_at(record, "attendees")
    is_seated = any("seatUid" in person for person in people)
    for person in people if is_seated else people[:1]:
        status = _STATUSES.get(str(record.get("status")))
        is_absent = person.get("absent") is True and status is BookingStatus.BOOKED
        starts_at = instant(record.get("start"))
        patient = details_of(person, record, client.setting)
        # What the form said is as old as the booking; only where it stands is news.
        yield Booking(id="", patient=patient, updated_at=instant(record.get("createdAt")) or client.asked_at)
        yield Booking(
            id=needed(record.get("uid"), "booking uid"),
            patient=PatientDetails(patient.id),
            updated_at=client.asked_at,
            status=BookingStatus.NO_SHOW if is_absent else status,
            supersedes=None if is_seated else ident(record.get("rescheduledFromUid")),
            starts_at=starts_at,
            ends_at=end_after(starts_at, instant(record.get("end"))),
            service_id=ident(within(record, "eventType", "id")) or ident(record.get("eventTypeId")),
            service_name=words(within(record, "eventType", "slug")),
            practitioner=words(within(record, "hosts", 0, "name")),
        )
