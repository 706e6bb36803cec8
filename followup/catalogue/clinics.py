"""Clinic files: config/clinics/<clinic>.toml."""

from __future__ import annotations

from collections.abc import Callable  # noqa: TC003 - pydantic resolves annotations
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

from pydantic import Field, PlainValidator

from followup.catalogue.booking_mappings import read_mapping
from followup.catalogue.environment import MissingSecretError, resolve
from followup.catalogue.folders import files_in, has_own_name
from followup.catalogue.outbound import OutboundTable, read_outbound
from followup.catalogue.shapes import Shape, read_shape
from followup.catalogue.written import (
    Adapter,
    ApiUrl,
    Country,
    DayHours,
    Emergency,
    Gateway,
    Header,
    Id,
    Language,
    Length,
    LengthOrNever,
    Line,
    MappingName,
    PartPrice,
    Phone,
    SecretNames,
    Sender,
    Zone,
    one_of,
)
from followup.domain.clinic import (
    MENTIONED,
    BookingMapping,
    BookingSource,
    Clinic,
    ConsentRule,
    Hours,
    NotifyRule,
    SmsRules,
)
from followup.domain.inputs import BookingStatus
from followup.domain.sharing import Naming

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import time
    from pathlib import Path

    from followup.catalogue.problems import Problems
    from followup.catalogue.toml_source import TomlSource


MAPPED = "mapped"
"""The adapter that reads by a mapping; no other needs one."""


class HoursTable(Shape):
    """Hours per day or group of days; the more specific key wins."""

    every_day: DayHours = None
    weekdays: DayHours = None
    weekend: DayHours = None
    monday: DayHours = None
    tuesday: DayHours = None
    wednesday: DayHours = None
    thursday: DayHours = None
    friday: DayHours = None
    saturday: DayHours = None
    sunday: DayHours = None


# From the widest to the most specific, so that what comes later wins.
_DAYS: Mapping[str, tuple[int, ...]] = {
    "every_day": (0, 1, 2, 3, 4, 5, 6),
    "weekdays": (0, 1, 2, 3, 4),
    "weekend": (5, 6),
    "monday": (0,),
    "tuesday": (1,),
    "wednesday": (2,),
    "thursday": (3,),
    "friday": (4,),
    "saturday": (5,),
    "sunday": (6,),
}


class SmsTable(Shape):
    """[sms]: how the clinic texts."""

    gateway: Gateway
    sender: Sender
    per_second: float = Field(default=1.0, gt=0, allow_inf_nan=False)
    per_day: int = Field(default=1, ge=0)
    per_week: int = Field(default=3, ge=0)
    min_gap: Length = timedelta(hours=1)
    confirm_first: bool = False
    welcome: bool = False
    for_whom: Annotated[Naming, PlainValidator(one_of(Naming))] = Naming.INITIAL
    price: PartPrice = None


class BookingTable(Shape):
    """[[bookings]]: one system that calls us. Without a secret anybody could, so it is required."""

    source: Id
    adapter: Adapter
    secret: SecretNames
    complete_after: LengthOrNever = timedelta(minutes=30)
    api_url: ApiUrl = ""
    api_key: SecretNames = ()
    header: Header | None = None
    phone_field: str = ""
    consent_field: str = ""
    statuses: dict[str, Annotated[BookingStatus, PlainValidator(one_of(BookingStatus))]] = Field(default_factory=dict)
    mapping: MappingName | None = None


class NotifyOn(StrEnum):
    """Of what somebody is told: flags of an urgency, or notes that name a colleague."""

    NOW = "now"
    TODAY = "today"
    REVIEW = "review"
    MENTION = MENTIONED


class NotifyTable(Shape):
    """[[notify]]: who is told off-screen."""

    urgency: Annotated[NotifyOn, PlainValidator(one_of(NotifyOn))]
    after: Length = timedelta(0)
    urls: SecretNames
    person: Line | None = None


class ClinicFile(Shape):
    """The whole file."""

    id: Id
    name: Line
    time_zone: Zone
    country: Country
    languages: list[Language] = Field(min_length=1)
    phone: Phone
    emergency_number: Emergency
    consent: Annotated[ConsentRule, PlainValidator(one_of(ConsentRule))] = ConsentRule.EXPLICIT
    sending_hours: HoursTable
    opening_hours: HoursTable
    sms: SmsTable
    bookings: list[BookingTable] = Field(default_factory=list)
    services: dict[str, str] = Field(default_factory=dict)
    notify: list[NotifyTable] = Field(default_factory=list)
    outbound: list[OutboundTable] = Field(default_factory=list)


@dataclass(frozen=True, slots=True)
class ReadClinic:
    """A clinic and the file it stands in, to point at."""

    clinic: Clinic
    source: TomlSource


def read_clinics(directory: Path, environment: Mapping[str, str], problems: Problems) -> tuple[ReadClinic, ...]:
    """Every clinic of the folder that can be read; problems for the others."""
    found = [_read(source, environment, problems) for source in files_in(directory, problems)]
    if not found:
        problems.add(directory, 1, "no clinic: there should be one file for each, such as glow.toml")
    return tuple(clinic for clinic in found if clinic)


def _read(source: TomlSource, environment: Mapping[str, str], problems: Problems) -> ReadClinic | None:
    shape = read_shape(ClinicFile, source, problems)
    if shape is None:
        return None
    has_own_name(source, shape.id, problems)
    _check_hours(shape, source, problems)
    _check_languages(shape, source, problems)
    _check_mentions(shape, source, problems)

    def secrets(names: tuple[str, ...], *path: str | int) -> tuple[str, ...]:
        try:
            return resolve(names, environment)
        except MissingSecretError as error:
            problems.add(source.file, source.line_of(*path), str(error))
            return ()

    clinic = _clinic(shape, secrets, _mappings(shape, source, problems))
    outbound = read_outbound(shape.outbound, secrets, source, problems)
    return ReadClinic(replace(clinic, outbound=outbound), source)


def _mappings(shape: ClinicFile, source: TomlSource, problems: Problems) -> Mapping[str, BookingMapping]:
    """The mapping of each source that needs one, from config/bookings; a problem where one is missing or idle."""
    found: dict[str, BookingMapping] = {}
    for number, table in enumerate(shape.bookings):
        is_mapped = table.adapter == MAPPED
        if is_mapped != (table.mapping is not None):
            what = (
                'needs mapping = "…", a file in config/bookings'
                if is_mapped
                else f"has a mapping, which only {MAPPED} reads"
            )
            problems.add(
                source.file, source.line_of("bookings", number, "adapter"), f'the adapter "{table.adapter}" {what}'
            )
        elif table.mapping:
            mapping = read_mapping(source.file.parents[1] / "bookings" / table.mapping, problems)
            found |= {table.source: mapping} if mapping else {}
    return found


def _check_hours(shape: ClinicFile, source: TomlSource, problems: Problems) -> None:
    for key, why in (("sending_hours", "no text could ever go"), ("opening_hours", "nobody would ever read")):
        if not _hours(getattr(shape, key)).by_weekday:
            problems.add(source.file, source.line_of(key), f"[{key}] has no open day: {why}")


def _check_languages(shape: ClinicFile, source: TomlSource, problems: Problems) -> None:
    twice = {language for language in shape.languages if shape.languages.count(language) > 1}
    for language in sorted(twice):
        problems.add(source.file, source.line_of("languages"), f'"languages" names "{language}" twice')


def _check_mentions(shape: ClinicFile, source: TomlSource, problems: Problems) -> None:
    for number, table in enumerate(shape.notify):
        is_mention = table.urgency is NotifyOn.MENTION
        idle = "person" if table.person and not is_mention else "after" if table.after and is_mention else ""
        if idle:
            why = "is for mentions alone" if idle == "person" else "means nothing where a note mentions somebody"
            problems.add(source.file, source.line_of("notify", number, idle), f'"{idle}" {why}')


def _clinic(
    shape: ClinicFile, secrets: Callable[..., tuple[str, ...]], mappings: Mapping[str, BookingMapping]
) -> Clinic:
    sms = shape.sms.model_dump(exclude={"for_whom", "price"})
    return Clinic(
        id=shape.id,
        name=shape.name,
        zone=shape.time_zone,
        country=shape.country,
        languages=tuple(shape.languages),
        phone=shape.phone,
        emergency_number=shape.emergency_number,
        consent=shape.consent,
        sending_hours=_hours(shape.sending_hours),
        opening_hours=_hours(shape.opening_hours),
        sms=SmsRules(**sms, naming=shape.sms.for_whom, price=shape.sms.price),
        sources=tuple(
            _source(table, number, secrets, mappings.get(table.source)) for number, table in enumerate(shape.bookings)
        ),
        services=dict(shape.services),
        notify=tuple(
            NotifyRule(
                *(table.urgency, table.after, secrets(table.urls, "notify", number, "urls")),
                person=(table.person or "").casefold(),
            )
            for number, table in enumerate(shape.notify)
        ),
    )


def _source(
    table: BookingTable, number: int, secrets: Callable[..., tuple[str, ...]], mapping: BookingMapping | None
) -> BookingSource:
    return BookingSource(
        source=table.source,
        adapter=table.adapter,
        secrets=secrets(table.secret, "bookings", number, "secret"),
        complete_after=table.complete_after,
        api_url=table.api_url,
        api_key=next(iter(secrets(table.api_key, "bookings", number, "api_key")), ""),
        header=table.header or "",
        phone_field=table.phone_field,
        consent_field=table.consent_field,
        statuses=dict(table.statuses),
        mapping=mapping,
    )


def _hours(table: HoursTable) -> Hours:
    by_weekday: dict[int, tuple[time, time] | None] = {}
    for key, days in _DAYS.items():
        if key in table.model_fields_set:
            by_weekday.update(dict.fromkeys(days, getattr(table, key)))
    return Hours({day: span for day, span in sorted(by_weekday.items()) if span})
