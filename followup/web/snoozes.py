"""For how long a flag can be put aside: a few lengths that staff think in."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

from followup.web.clinics import UTC

if TYPE_CHECKING:
    from collections.abc import Mapping

    from followup.domain.clinic import Clinic

TOMORROW = "tomorrow"
LENGTHS: Mapping[str, timedelta] = {"1h": timedelta(hours=1), "4h": timedelta(hours=4)}
SNOOZES: Mapping[str, str] = {"1h": "1 hour", "4h": "4 hours", TOMORROW: "Tomorrow"}
MORNING = time(9)


def snoozed_until(code: str, clinic: Clinic | None, now: datetime) -> datetime | None:
    """The end of a snooze begun now; tomorrow is when the clinic opens then. None for a length we do not have."""
    if code in LENGTHS:
        return now + LENGTHS[code]
    return _tomorrow(clinic, now) if code == TOMORROW else None


def _tomorrow(clinic: Clinic | None, now: datetime) -> datetime:
    zone = clinic.zone if clinic else UTC
    day = now.astimezone(zone).date() + timedelta(days=1)
    opens = clinic.opening_hours.next_open(datetime.combine(day, time(0), zone), zone) if clinic else None
    morning = datetime.combine(day, MORNING, zone)
    # After a long weekend a snooze would be longer than any may be.
    return opens if opens is not None and opens - now <= timedelta(days=6) else morning
