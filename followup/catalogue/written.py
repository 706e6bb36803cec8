"""Single values as configuration files write them, read into what they mean."""

from __future__ import annotations

import re
from datetime import time, timedelta
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

import phonenumbers
from pydantic import AfterValidator, PlainValidator

from followup.catalogue.environment import read_secret_names
from followup.catalogue.lengths import quoted, read_hours, read_length, read_length_or_never
from followup.catalogue.problems import nearest
from followup.domain.clinic import Price
from followup.domain.phone import PhoneNumber

if TYPE_CHECKING:
    from collections.abc import Callable

_PACKAGE = Path(__file__).parents[1]
_OFTEN_MEANT = {"UK": "GB", "EN": "GB", "EL": "GR"}
_SERVICE_ID = re.compile(r"MG[0-9a-fA-F]{32}")

E = TypeVar("E", bound=StrEnum)


def pattern(what: str, allowed: str) -> Callable[[str], str]:
    """A check that text has the form `allowed`; ValueError says it should be `what`."""
    form = re.compile(allowed)

    def check(written: str) -> str:
        if not form.fullmatch(written):
            message = f"should be {what}, not {quoted(written)}"
            raise ValueError(message)
        return written

    return check


def one_of(words: type[E]) -> Callable[[object], E]:
    """A reader of one word of a closed set; ValueError names the nearest."""

    def read(written: object) -> E:
        if written in list(words):
            return words(str(written))
        known = ", ".join(f'"{word}"' for word in words)
        message = f"should be one of {known}, not {quoted(written)}{nearest(str(written), words)}"
        raise ValueError(message)

    return read


def folder_in(package: str, what: str) -> Callable[[str], str]:
    """A check that `package` has a folder of this name: that is how adapters and gateways are found."""

    def check(written: str) -> str:
        known = sorted(each.name for each in (_PACKAGE / package).iterdir() if each.is_dir() and each.name[0] != "_")
        if written not in known:
            message = f'there is no {what} "{written}"{nearest(written, known)} (known: {", ".join(known)})'
            raise ValueError(message)
        return written

    return check


def _zone(written: object) -> ZoneInfo:
    try:
        return ZoneInfo(str(written))
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        message = f"{quoted(written)} is no time zone{nearest(str(written), available_timezones())}"
        raise ValueError(message) from error


def _country(written: str) -> str:
    if written in phonenumbers.SUPPORTED_REGIONS:
        return written
    meant = _OFTEN_MEANT.get(written.upper(), written.upper())
    hint = f', did you mean "{meant}"?' if meant in phonenumbers.SUPPORTED_REGIONS else ""
    message = f'a country is two capital letters such as "GB", not "{written}"{hint}'
    raise ValueError(message)


def _phone(written: str) -> str:
    try:
        return PhoneNumber(written).e164
    except ValueError as error:
        message = f'should be written like "+442079460000" (country code, no spaces), not "{written}"'
        raise ValueError(message) from error


def _sender(written: str) -> str:
    if _SERVICE_ID.fullmatch(written) or re.fullmatch(r"[0-9]{5,6}", written):
        return written
    try:
        return PhoneNumber(written).e164
    except ValueError as error:
        message = f'should be a number ("+447400123456") or a Messaging Service ("MG…"), not "{written}"'
        raise ValueError(message) from error


def _api_url(written: str) -> str:
    if written and not re.fullmatch(r"https?://[^\s/?#]+(/[^\s?#]*)?", written):
        message = f'should be an address such as "https://api.example.com", not "{written}"'
        raise ValueError(message)
    return written.rstrip("/")


def _price(written: object) -> Price:
    found = re.fullmatch(r"([0-9]{1,3}(?:\.[0-9]{1,6})?) ([A-Z]{3})", str(written))
    if found is None:
        message = f'should be an amount and a currency such as "0.04 GBP", not {quoted(written)}'
        raise ValueError(message)
    return Price(Decimal(found[1]), found[2])


Length = Annotated[timedelta, PlainValidator(read_length)]
LengthOrNever = Annotated[timedelta | None, PlainValidator(read_length_or_never)]
DayHours = Annotated[tuple[time, time] | None, PlainValidator(read_hours)]
Zone = Annotated[ZoneInfo, PlainValidator(_zone)]
Country = Annotated[str, AfterValidator(_country)]
Phone = Annotated[str, AfterValidator(_phone)]
Sender = Annotated[str, AfterValidator(_sender)]
ApiUrl = Annotated[str, AfterValidator(_api_url)]
SecretNames = Annotated[tuple[str, ...], PlainValidator(read_secret_names)]
PartPrice = Annotated[Price | None, PlainValidator(_price)]
Id = Annotated[str, AfterValidator(pattern("lower-case letters, digits, - and _", r"[a-z0-9][a-z0-9_-]{0,63}"))]
Line = Annotated[str, AfterValidator(pattern("one line of words", r"\S([^\x00-\x1f]*\S)?"))]
Language = Annotated[str, AfterValidator(pattern('a language code such as "en"', r"[a-z]{2,3}"))]
Emergency = Annotated[str, AfterValidator(pattern('digits such as "999"', r"[0-9]{2,6}"))]
Header = Annotated[str, AfterValidator(pattern("a header's name in lower case", r"[a-z0-9][a-z0-9-]{0,63}"))]
MappingName = Annotated[str, AfterValidator(pattern('a file such as "vagaro.toml"', r"[a-z0-9][a-z0-9_-]{0,63}\.toml"))]
Gateway = Annotated[str, AfterValidator(folder_in("sms", "gateway"))]
Adapter = Annotated[str, AfterValidator(folder_in("bookings", "adapter"))]
