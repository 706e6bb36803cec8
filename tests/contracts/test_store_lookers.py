"""Who looks at what, as one process tells the others; and that one look is one, whoever asks."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from followup.store import lookers
from followup.store.lookers import Looker
from kit.hand_clock import MONDAY

if TYPE_CHECKING:
    from datetime import datetime

    from followup.store import Store

NIA = Looker("glow", "e1", "nia@glow.example")
CAL = Looker("glow", "e1", "cal@glow.example")
SECOND = timedelta(seconds=1)


async def seen_from(store: Store, place: str, since: datetime = MONDAY - SECOND) -> list[Looker]:
    async with store.reading() as tx:
        return sorted(await lookers.elsewhere(tx, place, since))


async def test_a_process_hears_of_the_others_and_not_of_itself(store: Store) -> None:
    async with store.transaction() as tx:
        await lookers.note(tx, "a", [NIA], MONDAY)
        await lookers.note(tx, "b", [NIA, CAL], MONDAY)
    assert await seen_from(store, "a") == [CAL, NIA]
    assert await seen_from(store, "b") == [NIA]


async def test_a_row_that_is_not_written_again_is_over_and_swept(store: Store) -> None:
    async with store.transaction() as tx:
        await lookers.note(tx, "a", [NIA, CAL], MONDAY)
        await lookers.note(tx, "a", [NIA], MONDAY + 20 * SECOND)
    assert await seen_from(store, "b", MONDAY + SECOND) == [NIA]
    async with store.transaction() as tx:
        await lookers.sweep(tx, MONDAY + SECOND)
    assert await seen_from(store, "b") == [NIA]


async def test_whoever_goes_away_is_gone_at_once_from_that_process_alone(store: Store) -> None:
    async with store.transaction() as tx:
        await lookers.note(tx, "a", [NIA], MONDAY)
        await lookers.note(tx, "b", [NIA], MONDAY)
        await lookers.gone(tx, "a", NIA)
    assert await seen_from(store, "c") == [NIA]
    assert await seen_from(store, "b") == []


async def test_of_two_processes_one_alone_notes_a_look(store: Store) -> None:
    async def is_new(seconds: float, account: str = "1") -> bool:
        now = MONDAY + seconds * SECOND
        async with store.transaction() as tx:
            return await lookers.is_new_look(tx, "glow", "e1", account, now, now - 300 * SECOND)

    assert await is_new(0)
    assert not await is_new(1)
    assert await is_new(1, account="2")
    assert not await is_new(299)
    assert await is_new(301)
