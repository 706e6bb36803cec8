"""Who of a Cal.com booking is a patient, and what is said of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from followup.bookings import QuarantinedError, said
from followup.bookings.tolerant import Object, language, object_at, objects_at, within, words, zone_name
from followup.domain.inputs import PatientDetails

if TYPE_CHECKING:
    from collections.abc import Sequence

    from followup.bookings import Setting


def attendees_of(payload: Object) -> Sequence[Object]:
    """The patients: everybody in a seat, else the one who booked; further attendees are guests."""
    people = objects_at(payload, "attendees")
    return people if within(payload, "seatsPerTimeSlot") is not None else people[:1]


def booker_of(row: Object) -> Object | None:
    """The one who booked, as far as a booking without seat numbers tells."""
    people = objects_at(row, "attendees")
    address = (words(answer_of(row, "email")) or "").casefold()
    named = [person for person in people if address and (words(person.get("email")) or "").casefold() == address]
    return next(iter(named or people), None) if named or len(people) == 1 else None


def answer_of(payload: Object, slug: str) -> Any:
    """The answer to one question of the booking form; hidden ones have no value."""
    for form in ("responses", "userFieldsResponses", "bookingFieldsResponses"):
        found = within(payload, form, slug)
        value = found.get("value") if isinstance(found, dict) else found
        if value is not None:
            return value
    return None


def details_of(person: Object, payload: Object, setting: Setting) -> PatientDetails:
    """One attendee as a patient; the form's answers are theirs, or the booker's. Raises QuarantinedError."""
    patient = said.person("calcom", person.get("email"))
    if patient is None:
        raise QuarantinedError("an attendee has no e-mail address, which is all that Cal.com knows people by")
    own = person if object_at(person, "bookingFieldsResponses") else payload
    whole = person.get("name")
    given, family = said.names(
        person.get("firstName") or within(whole, "firstName"),
        person.get("lastName") or within(whole, "lastName"),
        whole,
    )
    return PatientDetails(
        id=patient,
        given=given,
        family=family,
        phone=said.phone(
            answer_of(own, setting.phone_field) if setting.phone_field else None,
            person.get("phoneNumber"),
            answer_of(own, "attendeePhoneNumber"),
            answer_of(own, "smsReminderNumber"),
            payload.get("smsReminderNumber"),
        ),
        language=language(within(person, "language", "locale") or person.get("locale") or person.get("language")),
        time_zone=zone_name(person.get("timeZone")),
        consent=said.consent(answer_of(own, setting.consent_field)) if setting.consent_field else None,
    )
