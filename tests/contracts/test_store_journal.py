"""The journal: what happened, in order, and whether anybody has changed it since."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import text
from store_kit import CLINIC, HOUR, NOON

from followup.store import journal, open_store
from kit.stores import JOURNAL_KEY

if TYPE_CHECKING:
    from followup.store import Store
    from followup.store.journal import Verification
    from kit.hand_clock import HandClock


async def write(store: Store, number: int, clinic: str = CLINIC) -> None:
    """So many lines, and their seals."""
    async with store.transaction() as tx:
        for place in range(number):
            body = {"place": place, "said": "rojo ✓"}
            await journal.note(tx, clinic, "e1", "Noted", body, at=NOON + place * HOUR, who="nurse", cause=f"i{place}")
    async with store.transaction() as tx:
        assert await journal.seal(tx) == number


async def verify(store: Store) -> Verification:
    async with store.reading() as tx:
        return await journal.verify(tx)


async def meddle(store: Store, statement: str, **values: Any) -> None:
    async with store.transaction() as tx:
        await tx.run(text(statement), values)


async def numbers(store: Store) -> list[int]:
    async with store.reading() as tx:
        return [row[0] for row in await tx.rows(text("SELECT seq FROM journal ORDER BY position"))]


async def test_lines_are_read_as_they_were_written(store: Store) -> None:
    await write(store, 2)
    async with store.reading() as tx:
        first, second = await journal.lines_of(tx, CLINIC, ["e1"])
        assert await journal.lines_of(tx, "other", ["e1"]) == []

    assert (first.at, first.event, first.who, first.cause) == (NOON, "Noted", "nurse", "i0")
    assert first.body == {"place": 0, "said": "rojo ✓"}
    assert second.seq > first.seq


async def test_an_untouched_journal_is_intact(store: Store) -> None:
    await write(store, 5)
    await write(store, 3, "other")
    async with store.transaction() as tx:
        await journal.note(tx, CLINIC, "", "Noted", {}, at=NOON)
    found = await verify(store)

    assert found.is_intact
    assert (found.lines, found.unsealed) == (9, 1)
    assert set(found.heads) == {CLINIC, "other"}
    async with store.transaction() as tx:
        assert await journal.seal(tx) == 1
        assert await journal.seal(tx) == 0
    after = await verify(store)
    assert after.is_intact
    assert after.heads["other"] == found.heads["other"]
    assert after.heads[CLINIC] != found.heads[CLINIC]


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE journal SET who = 'nobody' WHERE seq = :seq",
        "UPDATE journal SET event = 'Other' WHERE seq = :seq",
        "UPDATE journal SET episode_id = 'e2' WHERE seq = :seq",
        "UPDATE journal SET cause = '' WHERE seq = :seq",
        "UPDATE journal SET body = '00000000000000000000000000000000{}' WHERE seq = :seq",
        "UPDATE journal SET body_digest = '00' WHERE seq = :seq",
        "UPDATE journal SET at = (SELECT max(at) FROM journal) WHERE seq = :seq",
    ],
)
async def test_a_changed_line_is_found(store: Store, change: str) -> None:
    await write(store, 5)
    seq = (await numbers(store))[2]
    await meddle(store, change, seq=seq)
    found = await verify(store)

    assert not found.is_intact
    assert found.broken == (seq,)


async def test_a_changed_line_whose_digest_was_made_to_fit_is_found(store: Store) -> None:
    await write(store, 3)
    seq = (await numbers(store))[1]
    said = "0" * 32 + "{}"
    digest = journal._digest(said)
    await meddle(
        store, "UPDATE journal SET body = :said, body_digest = :d WHERE seq = :seq", said=said, d=digest, seq=seq
    )

    assert (await verify(store)).broken == (seq,)


async def test_a_line_that_is_gone_is_found(store: Store) -> None:
    await write(store, 5)
    seqs = await numbers(store)
    await meddle(store, "DELETE FROM journal WHERE seq = :seq", seq=seqs[1])

    assert (await verify(store)).broken == (seqs[2],)


async def test_lines_gone_from_the_end_are_counted(store: Store) -> None:
    await write(store, 5)
    await meddle(store, "DELETE FROM journal WHERE seq >= :seq", seq=(await numbers(store))[3])
    found = await verify(store)

    assert (found.broken, found.missing, found.is_intact) == ((), 2, False)


async def test_all_lines_of_a_clinic_gone_are_counted(store: Store) -> None:
    await write(store, 5)
    await meddle(store, "DELETE FROM journal")

    assert (await verify(store)).missing == 5


async def test_lines_that_changed_places_are_found(store: Store) -> None:
    await write(store, 4)
    first, second, third, _ = await numbers(store)
    await meddle(store, "UPDATE journal SET position = 0 WHERE seq = :seq", seq=second)
    await meddle(store, "UPDATE journal SET position = 2 WHERE seq = :seq", seq=third)
    await meddle(store, "UPDATE journal SET position = 3 WHERE seq = :seq", seq=second)
    broken = (await verify(store)).broken

    assert {second, third} <= set(broken)
    assert first not in broken


async def test_a_line_slipped_in_is_found(store: Store) -> None:
    await write(store, 2)
    async with store.transaction() as tx:
        await journal.note(tx, CLINIC, "e1", "Forged", {}, at=NOON)
    forged = "UPDATE journal SET position = 3, seal = :seal WHERE event = 'Forged'"
    await meddle(store, forged, seal="00" * 32)
    await meddle(store, "UPDATE journal_heads SET position = 3, seal = :seal", seal="00" * 32)

    assert len((await verify(store)).broken) == 1


async def test_an_erased_body_leaves_the_chain_whole(store: Store) -> None:
    await write(store, 3)
    await meddle(store, "UPDATE journal SET body = NULL")
    async with store.reading() as tx:
        lines = await journal.lines_of(tx, CLINIC, ["e1"])

    assert (await verify(store)).is_intact
    assert [line.body for line in lines] == [{}, {}, {}]


async def test_without_the_key_no_seal_can_be_checked_or_made(store: Store, store_url: str, wall: HandClock) -> None:
    await write(store, 2)
    other = await open_store(store_url, wall=wall, journal_key=b"another key")
    try:
        assert len((await verify(other)).broken) == 2
    finally:
        await other.close()
    again = await open_store(store_url, wall=wall, journal_key=JOURNAL_KEY)
    assert (await verify(again)).is_intact
    await again.close()


async def test_two_workers_that_seal_at_once_make_one_chain(store: Store) -> None:
    async with store.transaction() as tx:
        for place in range(40):
            await journal.note(tx, f"clinic{place % 3}", "", "Noted", {"place": place}, at=NOON)

    async def seal() -> int:
        async with store.transaction() as tx:
            await asyncio.sleep(0)
            return await journal.seal(tx)

    assert sum(await asyncio.gather(*(seal() for _ in range(4)))) == 40
    found = await verify(store)
    assert found.is_intact
    assert (found.lines, found.unsealed) == (40, 0)


async def test_lines_are_written_while_others_are_sealed(store: Store) -> None:
    async def note(place: int) -> None:
        async with store.transaction() as tx:
            await journal.note(tx, CLINIC, "", "Noted", {"place": place}, at=NOON)
            await asyncio.sleep(0.001 * (place % 3))

    async def seal() -> None:
        async with store.transaction() as tx:
            await journal.seal(tx)

    await asyncio.gather(*(note(place) for place in range(30)), *(seal() for _ in range(5)))
    await seal()
    found = await verify(store)
    assert found.is_intact
    assert (found.lines, found.unsealed) == (30, 0)
