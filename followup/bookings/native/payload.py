"""What a native event says, checked; and the Booking we make of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from followup.bookings import Fault, RejectedError
from followup.bookings.native.fields import Id, Instant, Phone, SequenceNumber, Text, Zone
from followup.bookings.native.kinds import KINDS, Kind, faults_of_kind
from followup.domain.inputs import Booking, BookingStatus, Consent, PatientDetails

if TYPE_CHECKING:
    from followup.bookings.native.envelope import Envelope, Places

MAX_FAULTS = 20
MAX_PRODUCTS = 50


class _Part(BaseModel):
    model_config = ConfigDict(strict=True, extra="ignore", frozen=True, hide_input_in_errors=True)


class Named(_Part):
    """A service, a place or a person: an id, a name, or both."""

    id: Id | None = None
    name: Text | None = None

    @property
    def label(self) -> str | None:
        """What staff call it."""
        return self.name or self.id


class ProductPart(_Part):
    """One of `data.booking.products`."""

    id: Id | None = None
    name: Text | None = None
    lot: Text | None = None

    @property
    def labels(self) -> tuple[str, ...]:
        """What staff call it, alone and with its lot."""
        label = self.name or self.id
        if not label:
            return ()
        return (label, f"{label}, lot {self.lot}") if self.lot else (label,)


class BookingPart(_Part):
    """`data.booking`."""

    id: Id | None = None
    sequence: SequenceNumber | None = None
    status: BookingStatus | None = Field(default=None, strict=False)
    supersedes: Id | None = None
    start: Instant | None = None
    end: Instant | None = None
    time_zone: Zone | None = Field(default=None, alias="timeZone")
    updated: Instant | None = None
    service: Named | None = None
    location: Named | None = None
    practitioner: Named | None = None
    products: list[ProductPart] | None = Field(default=None, max_length=MAX_PRODUCTS)


class NamePart(_Part):
    """`data.patient.name`."""

    given: Text | None = None
    family: Text | None = None


class PatientPart(_Part):
    """`data.patient`."""

    id: Id | None = None
    name: NamePart | None = None
    phone: Phone = None
    phone_of: Text | None = Field(default=None, alias="phoneOf")
    language: Text | None = None
    time_zone: Zone | None = Field(default=None, alias="timeZone")


class SmsConsentPart(_Part):
    """`data.consent.sms`."""

    status: Text | None = None


class ConsentPart(_Part):
    """`data.consent`."""

    sms: SmsConsentPart | None = None


class DataPart(_Part):
    """`data`."""

    booking: BookingPart | None = None
    patient: PatientPart | None = None
    consent: ConsentPart | None = None


class Event(_Part):
    """One native event."""

    type: Text
    timestamp: Instant
    data: DataPart


# Pydantic's own words where they would name our classes or Python's types.
_WANTED = {
    "model_type": "needs an object",
    "string_type": "needs text",
    "string_unicode": "has half a surrogate pair",
    "int_type": "needs an integer",
    "list_type": "needs a list",
}
_CONSENTS = {word.value: word for word in Consent}
_OWNERS = {"carer": True, "patient": False}
"""Whether a phone is a carer's; any other word says nothing."""


def is_ours(envelope: Envelope) -> bool:
    """Whether its type is one that concerns us. Raises RejectedError where it is no type at all."""
    if not isinstance(envelope.type, str) or not envelope.type:
        raise RejectedError(422, "Wrong content", [Fault(envelope.places.type, "needs text")])
    return envelope.type in KINDS


def read_event(envelope: Envelope) -> Event:
    """The event, all its rules kept. Raises RejectedError 422 naming every place that is wrong."""
    try:
        event = Event.model_validate(
            {"type": envelope.type, "timestamp": envelope.timestamp, "data": envelope.data}, by_alias=True
        )
    except ValidationError as error:
        found = [
            Fault(_pointer(fault["loc"], envelope.places), _WANTED.get(fault["type"], fault["msg"]))
            for fault in error.errors()
        ]
        raise RejectedError(422, "Wrong content", found[:MAX_FAULTS]) from None
    faults = faults_of_kind(event.type, event.data.model_dump(by_alias=True, exclude_none=True))
    if faults:
        raise RejectedError(422, "Wrong content", [Fault(envelope.places.data + at, why) for at, why in faults])
    return event


def as_booking(event: Event) -> Booking:
    """The event in our words."""
    kind, booking = KINDS[event.type], event.data.booking
    patient = _patient(event.data, kind)
    if booking is None or not kind.is_of_booking:
        return Booking(id="", patient=patient, updated_at=event.timestamp)
    return Booking(
        id=booking.id or "",
        patient=patient,
        updated_at=booking.updated or event.timestamp,
        sequence=booking.sequence,
        status=_status(booking, kind),
        supersedes=booking.supersedes,
        starts_at=booking.start,
        ends_at=booking.end,
        service_id=booking.service.id if booking.service else None,
        service_name=booking.service.name if booking.service else None,
        location=booking.location.label if booking.location else None,
        practitioner=booking.practitioner.label if booking.practitioner else None,
        products=tuple(label for product in booking.products or () for label in product.labels) or None,
    )


def _status(booking: BookingPart, kind: Kind) -> BookingStatus | None:
    if booking.status is BookingStatus.ENTERED_IN_ERROR:
        return booking.status
    return kind.status or booking.status


def _patient(data: DataPart, kind: Kind) -> PatientDetails:
    patient = data.patient or PatientPart()
    name = patient.name or NamePart()
    consent = data.consent.sms.status if data.consent and data.consent.sms else None
    return PatientDetails(
        id=patient.id or "",
        given=name.given or None,
        family=name.family or None,
        phone=patient.phone,
        language=patient.language or None,
        time_zone=patient.time_zone,
        consent=_CONSENTS.get(consent or ""),
        is_deleted=kind.is_deletion,
        phone_is_carers=_OWNERS.get(patient.phone_of or ""),
    )


def _pointer(loc: tuple[int | str, ...], places: Places) -> str:
    first = {"type": places.type, "timestamp": places.timestamp, "data": places.data}.get(str(loc[0]), "#")
    return "/".join([first, *(_escaped(part) for part in loc[1:])])


def _escaped(part: Any) -> str:
    return str(part).replace("~", "~0").replace("/", "~1")
