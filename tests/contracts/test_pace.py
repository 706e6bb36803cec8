"""Texts leave as fast as a clinic's sender may, and after a pause a few at once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

from followup.flows.pace import Pace

if TYPE_CHECKING:
    from followup.domain.clinic import Clinic

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


def _clinic(name: str, per_second: float) -> Clinic:
    return cast("Clinic", SimpleNamespace(id=name, sms=SimpleNamespace(per_second=per_second)))


GLOW, SLOW = _clinic("glow", 1.0), _clinic("slow", 0.02)


def test_ten_seconds_worth_may_leave_at_once_and_then_as_many_as_time_passes() -> None:
    pace = Pace()
    assert pace.budget([GLOW], NOW) == {"glow": 10}
    pace.spend(GLOW, 10, NOW)
    assert pace.budget([GLOW], NOW) == {"glow": 0}
    assert pace.budget([GLOW], NOW + timedelta(seconds=3.5)) == {"glow": 3}
    assert pace.budget([GLOW], NOW + timedelta(hours=1)) == {"glow": 10}


def test_a_slow_sender_may_always_send_one() -> None:
    pace = Pace()
    assert pace.budget([SLOW], NOW) == {"slow": 1}
    pace.spend(SLOW, 1, NOW)
    assert pace.budget([SLOW], NOW + timedelta(seconds=49)) == {"slow": 0}
    assert pace.budget([SLOW], NOW + timedelta(seconds=50)) == {"slow": 1}


def test_clinics_do_not_use_up_each_others() -> None:
    pace = Pace()
    pace.spend(GLOW, 10, NOW)
    assert pace.budget([GLOW, SLOW], NOW) == {"glow": 0, "slow": 1}


def test_a_clock_that_is_set_back_gives_and_takes_nothing() -> None:
    pace = Pace()
    pace.spend(GLOW, 4, NOW)
    assert pace.budget([GLOW], NOW - timedelta(hours=1)) == {"glow": 6}


def test_in_a_demo_the_carriers_time_runs_fast_too() -> None:
    pace = Pace(faster=3600)
    pace.spend(GLOW, 36_000, NOW)
    assert pace.budget([GLOW], NOW + timedelta(seconds=1)) == {"glow": 3600}
