"""What rows of Easy!Appointments say: its webhooks write names_like_this, its API namesLikeThis."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from followup.bookings import QuarantinedError, said
from followup.bookings.easyappointments.words import LANGUAGES, STATUSES
from followup.bookings.tolerant import Object, ident, local_span, moment, needed, words, zone_name
from followup.domain.inputs import Booking, BookingStatus, PatientDetails

if TYPE_CHECKING:
    from datetime import datetime

    from followup.bookings import Client, Setting

_CAPITAL = re.compile(r"(?<=[a-z])(?=[A-Z0-9])|(?<=[0-9])(?=[A-Z])")


def read_appointment(
    row: Object, setting: Setting, *, is_deleted: bool = False, asked_at: datetime | None = None
) -> Booking:
    """An appointment. A deleted row may still say "Booked"; times are the clinic's, without offset."""
    customer = row.get("id_users_customer", row.get("customerId"))
    start, end = row.get("start_datetime", row.get("start")), row.get("end_datetime", row.get("end"))
    starts_at, ends_at = local_span(start, end, setting.zone)
    return Booking(
        id=needed(row.get("id"), "appointment id"),
        patient=PatientDetails(needed(customer, "customer")),
        updated_at=asked_at or _changed_at(row, setting),
        status=BookingStatus.CANCELLED if is_deleted else _status(row.get("status"), setting),
        starts_at=starts_at,
        ends_at=ends_at,
        service_id=ident(row.get("id_services", row.get("serviceId"))),
        location=words(row.get("location")),
        practitioner=ident(row.get("id_users_provider", row.get("providerId"))),
    )


def vanished(appointment: str, client: Client) -> Booking:
    """An appointment that is no longer there: whoever its patient was, it is off."""
    return Booking(
        id=appointment, patient=PatientDetails(""), updated_at=client.asked_at, status=BookingStatus.CANCELLED
    )


def read_customer(
    row: Object, setting: Setting, *, is_deleted: bool = False, asked_at: datetime | None = None
) -> Booking:
    """A customer as a fact about a patient alone."""
    known = {_snake(name): value for name, value in row.items()}
    given, family = said.names(known.get("first_name"), known.get("last_name"))
    consent = known.get(_snake(setting.consent_field)) if setting.consent_field else None
    own = known.get(_snake(setting.phone_field)) if setting.phone_field else None
    spoken = words(known.get("language")) or ""
    patient = PatientDetails(
        id=needed(known.get("id"), "customer id"),
        given=given,
        family=family,
        phone=said.phone(own, known.get("mobile_number"), known.get("phone_number"), known.get("phone")),
        language=LANGUAGES.get(spoken.casefold()),
        time_zone=zone_name(known.get("timezone")),
        consent=said.consent(consent),
        is_deleted=is_deleted,
    )
    return Booking(id="", patient=patient, updated_at=asked_at or _changed_at(row, setting))


def _changed_at(row: Object, setting: Setting) -> datetime:
    """Its only clue to order: to the second, by its server's clock, which should be the clinic's."""
    return moment(row.get("update_datetime") or row.get("create_datetime"), "when it was changed", setting.zone)


def _status(value: Any, setting: Setting) -> BookingStatus:
    """A clinic may rename every status: a word that nobody explained is for a person, since it could be "cancelled"."""
    word = words(value) or ""
    found = setting.statuses.get(word) or STATUSES.get(word.casefold())
    if found is None:
        raise QuarantinedError("its status is none that we know: add it to the source's statuses")
    return found


def _snake(name: str) -> str:
    return _CAPITAL.sub("_", name).lower()
