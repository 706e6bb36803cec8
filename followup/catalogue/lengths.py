"""Lengths of time ("15m", "24h", "7d") and clock times ("09:00") as configuration writes them."""

from __future__ import annotations

import re
from datetime import time, timedelta

_UNITS = {"d": "days", "h": "hours", "m": "minutes", "s": "seconds"}
_LENGTH = re.compile(r"(?:[0-9]{1,6}[dhms]){1,8}")
_PART = re.compile(r"([0-9]+)([dhms])")
_CLOCK = re.compile(r"([0-9]{2}):([0-9]{2})")

_LONGEST = timedelta(days=3660)

NEVER = "never"
CLOSED = "closed"


def read_length(written: object) -> timedelta:
    """A length of time such as "24h"; parts may be joined ("48h1m"). ValueError in words a clinic can use."""
    if not isinstance(written, str) or not _LENGTH.fullmatch(written):
        message = f'a length of time is written "30s", "15m", "24h" or "7d", not {quoted(written)}'
        raise ValueError(message)
    length = sum((timedelta(**{_UNITS[unit]: int(number)}) for number, unit in _PART.findall(written)), timedelta())
    if length > _LONGEST:
        message = f"a length of time is ten years at most, not {quoted(written)}"
        raise ValueError(message)
    return length


def read_length_or_never(written: object) -> timedelta | None:
    """The same, or None for "never"."""
    return None if written == NEVER else read_length(written)


def read_hours(written: object) -> tuple[time, time] | None:
    """Hours such as "09:00-20:00" as their two clock times; 24:00 is the end of the day (00:00); None for "closed"."""
    if written == CLOSED:
        return None
    opens, dash, closes = written.partition("-") if isinstance(written, str) else ("", "", "")
    if not dash:
        message = f'hours are written "09:00-20:00" or "closed", not {quoted(written)}'
        raise ValueError(message)
    from_minutes, until_minutes = _minutes(opens), _minutes(closes)
    if from_minutes >= until_minutes:
        message = f'hours must end after they begin, on the same day (its end is "24:00"), not {quoted(written)}'
        raise ValueError(message)
    return _clock(from_minutes), _clock(until_minutes)


def quoted(written: object) -> str:
    """What stands in the file, as its writer would recognise it."""
    return f'"{written}"' if isinstance(written, str) else str(written).lower()


def _minutes(written: str) -> int:
    clock = _CLOCK.fullmatch(written.strip())
    minutes = int(clock[1]) * 60 + int(clock[2]) if clock and int(clock[2]) < 60 else None  # noqa: PLR2004 - minutes
    if minutes is None or minutes > 24 * 60:
        message = f'a clock time is written "09:00", from 00:00 to 24:00, not "{written.strip()}"'
        raise ValueError(message)
    return minutes


def _clock(minutes: int) -> time:
    return time(minutes // 60 % 24, minutes % 60)
