"""What Square's bookings and customers say; webhooks and its API carry the same records."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from followup.bookings import QuarantinedError, said
from followup.bookings.tolerant import Object, end_after, ident, instant, moment, needed, object_at, objects_at, within
from followup.domain.inputs import Booking, BookingStatus, Consent, PatientDetails

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from followup.bookings import Setting

CUSTOMER_EVENTS = frozenset({"customer.created", "customer.updated", "customer.deleted"})

_STATUSES: Mapping[str, BookingStatus] = {
    "PENDING": BookingStatus.PENDING,
    "ACCEPTED": BookingStatus.BOOKED,
    "CANCELLED_BY_CUSTOMER": BookingStatus.CANCELLED,
    "CANCELLED_BY_SELLER": BookingStatus.CANCELLED,
    "DECLINED": BookingStatus.CANCELLED,
    "NO_SHOW": BookingStatus.NO_SHOW,
}


def read_booking(record: Object) -> Booking:
    """A booking at one of its versions. Raises QuarantinedError."""
    booking_id = needed(record.get("id"), "booking id")
    starts_at = instant(record.get("start_at"))
    first = object_at(record, "appointment_segments", 0)
    return Booking(
        id=booking_id,
        # Staff may book without a customer: nobody to text, but somebody to ask staff about.
        patient=PatientDetails(customer_of(record) or f"booking-{booking_id}"),
        updated_at=moment(record.get("updated_at") or record.get("created_at"), "when it was changed"),
        sequence=_version(record.get("version")),
        status=_status(record.get("status")),
        starts_at=starts_at,
        ends_at=end_after(starts_at, starts_at and starts_at + _length(record)),
        service_id=ident(first.get("service_variation_id")),
        location=ident(record.get("location_id")),
        practitioner=ident(first.get("team_member_id")),
    )


def customer_of(record: Object) -> str | None:
    """The id of a booking's customer."""
    return ident(record.get("customer_id"))


def read_customer(record: Object, setting: Setting, told_at: datetime) -> Booking:
    """A customer as a fact about a patient alone; `told_at` where the record has no time of its own."""
    given, family = said.names(record.get("given_name"), record.get("family_name"), record.get("company_name"))
    return Booking(
        id="",
        patient=PatientDetails(
            id=needed(record.get("id"), "customer id"),
            given=given,
            family=family,
            phone=said.phone(record.get("phone_number")),
            consent=_consent(record.get("group_ids"), setting.consent_field),
        ),
        updated_at=instant(record.get("updated_at")) or told_at,
    )


def read_customer_event(event: Object, setting: Setting) -> list[Booking]:
    """What is new about a customer, or that there is none any more."""
    told_at = moment(event.get("created_at"), "when it was sent")
    record = object_at(event, "data", "object", "customer")
    if event.get("type") != "customer.deleted":
        return [read_customer(record, setting, told_at)]
    customer = needed(record.get("id") or within(event, "data", "id"), "customer id")
    return [Booking(id="", patient=PatientDetails(customer, is_deleted=True), updated_at=told_at)]


def _consent(groups: Any, group: str) -> Consent | None:
    """Those who agreed to texts are a group of customers; Square has no field for it."""
    if not group or not isinstance(groups, list):
        return None
    return Consent.GRANTED if group in groups else Consent.WITHDRAWN


def _length(record: Object) -> timedelta:
    minutes = 0
    for segment in objects_at(record, "appointment_segments"):
        parts = (segment.get("duration_minutes"), segment.get("intermission_minutes"))
        minutes += sum(part for part in parts if isinstance(part, int) and 0 < part < 10_000)  # noqa: PLR2004 - a week
    return timedelta(minutes=minutes)


def _version(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**53 else None


def _status(value: Any) -> BookingStatus:
    found = _STATUSES.get(value) if isinstance(value, str) else None
    if found is None:
        raise QuarantinedError("its status is none that we know")
    return found
