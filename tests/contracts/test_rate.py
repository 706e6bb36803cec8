"""How much a source may send."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from followup.web.rate import RateLimit

NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)


def test_a_burst_goes_through_and_then_the_steady_rate() -> None:
    limit = RateLimit(per_second=2, burst=3)

    assert [limit.wait("a", NOON) for _ in range(4)] == [0, 0, 0, 0.5]
    assert limit.wait("a", NOON + timedelta(seconds=0.5)) == 0
    assert limit.wait("a", NOON + timedelta(seconds=0.5)) == 0.5


def test_a_long_pause_saves_up_no_more_than_a_burst() -> None:
    limit = RateLimit(per_second=2, burst=3)
    limit.wait("a", NOON)

    assert [limit.wait("a", NOON + timedelta(days=1)) for _ in range(4)] == [0, 0, 0, 0.5]


def test_one_source_does_not_hold_back_another() -> None:
    limit = RateLimit(per_second=1, burst=1)
    limit.wait("a", NOON)

    assert (limit.wait("a", NOON), limit.wait("b", NOON)) == (1, 0)


def test_a_clock_set_back_locks_nobody_out() -> None:
    limit = RateLimit(per_second=1, burst=2)
    limit.wait("a", NOON)

    assert limit.wait("a", NOON - timedelta(hours=2)) == 0
    assert limit.wait("a", NOON - timedelta(hours=2) + timedelta(seconds=1)) == 0
