"""What Cal.com's webhooks mean, trigger by trigger."""

from __future__ import annotations

from typing import TYPE_CHECKING

from followup.bookings import QuarantinedError, said
from followup.bookings.calcom.people import answer_of, attendees_of, booker_of, details_of
from followup.bookings.tolerant import (
    Object,
    end_after,
    ident,
    instant,
    moment,
    needed,
    object_at,
    objects_at,
    within,
    words,
)
from followup.domain.inputs import Booking, BookingStatus, PatientDetails

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from followup.bookings import Setting

STATUSES: Mapping[str, BookingStatus] = {
    "BOOKING_CREATED": BookingStatus.BOOKED,
    "BOOKING_RESCHEDULED": BookingStatus.BOOKED,
    "BOOKING_REQUESTED": BookingStatus.PENDING,
    "BOOKING_REJECTED": BookingStatus.CANCELLED,
    "BOOKING_CANCELLED": BookingStatus.CANCELLED,
}
# These tell nothing new of where a booking stands: read as "booked", one would undo a no-show.
DETAILS_ONLY = frozenset({"BOOKING_REASSIGNED", "BOOKING_LOCATION_UPDATED"})

# With these the patient has just filled in the form. The others repeat its answers, and an answer of long ago must not
# stand against a newer one: a consent that was withdrawn since would come back.
_FILLED_IN = frozenset({"BOOKING_CREATED", "BOOKING_REQUESTED", "BOOKING_RESCHEDULED"})
_OFF = frozenset({"CANCELLED", "REJECTED"})


def read_booking(event: Object, setting: Setting) -> Sequence[Booking]:
    """A booking made, moved, asked for, refused or cancelled; one fact for each patient."""
    payload = event.get("payload")
    if not isinstance(payload, dict):
        raise QuarantinedError("it has no payload: a custom payload template is not read")
    facts = [fact for person in attendees_of(payload) for fact in _facts(event, payload, person, setting)]
    if not facts:
        raise QuarantinedError("it names no attendee")
    return facts


def _facts(event: Object, payload: Object, person: Object, setting: Setting) -> Iterator[Booking]:
    uid = needed(payload.get("uid"), "booking uid")
    replaced = ident(payload.get("rescheduleUid"))
    # Of a booking with seats the others keep theirs: only this patient's seat in the old one is given up.
    is_seat = within(payload, "seatsPerTimeSlot") is not None
    starts_at, ends_at = instant(payload.get("startTime")), instant(payload.get("endTime"))
    told_at = moment(event.get("createdAt"), "when it was sent")
    patient = details_of(person, payload, setting)
    if event["triggerEvent"] not in _FILLED_IN:
        patient = PatientDetails(patient.id)
    yield Booking(
        id=uid,
        patient=patient,
        updated_at=told_at,
        status=STATUSES.get(str(event["triggerEvent"])),
        supersedes=None if is_seat or replaced == uid else replaced,
        starts_at=starts_at,
        ends_at=end_after(starts_at, ends_at),
        service_id=ident(payload.get("eventTypeId")),
        service_name=words(payload.get("eventTitle")) or words(payload.get("type")),
        location=_place(payload),
        practitioner=words(within(payload, "organizer", "name")),
    )
    if is_seat and replaced and replaced != uid:
        yield Booking(
            id=replaced, patient=PatientDetails(patient.id), updated_at=told_at, status=BookingStatus.CANCELLED
        )


def read_ended(event: Object, setting: Setting) -> Sequence[Booking]:
    """The clock says that the time is over. Its createdAt is the booking's own: the end is when this was known."""
    row = object_at(event, "payload") or event
    if words(row.get("status")) in _OFF:
        return ()
    starts_at, ends_at = instant(row.get("startTime")), moment(row.get("endTime"), "when it ended")
    person, booked_at = booker_of(row), instant(row.get("createdAt"))
    # Of several attendees without a booker nobody is named: it holds for every patient of the booking.
    patient = details_of(person, row, setting) if person else PatientDetails("")
    ended = Booking(
        id=needed(row.get("uid"), "booking uid"),
        patient=PatientDetails(patient.id),
        updated_at=ends_at,
        status=BookingStatus.FULFILLED,
        starts_at=starts_at,
        ends_at=ends_at,
        service_id=ident(row.get("eventTypeId")),
    )
    return [Booking(id="", patient=patient, updated_at=booked_at), ended] if person and booked_at else [ended]


def read_no_show(event: Object) -> Sequence[Booking]:
    """Who did not come; or who did after all, since the mark was taken back."""
    uid = needed(within(event, "payload", "bookingUid"), "booking uid")
    told_at = moment(event.get("createdAt"), "when it was sent")
    facts = []
    for person in objects_at(event, "payload", "attendees"):
        patient, is_no_show = said.person("calcom", person.get("email")), person.get("noShow")
        if patient and isinstance(is_no_show, bool):
            status = BookingStatus.NO_SHOW if is_no_show else BookingStatus.FULFILLED
            facts.append(Booking(id=uid, patient=PatientDetails(patient), updated_at=told_at, status=status))
    return facts


def _place(payload: Object) -> str | None:
    """Where it takes place; "integrations:…" is a video call's name for itself."""
    place = words(payload.get("location")) or words(answer_of(payload, "location"))
    return place if place and not place.startswith("integrations:") else None
