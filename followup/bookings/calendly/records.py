"""What Calendly says of an invitee and the appointment. An invitee's id is the booking's: one person, one time."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from followup.bookings import Fetch, QuarantinedError, said
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
    zone_name,
)
from followup.domain.inputs import Booking, BookingStatus, PatientDetails

if TYPE_CHECKING:
    from collections.abc import Sequence

    from followup.bookings import Client, Setting

_INVITEE = re.compile(r"(?:https?://[^/\s]+)?/?scheduled_events/([A-Za-z0-9_-]+)/invitees/([A-Za-z0-9_-]+)")
_ASKS_PHONE = re.compile(r"\b(phone|mobile|cell|tel|telephone|teléfono|telefono|móvil|handy|telefon)", re.IGNORECASE)


def invitee_path(uri: str) -> tuple[str, str]:
    """The two ids in an invitee's uri. Raises QuarantinedError."""
    found = _INVITEE.fullmatch(uri)
    if found is None:
        raise QuarantinedError("it names no invitee")
    return found[1], found[2]


def read_created(event: Object, setting: Setting) -> Sequence[Booking | Fetch]:
    """Booked; or moved here, where it names the invitee it replaces."""
    payload = object_at(event, "payload")
    uri = needed(payload.get("uri"), "invitee")
    told_at = moment(event.get("created_at"), "when it was sent")
    fact = _booked(payload, object_at(payload, "scheduled_event"), setting, told_at)
    # Half a booking would be shown to staff as one that is wrong; old payloads have no appointment in them.
    return [fact] if fact.starts_at and fact.service_id else [Fetch("invitee", uri)]


def read_cancelled(event: Object) -> Sequence[Booking]:
    """Off; and where it was moved, the new booking takes its place whichever of the two events comes first."""
    payload = object_at(event, "payload")
    old = _booking_id(payload.get("uri"))
    told_at = moment(event.get("created_at"), "when it was sent")
    patient = PatientDetails(_person(payload))
    facts = [Booking(id=old, patient=patient, updated_at=told_at, status=BookingStatus.CANCELLED)]
    new = payload.get("new_invitee")
    if payload.get("rescheduled") is True and isinstance(new, str):
        facts.append(Booking(id=_booking_id(new), patient=patient, updated_at=told_at, supersedes=old))
    return facts


def read_no_show(event: Object) -> Sequence[Booking]:
    """Did not come; or did after all, since the mark was taken back. It holds for whoever the invitee is.

    The payload is the invitee, like that of the other events; or the mark itself, which names the invitee.
    """
    payload, is_mark = object_at(event, "payload"), event.get("event") == "invitee_no_show.created"
    named = payload.get("invitee")
    return [
        Booking(
            id=_booking_id(within(named, "uri") or named or payload.get("uri")),
            patient=PatientDetails(""),
            updated_at=moment(event.get("created_at"), "when it was sent"),
            status=BookingStatus.NO_SHOW if is_mark else BookingStatus.FULFILLED,
        )
    ]


def read_record(appointment: Object, invitee: Object, client: Client) -> Sequence[Booking]:
    """An invitee as the API has it: what they filled in is as old as they are, where it stands is news."""
    fact = _booked(invitee, appointment, client.setting, client.asked_at)
    status = BookingStatus.NO_SHOW if object_at(invitee, "no_show") else BookingStatus.BOOKED
    if "canceled" in (invitee.get("status"), appointment.get("status")):
        status = BookingStatus.CANCELLED
    filled_in_at = instant(invitee.get("created_at")) or client.asked_at
    details = Booking(id="", patient=fact.patient, updated_at=filled_in_at)
    return [details, replace(fact, patient=PatientDetails(fact.patient.id), status=status)]


def _booked(invitee: Object, appointment: Object, setting: Setting, told_at: Any) -> Booking:
    starts_at = instant(appointment.get("start_time"))
    old = invitee.get("old_invitee")
    return Booking(
        id=_booking_id(invitee.get("uri")),
        patient=_details(invitee, setting),
        updated_at=told_at,
        status=BookingStatus.BOOKED,
        supersedes=_booking_id(old) if isinstance(old, str) else None,
        starts_at=starts_at,
        ends_at=end_after(starts_at, instant(appointment.get("end_time"))),
        service_id=ident(appointment.get("event_type")),
        service_name=words(appointment.get("name")),
        location=words(within(appointment, "location", "location")),
        practitioner=words(within(appointment, "event_memberships", 0, "user_name")),
    )


def _booking_id(uri: Any) -> str:
    return invitee_path(uri if isinstance(uri, str) else "")[1]


def _person(invitee: Object) -> str:
    patient = said.person("calendly", invitee.get("email"))
    if patient is None:
        raise QuarantinedError("the invitee has no e-mail address, which is all that Calendly knows people by")
    return patient


def _details(invitee: Object, setting: Setting) -> PatientDetails:
    given, family = said.names(invitee.get("first_name"), invitee.get("last_name"), invitee.get("name"))
    return PatientDetails(
        id=_person(invitee),
        given=given,
        family=family,
        phone=said.phone(
            _answer(invitee, setting.phone_field),
            invitee.get("text_reminder_number"),
            *(
                answer.get("answer")
                for answer in _answers(invitee)
                if _ASKS_PHONE.search(words(answer["question"]) or "")
            ),
        ),
        time_zone=zone_name(invitee.get("timezone")),
        consent=said.consent(_answer(invitee, setting.consent_field)),
    )


def _answers(invitee: Object) -> list[Object]:
    return [answer for answer in objects_at(invitee, "questions_and_answers") if "question" in answer]


def _answer(invitee: Object, question: str) -> Any:
    asked = (answer for answer in _answers(invitee) if question and words(answer["question"]) == question)
    return next(asked, {}).get("answer")
