"""A clock for the demo: it begins on a working morning and runs many times faster than ours."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from zoneinfo import ZoneInfo

OPENS = time(10, 0)
SATURDAY = 5
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class FastClock:
    """Care time: `start`, plus `speed` times the seconds that `ticks` counted since `first_tick`."""

    start: datetime
    speed: float
    ticks: Callable[[], float]
    first_tick: float

    def __call__(self) -> datetime:
        """Now, as the clinic of the demo sees it."""
        return self.start + timedelta(seconds=(self.ticks() - self.first_tick) * self.speed)


def fast_clock(now: datetime, zone: ZoneInfo, speed: float, ticks: Callable[[], float]) -> FastClock:
    """A clock that begins at ten in the morning, local time, on the day of `now` or the next Monday."""
    day = now.astimezone(zone).date()
    while day.weekday() >= SATURDAY:
        day += DAY
    return FastClock(datetime.combine(day, OPENS, zone).astimezone(UTC), speed, ticks, ticks())
