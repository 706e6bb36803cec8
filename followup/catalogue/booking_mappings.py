"""Mapping files: config/bookings/<name>.toml, how to read a system that has no adapter of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import AfterValidator, Field, PlainValidator, model_validator

from followup.catalogue.shapes import Shape, read_shape
from followup.catalogue.toml_source import read_toml
from followup.catalogue.written import Header, one_of, pattern
from followup.domain.clinic import BookingMapping, Scheme
from followup.domain.inputs import BookingStatus, Consent

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from typing import Self

    from followup.catalogue.problems import Problems

Pointer = Annotated[str, AfterValidator(pattern('a JSON pointer such as "/appointment/id"', r"(?:/(?:[^~/]|~0|~1)*)+"))]
Place = Pointer | None
Status = Annotated[BookingStatus, PlainValidator(one_of(BookingStatus))]


class SignatureTable(Shape):
    """[signature]: how a call proves that it is from the system."""

    header: Header
    scheme: Annotated[Scheme, PlainValidator(one_of(Scheme))] = Scheme.SECRET
    prefix: str = ""


class EventTable(Shape):
    """[event]: what the call is about, before any booking is read."""

    kind: Place = None
    key: Place = None
    each: Place = None
    ignored: list[str] = Field(default_factory=list)


class BookingPlaces(Shape):
    """[booking]: where its parts stand. Without the time of the change nobody could tell old from new."""

    id: Pointer
    updated: Pointer
    sequence: Place = None
    status: Place = None
    supersedes: Place = None
    start: Place = None
    end: Place = None
    minutes: Place = None
    service_id: Place = None
    service_name: Place = None
    location: Place = None
    practitioner: Place = None


class PatientPlaces(Shape):
    """[patient]: the same for the patient."""

    id: Pointer
    given: Place = None
    family: Place = None
    name: Place = None
    phone: Place = None
    language: Place = None
    time_zone: Place = None
    consent: Place = None


class MappingFile(Shape):
    """The whole file."""

    signature: SignatureTable
    event: EventTable = EventTable()
    booking: BookingPlaces
    patient: PatientPlaces
    statuses: dict[str, Status]
    consents: dict[str, Annotated[Consent, PlainValidator(one_of(Consent))]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _has_a_status(self) -> Self:
        if self.booking.status is None and self.event.kind is None:
            raise ValueError("nothing says where a booking stands: it needs status in [booking], or kind in [event]")
        return self


def read_mapping(file: Path, problems: Problems) -> BookingMapping | None:
    """The mapping in this file; None, and a problem for every mistake, where it has some."""
    source = read_toml(file, problems)
    shape = read_shape(MappingFile, source, problems) if source else None
    return _as_mapping(shape) if shape else None


def mapping_of(written: Mapping[str, Any]) -> BookingMapping:
    """The same from what such a file holds; ValueError where it has mistakes."""
    return _as_mapping(MappingFile.model_validate(written))


def _as_mapping(shape: MappingFile) -> BookingMapping:
    booking = shape.booking.model_dump(exclude_none=True)
    patient = {("patient_id" if name == "id" else name): where for name, where in shape.patient.model_dump().items()}
    event = {"event": shape.event.kind, "key": shape.event.key}
    return BookingMapping(
        places={name: where for name, where in {**booking, **patient, **event}.items() if where},
        statuses=shape.statuses,
        consents=shape.consents,
        header=shape.signature.header,
        scheme=shape.signature.scheme,
        prefix=shape.signature.prefix,
        each=shape.event.each or "",
        ignored=frozenset(shape.event.ignored),
    )
