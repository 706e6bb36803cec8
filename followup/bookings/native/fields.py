"""The kinds of value a native event is made of; each says what it wants, never what it got."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import cache
from typing import Annotated, Any
from zoneinfo import available_timezones

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_core import PydanticCustomError

MAX_TEXT = 200
MAX_PHONE = 64
# What JSON numbers carry without loss, and any database's 64 bits.
MAX_SEQUENCE = 2**53 - 1

_RFC_3339 = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?"
    r"(?P<offset>[Zz]|[+-][0-9]{2}:[0-9]{2})?"
)
_YEARS = range(2000, 2100)


def _fault(kind: str, detail: str) -> PydanticCustomError:
    return PydanticCustomError(kind, detail)


def _instant(value: Any) -> datetime:
    found = _RFC_3339.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise _fault("instant", "needs an RFC 3339 date and time with offset, such as 2026-12-01T10:00:00+01:00")
    if not found["offset"]:
        raise _fault("offset", "needs an offset, such as +01:00 or Z")
    try:
        at = datetime.fromisoformat(value.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        raise _fault("instant", "is no date and time of the calendar") from None
    if at.year not in _YEARS:
        raise _fault("year", f"needs a year from {_YEARS.start} to {_YEARS.stop - 1}")
    return at


def _text(value: str) -> str:
    if "\x00" in value:  # no database takes it
        raise _fault("nul", "has a NUL character")
    return value


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _zone(value: str) -> str:
    if value not in _zones():
        raise _fault("zone", "needs an IANA time zone, such as Europe/Rome")
    return value


def _phone(value: Any) -> Any:
    # A phone nobody can read is staff's task, never a reason to lose a booking.
    if not isinstance(value, str):
        return value
    readable = value.encode("utf-8", "ignore").decode().replace("\x00", "")
    return readable.strip()[:MAX_PHONE] or None


Instant = Annotated[datetime, BeforeValidator(_instant)]
Id = Annotated[str, Field(min_length=1, max_length=MAX_TEXT), AfterValidator(_text)]
Text = Annotated[str, Field(max_length=MAX_TEXT), AfterValidator(_text)]
Zone = Annotated[str, Field(max_length=MAX_TEXT), AfterValidator(_zone)]
Phone = Annotated[str | None, BeforeValidator(_phone)]
SequenceNumber = Annotated[int, Field(ge=0, le=MAX_SEQUENCE)]
