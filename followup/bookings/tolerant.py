"""Takes a stranger's values one by one: each with the type we expect, or not at all."""

from __future__ import annotations

import hashlib
import json
import re
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any
from zoneinfo import available_timezones

from followup.bookings import QuarantinedError

if TYPE_CHECKING:
    from datetime import tzinfo

MAX_TEXT = 200
MAX_PHONE = 64
LONGEST = timedelta(days=7)
"""A longer treatment is a slip in a date: its end is not taken."""

_YEARS = range(2000, 2100)
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8}){0,3}")
_NOWHERE = frozenset({"UTC", "Etc/UTC", "GMT", "Etc/GMT"})
"""What systems write where they do not know a person's zone."""

Object = dict[str, Any]


def body_name(body: bytes) -> str:
    """A name for an event that has none: the same bytes are the same event."""
    return "sha256:" + hashlib.sha256(body).hexdigest()


def read_object(body: bytes) -> Object:
    """The JSON object these bytes are. Raises QuarantinedError without a word of them."""
    try:
        value = json.loads(body.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise QuarantinedError("the body is not UTF-8") from None
    except (ValueError, RecursionError):
        raise QuarantinedError("the body is not JSON") from None
    if not isinstance(value, dict):
        raise QuarantinedError("the body is no JSON object")
    return value


def within(value: Any, *path: str | int) -> Any:
    """What stands at this path of keys and positions; None where there is no such place."""
    for step in path:
        if isinstance(value, dict) and isinstance(step, str):
            value = value.get(step)
        elif isinstance(value, list) and isinstance(step, int) and -len(value) <= step < len(value):
            value = value[step]
        else:
            return None
    return value


def object_at(value: Any, *path: str | int) -> Object:
    """The object at this path, or an empty one."""
    found = within(value, *path)
    return found if isinstance(found, dict) else {}


def objects_at(value: Any, *path: str | int) -> list[Object]:
    """The objects in the list at this path."""
    found = within(value, *path)
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def words(value: Any, most: int = MAX_TEXT) -> str | None:
    """Text, as a database takes it and no longer than that; None for anything else and for blanks."""
    if not isinstance(value, str):
        return None
    readable = value.encode("utf-8", "ignore").decode().replace("\x00", "")
    return readable.strip()[:most].strip() or None


def ident(value: Any) -> str | None:
    """An id, be it text or a whole number; None for anything else, and for one no sane system would use."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value) if abs(value) < 10**19 else None
    found = words(value, MAX_TEXT + 1)
    return found if found and len(found) <= MAX_TEXT else None


def needed(value: Any, what: str) -> str:
    """The same, where nothing can be done without it. Raises QuarantinedError."""
    found = ident(value)
    if found is None:
        message = f"it names no {what}"
        raise QuarantinedError(message)
    return found


def instant(value: Any, zone: tzinfo | None = None) -> datetime | None:
    """A date and time as UTC; one without offset is read in `zone`, where given. None for anything else.

    Of a local hour that comes twice the first is meant; one that a clock change skips is moved forward.
    """
    if not isinstance(value, str):
        return None
    try:
        found = datetime.fromisoformat(value.strip())
        if found.tzinfo is None:
            if zone is None or len(value.strip()) <= len("2026-12-01"):
                return None
            found = found.replace(tzinfo=zone, fold=0)
        found = found.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return found if found.year in _YEARS else None


def moment(value: Any, what: str, zone: tzinfo | None = None) -> datetime:
    """The same, where nothing can be done without it. Raises QuarantinedError."""
    found = instant(value, zone)
    if found is None:
        message = f"it does not say {what}"
        raise QuarantinedError(message)
    return found


def end_after(start: datetime | None, end: datetime | None) -> datetime | None:
    """The end of a treatment, where it is one: after its start, and not by weeks."""
    return end if end and (start is None or start < end <= start + LONGEST) else None


def local_span(start: Any, end: Any, zone: tzinfo) -> tuple[datetime | None, datetime | None]:
    """Two local times without offset as instants; their distance is what the clocks show, clock change or not."""
    starts_at = instant(start, zone)
    shown = [instant(value, UTC) for value in (start, end)]
    if starts_at is None or shown[0] is None or shown[1] is None:
        return starts_at, instant(end, zone)
    return starts_at, end_after(starts_at, starts_at + (shown[1] - shown[0]))


def language(value: Any) -> str | None:
    """A language code such as "en" or "pt-BR"; None for anything else."""
    found = words(value)
    return found.replace("_", "-") if found and _LANGUAGE.fullmatch(found) else None


def zone_name(value: Any) -> str | None:
    """A person's time zone by its IANA name; None where it is none, or only says that nobody knows."""
    return value if isinstance(value, str) and value in _zones() and value not in _NOWHERE else None


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())
