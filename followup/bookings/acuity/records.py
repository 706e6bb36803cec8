"""What an appointment of Acuity's API says, as it stands at the time of asking."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from followup.bookings import QuarantinedError, said
from followup.bookings.tolerant import Object, end_after, ident, instant, needed, objects_at, words, zone_name
from followup.domain.inputs import Booking, BookingStatus, PatientDetails

if TYPE_CHECKING:
    from followup.bookings import Client, Setting


def read_appointment(record: Any, client: Client) -> Booking:
    """The appointment now. Its own times carry the calendar's offset; `timezone` is the patient's."""
    if not isinstance(record, dict):
        raise QuarantinedError("the answer is no appointment")
    appointment = needed(record.get("id"), "appointment id")
    starts_at = instant(record.get("datetime"))
    minutes = ident(record.get("duration")) or ""
    length = timedelta(minutes=int(minutes)) if minutes.isdecimal() and len(minutes) < 5 else None  # noqa: PLR2004 - a week
    return Booking(
        id=appointment,
        patient=_patient(appointment, record, client.setting),
        updated_at=client.asked_at,
        status=_status(record, client.setting),
        starts_at=starts_at,
        ends_at=end_after(starts_at, starts_at + length if starts_at and length else None),
        service_id=ident(record.get("appointmentTypeID")),
        service_name=words(record.get("type")),
        location=words(record.get("location")),
        practitioner=words(record.get("calendar")),
    )


def vanished(appointment: str, client: Client) -> Booking:
    """An appointment that the API no longer knows."""
    patient = PatientDetails(_person(appointment))
    return Booking(id=appointment, patient=patient, updated_at=client.asked_at, status=BookingStatus.CANCELLED)


def _person(appointment: str) -> str:
    """Acuity has no ids for clients, and one mailbox may be a family's: each appointment has a patient of its own."""
    return f"appointment-{appointment}"


def _patient(appointment: str, record: Object, setting: Setting) -> PatientDetails:
    given, family = said.names(record.get("firstName"), record.get("lastName"))
    own = _answer(record, setting.phone_field)
    return PatientDetails(
        id=_person(appointment),
        given=given,
        family=family,
        phone=said.phone(own, record.get("phone")),
        time_zone=zone_name(record.get("timezone")),
        consent=said.consent(_answer(record, setting.consent_field)),
    )


def _status(record: Object, setting: Setting) -> BookingStatus:
    """A cancelled one keeps its labels, so they count only where it stands."""
    if record.get("canceled") is True:
        return BookingStatus.NO_SHOW if record.get("noShow") is True else BookingStatus.CANCELLED
    labels = [words(label.get("name")) or "" for label in objects_at(record, "labels")]
    meant = [setting.statuses[label] for label in labels if label in setting.statuses]
    return max(meant, key=lambda status: status.rank, default=BookingStatus.BOOKED)


def _answer(record: Object, question: str) -> Any:
    """The answer to a question of an intake form, by its words or its number."""
    if not question:
        return None
    for form in objects_at(record, "forms"):
        for value in objects_at(form, "values"):
            if question in {words(value.get("name")), ident(value.get("fieldID"))}:
                return value.get("value")
    return None
