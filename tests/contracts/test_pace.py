"""Texts leave as fast as a sender may, after a pause a few at once, and no faster when several hand them over."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from store_kit import a_message

from followup.domain.message import Kind
from followup.flows.pace import Leaving, Pace
from followup.flows.send_messages import send_messages
from followup.flows.wake_episodes import wake_episodes
from kit.hand_clock import MONDAY
from kit.story import open_story
from kit.torture_nursery import unlimited_config
from kit.torture_treated import catalogue, phone_of, treat

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from followup.domain.clinic import Clinic
    from followup.store import Store
    from kit.postgres import PrivatePostgres

PACE = Pace()
SECOND = timedelta(seconds=1)


def a_clinic(name: str, per_second: float, sender: str = "") -> Clinic:
    glow = catalogue().clinics["glow"]
    return replace(glow, id=name, sms=replace(glow.sms, sender=sender or name, per_second=per_second))


GLOW, SLOW = a_clinic("glow", 1.0), a_clinic("slow", 0.02)


async def go(
    store: Store, clinic: Clinic, texts: int, at: datetime, *, kind: Kind = Kind.ASK, body: str = "?", pace: Pace = PACE
) -> int:
    """How many of so many texts may leave."""
    leaving = [Leaving(a_message(f"{number}", kind=kind, body=body), clinic) for number in range(texts)]
    async with store.transaction() as tx:
        return sum(await pace.let_go(tx, leaving, at))


async def test_ten_seconds_worth_may_leave_at_once_and_then_as_many_as_time_passes(store: Store) -> None:
    assert await go(store, GLOW, 50, MONDAY) == 10
    assert await go(store, GLOW, 50, MONDAY) == 0
    assert await go(store, GLOW, 50, MONDAY + 3.5 * SECOND) == 3
    assert await go(store, GLOW, 50, MONDAY + 4 * SECOND) == 1
    assert await go(store, GLOW, 50, MONDAY + timedelta(hours=1)) == 10


async def test_a_slow_sender_may_always_send_one(store: Store) -> None:
    assert await go(store, SLOW, 5, MONDAY) == 1
    assert await go(store, SLOW, 5, MONDAY + 49 * SECOND) == 0
    assert await go(store, SLOW, 5, MONDAY + 50 * SECOND) == 1


async def test_parts_are_counted_and_a_long_text_goes_whole(store: Store) -> None:
    assert await go(store, GLOW, 50, MONDAY, body="x" * 300) == 5
    assert await go(store, SLOW, 5, MONDAY, body="x" * 300) == 1
    assert await go(store, SLOW, 5, MONDAY + 99 * SECOND) == 0
    assert await go(store, SLOW, 5, MONDAY + 100 * SECOND) == 1


@pytest.mark.parametrize("kind", [Kind.SAFETY, Kind.CLARIFY])
async def test_what_must_not_wait_has_a_lane_of_its_own(store: Store, kind: Kind) -> None:
    assert await go(store, GLOW, 50, MONDAY) == 10
    assert await go(store, GLOW, 50, MONDAY, kind=kind) == 3
    assert await go(store, GLOW, 50, MONDAY + SECOND) == 0
    assert await go(store, GLOW, 50, MONDAY + SECOND, kind=kind) == 1


async def test_the_lane_is_filled_again_before_more_questions_leave(store: Store) -> None:
    await go(store, GLOW, 50, MONDAY, kind=Kind.SAFETY)
    assert await go(store, GLOW, 50, MONDAY + 3 * SECOND) == 0
    assert await go(store, GLOW, 50, MONDAY + 4 * SECOND) == 1


async def test_clinics_do_not_use_up_each_others_unless_they_share_a_number(store: Store) -> None:
    await go(store, GLOW, 50, MONDAY)
    assert await go(store, a_clinic("next door", 1.0, sender="glow"), 50, MONDAY) == 0
    assert await go(store, a_clinic("far away", 1.0), 50, MONDAY) == 10


async def test_clocks_that_differ_give_no_second_twice(store: Store) -> None:
    await go(store, GLOW, 50, MONDAY)
    ahead, behind = MONDAY + 5 * SECOND, MONDAY
    assert await go(store, GLOW, 50, ahead) == 5
    for _ in range(10):
        assert await go(store, GLOW, 50, behind) == 0
        assert await go(store, GLOW, 50, ahead) == 0


async def test_a_clock_that_is_set_back_gives_and_takes_nothing_and_goes_on(store: Store) -> None:
    assert await go(store, GLOW, 4, MONDAY) == 4
    back = MONDAY - timedelta(hours=1)
    assert await go(store, GLOW, 50, back) == 6
    assert await go(store, GLOW, 50, back + 2 * SECOND) == 2


async def test_in_a_demo_the_carriers_time_runs_fast_too(store: Store) -> None:
    quick = Pace(faster=100)
    assert await go(store, GLOW, 2000, MONDAY, pace=quick) == 1000
    assert await go(store, GLOW, 2000, MONDAY + SECOND, pace=quick) == 100


async def test_nobody_claims_for_a_sender_that_has_nothing_left(store: Store) -> None:
    async with store.transaction() as tx:
        assert await PACE.budget(tx, [GLOW, SLOW], MONDAY) == {"glow": 13, "slow": 4}
    await go(store, GLOW, 50, MONDAY, kind=Kind.SAFETY)
    async with store.transaction() as tx:
        assert await PACE.budget(tx, [GLOW, SLOW], MONDAY) == {"glow": 0, "slow": 4}


async def test_what_many_take_at_once_is_no_more_than_there_is(store: Store) -> None:
    assert sum(await asyncio.gather(*(go(store, GLOW, 3, MONDAY) for _ in range(8)))) == 10


@pytest.mark.postgres
async def test_two_workers_together_are_as_fast_as_one(
    tmp_path: Path, postgres: PrivatePostgres, migrated_database: str
) -> None:
    url = postgres.new_database(migrated_database)
    config = unlimited_config(tmp_path, [("per_second = 1000.0", "per_second = 2.0")])
    async with (
        open_story(tmp_path, url=url, config=config) as one,
        open_story(tmp_path, url=url, config=config) as other,
    ):
        await treat(one.services.store, range(60), MONDAY)
        await wake_episodes(one.services)
        sent = []
        for seconds in range(15):
            for story in (one, other):
                story.wall.now = story.clock.now = MONDAY + seconds * SECOND
            sent.append(sum(await asyncio.gather(send_messages(one.services), send_messages(other.services))))
        got = [len(story.texts(phone_of(each))) for story in (one, other) for each in range(60)]
    assert sent == [20, *([2] * 14)]
    assert sum(got) == sum(sent)
    postgres.drop_database(url)
