from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from followup.domain.clinic import Hours

LONDON = ZoneInfo("Europe/London")
SANTIAGO = ZoneInfo("America/Santiago")
MADRID = ZoneInfo("Europe/Madrid")
EVERY_DAY = range(7)

DAYTIME = Hours(dict.fromkeys(EVERY_DAY, (time(9), time(20))))
ALWAYS = Hours(dict.fromkeys(EVERY_DAY, (time(0), time(0))))
WEEKDAYS = Hours(dict.fromkeys(range(5), (time(9), time(18))))
MONDAYS = Hours({0: (time(9), time(18))})
NEVER = Hours({})


def local(zone: ZoneInfo, *when: int, fold: int = 0) -> datetime:
    return datetime(*when, tzinfo=zone, fold=fold).astimezone(UTC)  # type: ignore[arg-type,misc] # y, m, d, h, min


@pytest.mark.parametrize(
    ("hour", "minute", "is_open"), [(8, 59, False), (9, 0, True), (19, 59, True), (20, 0, False), (0, 0, False)]
)
def test_the_opening_minute_counts_and_the_closing_minute_does_not(hour: int, minute: int, is_open: bool) -> None:  # noqa: FBT001 - a column of the table
    assert DAYTIME.open_at(local(LONDON, 2026, 1, 14, hour, minute), LONDON) is is_open


def test_what_is_open_needs_no_waiting() -> None:
    at = local(LONDON, 2026, 1, 14, 12)
    assert DAYTIME.next_open(at, LONDON) == at


# Clocks go forward in London on 29 March 2026 at 01:00 UTC and back on 25 October 2026 at 01:00 UTC.
@pytest.mark.parametrize(
    ("evening", "opens"),
    [
        (datetime(2026, 3, 28, 20, 0, tzinfo=UTC), datetime(2026, 3, 29, 8, 0, tzinfo=UTC)),
        (datetime(2026, 10, 24, 19, 0, tzinfo=UTC), datetime(2026, 10, 25, 9, 0, tzinfo=UTC)),
    ],
)
def test_the_night_the_clocks_change_still_ends_at_nine_local(evening: datetime, opens: datetime) -> None:
    assert not DAYTIME.open_at(evening, LONDON)
    assert DAYTIME.next_open(evening, LONDON) == opens


@pytest.mark.parametrize("day", [datetime(2026, 3, 29, tzinfo=UTC), datetime(2026, 10, 25, tzinfo=UTC)])
def test_hours_keep_local_time_on_the_day_of_the_change(day: datetime) -> None:
    minutes = [day + timedelta(minutes=minute) for minute in range(24 * 60)]
    shown = {at.astimezone(LONDON).strftime("%H:%M") for at in minutes if DAYTIME.open_at(at, LONDON)}
    assert min(shown) == "09:00"
    assert max(shown) == "19:59"
    assert len(shown) == 11 * 60


@pytest.mark.parametrize("zone", [LONDON, SANTIAGO, MADRID])
@pytest.mark.parametrize("month", [3, 4, 9, 10])
def test_the_whole_day_has_no_gap_in_any_month_of_change(zone: ZoneInfo, month: int) -> None:
    start = datetime(2026, month, 1, tzinfo=UTC)
    assert all(ALWAYS.open_at(start + timedelta(minutes=15 * step), zone) for step in range(31 * 96))


def test_hours_that_open_inside_the_skipped_hour_open_as_it_ends() -> None:
    early = Hours(dict.fromkeys(EVERY_DAY, (time(1, 30), time(5))))
    opens = early.next_open(local(LONDON, 2026, 3, 28, 12), LONDON)
    assert opens == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    assert early.open_at(opens, LONDON)


def test_hours_that_open_inside_the_repeated_hour_open_once() -> None:
    early = Hours(dict.fromkeys(EVERY_DAY, (time(1, 30), time(5))))
    opens = early.next_open(local(LONDON, 2026, 10, 24, 12), LONDON)
    assert opens == local(LONDON, 2026, 10, 25, 1, 30)
    assert early.open_at(local(LONDON, 2026, 10, 25, 1, 30, fold=1), LONDON)


def test_a_closed_weekend_waits_for_monday() -> None:
    friday_evening = local(LONDON, 2026, 1, 16, 18)
    assert WEEKDAYS.next_open(friday_evening, LONDON) == local(LONDON, 2026, 1, 19, 9)


def test_one_open_day_a_week_is_found_from_its_own_evening() -> None:
    assert MONDAYS.next_open(local(LONDON, 2026, 1, 19, 18), LONDON) == local(LONDON, 2026, 1, 26, 9)


def test_what_never_opens_has_no_next_opening() -> None:
    at = local(LONDON, 2026, 1, 19, 12)
    assert not NEVER.open_at(at, LONDON)
    assert NEVER.next_open(at, LONDON) is None


@pytest.mark.parametrize("zone", [LONDON, SANTIAGO, MADRID])
@pytest.mark.parametrize("hours", [DAYTIME, ALWAYS, WEEKDAYS, MONDAYS])
def test_the_next_opening_is_open_and_nothing_before_it_is(hours: Hours, zone: ZoneInfo) -> None:
    start = datetime(2026, 10, 20, tzinfo=UTC)
    for step in range(14 * 24):
        at = start + timedelta(hours=step)
        opens = hours.next_open(at, zone)
        assert opens is not None
        assert opens >= at
        assert hours.open_at(opens, zone)
        just_before = opens - timedelta(minutes=1)
        assert just_before < at or not hours.open_at(just_before, zone)
