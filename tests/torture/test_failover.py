"""The primary dies and its standby takes over: what was acknowledged is there, and nobody is asked twice."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import count
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from followup.flows.send_messages import send_messages
from followup.flows.wake_episodes import wake_episodes
from followup.store import NewItem, StoreUnavailableError, migrate, open_store
from followup.store.tables import inbox
from kit.hand_clock import MONDAY, HandClock
from kit.story import open_story
from kit.torture_failover import open_pair
from kit.torture_nursery import unlimited_config
from kit.torture_treated import phone_of, treat

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from followup.store import Store
    from kit.postgres import PrivatePostgres
    from kit.torture_failover import Pair

pytestmark = [pytest.mark.postgres, pytest.mark.timeout(300)]
CALLERS, PATIENTS = 20, 120


@dataclass
class Callers:
    """Strangers who tell us something again and again, and what they were told is kept."""

    store: Store
    acknowledged: set[str] = field(default_factory=set)
    refused: int = 0
    names: count[int] = field(default_factory=count)
    are_done: bool = False

    async def call(self) -> None:
        while not self.are_done:
            name = f"k{next(self.names)}"
            try:
                await self.store.keep(NewItem("glow", "door", name, b"x" * 100, {}, MONDAY))
                self.acknowledged.add(name)
            except StoreUnavailableError:
                self.refused += 1
                await asyncio.sleep(0.05)


async def flood(pair: Pair, seconds: float) -> Callers:
    """Calls until the primary is dead and its standby has taken over."""
    store = await open_store(pair.primary.url, wall=HandClock())
    callers = Callers(store)
    calling = [asyncio.create_task(callers.call()) for _ in range(CALLERS)]
    await asyncio.sleep(seconds)
    assert callers.acknowledged
    await asyncio.to_thread(pair.fail_over, 0.4)
    callers.are_done = True
    await asyncio.gather(*calling)
    with suppress(StoreUnavailableError):
        await store.close()
    return callers


async def kept(url: str) -> set[str]:
    store = await open_store(url, wall=HandClock())
    async with store.reading() as tx:
        found = {key for (key,) in await tx.rows(select(inbox.c.key))}
    await store.close()
    return found


async def test_with_a_synchronous_standby_nothing_acknowledged_is_lost(
    postgres: PrivatePostgres, record_property: Callable[[str, int], None]
) -> None:
    with open_pair(postgres, is_synchronous=True) as pair:
        await migrate(pair.primary.url)
        callers = await flood(pair, 1.0)
        record_property("acknowledged", len(callers.acknowledged))
        assert callers.refused > 0
        assert callers.acknowledged - await kept(pair.standby.url) == set()


async def test_the_same_run_finds_what_an_asynchronous_one_loses(
    postgres: PrivatePostgres, record_property: Callable[[str, int], None]
) -> None:
    with open_pair(postgres, is_synchronous=False) as pair:
        await migrate(pair.primary.url)
        callers = await flood(pair, 1.0)
        lost = callers.acknowledged - await kept(pair.standby.url)
        record_property("lost", len(lost))
        assert lost


async def test_nobody_is_asked_twice_or_forgotten_when_the_standby_takes_over(
    tmp_path: Path, postgres: PrivatePostgres
) -> None:
    with open_pair(postgres, is_synchronous=True) as pair:
        async with open_story(tmp_path, url=pair.primary.url, config=unlimited_config(tmp_path)) as story:
            await treat(story.services.store, range(PATIENTS), MONDAY)
            await wake_episodes(story.services)
            sending = asyncio.create_task(send_messages(story.services))
            while story.simulator.creates < PATIENTS // 4:  # noqa: ASYNC110 - counted by another server
                await asyncio.sleep(0.001)
            await asyncio.to_thread(pair.fail_over, 0.2)
            with suppress(StoreUnavailableError):
                await sending
            before = story.simulator.creates

            there = await open_store(pair.standby.url, wall=story.wall)
            story.services = replace(story.services, store=there)
            for _ in range(6):
                story.clock.move(minutes=5)
                story.wall.move(minutes=5)
                await story.settle()
            got = Counter(len(story.texts(phone_of(each))) for each in range(PATIENTS))
            await there.close()
    assert PATIENTS // 4 <= before < PATIENTS
    assert got == {1: PATIENTS}
