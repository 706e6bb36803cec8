"""The inbox: what strangers send is kept once, for good, and settled once."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import text
from store_kit import NOON

from followup.store import Kept, NewItem, Verdict, received, strays, sweeping
from followup.store.strays import Stray

if TYPE_CHECKING:
    from followup.store import Store, Transaction
    from kit.hand_clock import HandClock

DOOR = "booking:glow-native"


def an_item(key: str = "k1", body: bytes = b'{"a": 1}', **changes: Any) -> NewItem:
    item = NewItem("glow", DOOR, key, body, {"webhook-id": key, "x": "é\u2713"}, NOON)
    return replace(item, **changes)


async def _next(tx: Transaction) -> received.Item | None:
    return next(iter(await received.take(tx, 1)), None)


async def outcomes(store: Store) -> list[str | None]:
    async with store.reading() as tx:
        return [row[0] for row in await tx.rows(text("SELECT outcome FROM inbox ORDER BY id"))]


async def test_an_item_is_taken_as_it_was_kept(store: Store) -> None:
    kept = await store.keep(an_item(body=bytes(range(256))))
    async with store.transaction() as tx:
        item = await _next(tx)

    assert kept.verdict is Verdict.NEW
    assert item == received.Item(
        kept.id, "glow", DOOR, "k1", bytes(range(256)), {"webhook-id": "k1", "x": "é\u2713"}, NOON, 0
    )


async def test_the_same_again_is_the_same_and_another_body_a_conflict(store: Store) -> None:
    first = await store.keep(an_item())

    assert await store.keep(an_item()) == Kept(first.id, Verdict.SAME)
    assert await store.keep(an_item(body=b"{}")) == Kept(first.id, Verdict.CONFLICT)
    assert (await store.keep(an_item(door="booking:other"))).verdict is Verdict.NEW
    async with store.reading() as tx:
        assert await received.waiting(tx) == 2


async def test_two_hundred_copies_at_once_are_one(store: Store) -> None:
    kept = await asyncio.gather(*(store.keep(an_item()) for _ in range(200)))

    assert [each.verdict for each in kept].count(Verdict.NEW) == 1
    assert {each.verdict for each in kept} == {Verdict.NEW, Verdict.SAME}
    assert len({each.id for each in kept}) == 1


async def test_many_at_once_are_all_kept_and_come_out_in_the_order_they_came(store: Store) -> None:
    kept = await asyncio.gather(*(store.keep(an_item(f"k{number}")) for number in range(300)))
    taken = []
    async with store.transaction() as tx:
        while (item := await _next(tx)) is not None:
            taken.append(item.id)
            await received.settle(tx, item.id, "applied")

    assert taken == [each.id for each in kept]
    assert set(await outcomes(store)) == {"applied"}


async def test_a_caller_that_stops_waiting_hinders_nobody(store: Store) -> None:
    callers = [asyncio.create_task(store.keep(an_item(f"k{number}"))) for number in range(20)]
    await asyncio.sleep(0)
    for caller in callers[::2]:
        caller.cancel()
    kept = await asyncio.gather(*callers, return_exceptions=True)

    assert all(isinstance(each, asyncio.CancelledError) for each in kept[::2])
    assert [each.verdict for each in kept[1::2] if isinstance(each, Kept)] == [Verdict.NEW] * 10
    assert (await store.keep(an_item("k0"))).verdict in {Verdict.NEW, Verdict.SAME}


async def test_what_is_kept_is_there_when_the_answer_is_given(store: Store) -> None:
    for number in range(3):
        await store.keep(an_item(f"k{number}"))
        async with store.reading() as tx:
            assert await received.waiting(tx) == number + 1
            assert await received.oldest_waiting_at(tx) == NOON


async def test_an_empty_inbox_has_no_oldest_item(store: Store) -> None:
    async with store.transaction() as tx:
        assert await _next(tx) is None
        assert await received.waiting(tx) == 0
        assert await received.oldest_waiting_at(tx) is None


@pytest.mark.parametrize("key", ["a\0b", "\ud83d", "x" * 100_000, "", "é✓"])
async def test_any_key_is_kept_and_known_again(store: Store, key: str) -> None:
    first = await store.keep(an_item(key))

    assert first.verdict is Verdict.NEW
    assert await store.keep(an_item(key)) == Kept(first.id, Verdict.SAME)


async def test_one_item_that_cannot_be_kept_does_not_cost_the_others_their_place(store: Store) -> None:
    bad = an_item("bad", headers={"x": object()})  # what no door would hand over
    kept = await asyncio.gather(
        store.keep(an_item("k1")), store.keep(bad), store.keep(an_item("k2")), return_exceptions=True
    )

    assert [each.verdict for each in kept if isinstance(each, Kept)] == [Verdict.NEW, Verdict.NEW]
    assert isinstance(kept[1], TypeError)


async def test_a_postponed_item_waits_for_machine_time(store: Store, wall: HandClock) -> None:
    first = await store.keep(an_item("k1"))
    second = await store.keep(an_item("k2"))
    async with store.transaction() as tx:
        await received.postpone(tx, first.id, wall() + timedelta(seconds=10), "KeyError")
        item = await _next(tx)
        assert item is not None
        assert item.id == second.id
        await received.settle(tx, second.id, "ignored")
        assert await _next(tx) is None
        assert await received.waiting(tx) == 1
    wall.move(seconds=10)
    async with store.transaction() as tx:
        item = await _next(tx)

    assert item is not None
    assert (item.id, item.tries) == (first.id, 1)


async def test_reading_may_tell_whose_item_it_was(store: Store) -> None:
    kept = await store.keep(an_item(clinic=""))
    async with store.transaction() as tx:
        await received.settle(tx, kept.id, "applied", "glow")
        row = await tx.row(text("SELECT clinic, outcome FROM inbox"))

    assert tuple(row) == ("glow", "applied")


async def test_four_workers_take_each_item_once(store: Store) -> None:
    kept = await asyncio.gather(*(store.keep(an_item(f"k{number}")) for number in range(40)))
    taken: list[str] = []

    async def work() -> None:
        while True:
            async with store.transaction() as tx:
                item = await _next(tx)
                if item is None:
                    return
                await asyncio.sleep(0)
                taken.append(item.id)
                await received.settle(tx, item.id, "applied")

    await asyncio.gather(*(work() for _ in range(4)))
    assert sorted(taken) == sorted(each.id for each in kept)


async def test_an_item_whose_reading_failed_still_waits(store: Store) -> None:
    kept = await store.keep(an_item())

    async def fail() -> None:
        async with store.transaction() as tx:
            item = await _next(tx)
            assert item is not None
            await received.settle(tx, item.id, "applied")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    async with store.transaction() as tx:
        again = await _next(tx)
    assert again is not None
    assert again.id == kept.id


async def test_what_was_settled_long_ago_loses_its_words_and_is_known_all_the_same(
    store: Store, wall: HandClock
) -> None:
    old, waits = await store.keep(an_item()), await store.keep(an_item("k2"))
    async with store.transaction() as tx:
        await received.settle(tx, old.id, "applied")
    wall.move(hours=24 * 90)
    new = await store.keep(an_item("k3"))
    async with store.transaction() as tx:
        await received.settle(tx, new.id, "applied")
        gone = await sweeping.long_settled(tx, wall() - timedelta(days=30), "", 10)
        await sweeping.empty_calls(tx, gone)
        assert await sweeping.long_settled(tx, wall() - timedelta(days=30), "", 10) == []
    assert gone == [old.id]
    async with store.reading() as tx:
        left = [tuple(row) for row in await tx.rows(text("SELECT id, headers FROM inbox WHERE length(body) > 0"))]
        assert {row[0] for row in left} == {waits.id, new.id}
        read = await received.settled(tx, DOOR, NOON - timedelta(days=1), "", 10)
        assert [(item.id, bool(item.body)) for item, _ in read] == [(old.id, False), (new.id, True)]
    assert await store.keep(an_item()) == Kept(old.id, Verdict.SAME)
    assert await store.keep(an_item(body=b"{}")) == Kept(old.id, Verdict.CONFLICT)


async def test_what_staff_still_have_before_them_stays_as_it_came(store: Store, wall: HandClock) -> None:
    unread, other = await store.keep(an_item()), await store.keep(an_item("k2"))
    async with store.transaction() as tx:
        for kept in (unread, other):
            await received.settle(tx, kept.id, "quarantined")
        await strays.add(tx, a_stray(unread.id))
    wall.move(hours=24 * 200)
    async with store.transaction() as tx:
        assert await sweeping.long_settled(tx, wall(), "", 10) == [other.id]
        await strays.close(tx, "s-1", "nia@glow.example", NOON)
    async with store.transaction() as tx:
        assert await sweeping.long_settled(tx, wall(), "", 10) == [unread.id, other.id]
        assert await sweeping.long_settled(tx, wall(), "", 1) == [unread.id]
        assert await sweeping.long_settled(tx, wall(), unread.id, 10) == [other.id]


def a_stray(item_id: str, **changes: Any) -> Stray:
    stray = Stray("s-1", "glow", "booking", "could not be read", "", "", NOON, "glow-native", "", item_id)
    return replace(stray, **changes)


async def test_a_stray_is_emptied_long_after_it_was_closed_and_only_then(store: Store) -> None:
    late = NOON + timedelta(days=100)
    async with store.transaction() as tx:
        for name in ("open", "closed", "just closed"):
            await strays.add(tx, a_stray("", id=name, kind="reply", body="call me, Zoë", phone="+447700900001"))
        await strays.close(tx, "closed", "nia@glow.example", NOON)
        await strays.close(tx, "just closed", "nia@glow.example", late)
    async with store.transaction() as tx:
        assert await sweeping.long_closed(tx, late, 10) == ["closed"]
        await sweeping.empty_strays(tx, ["closed"])
        assert await sweeping.long_closed(tx, late, 10) == []
        emptied, kept = await strays.load(tx, "closed"), await strays.load(tx, "open")
    assert emptied is not None
    assert kept is not None
    assert (emptied.body, emptied.phone, emptied.closed_by) == ("", None, "nia@glow.example")
    assert (kept.body, kept.phone) == ("call me, Zoë", "+447700900001")
