"""The outbox: which texts may be claimed, in which order, and who else may not claim them then."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from store_kit import CLINIC, DAY, HOUR, NOON, PHONE, a_message, a_patient, an_episode

from followup.domain import events as e
from followup.domain.decision import Decision
from followup.domain.episode import EpisodeState
from followup.domain.message import Kind, Message, MessageState
from followup.store import episodes, outbox, patients
from followup.store.outbox import Trouble

if TYPE_CHECKING:
    from followup.store import Store

SECOND = timedelta(seconds=1)


async def queue(store: Store, *texts: Message) -> None:
    """Texts in the outbox, each of a patient and an episode of its own that are named after the phone."""
    async with store.transaction() as tx:
        for text in texts:
            name = f"{text.clinic}{text.phone}"
            episode = await episodes.load(tx, name)
            if episode is None:
                await patients.save(tx, a_patient(name, clinic=text.clinic, phone=text.phone))
                new = an_episode(name, patient=name, clinic=text.clinic, state=EpisodeState.ACTIVE, check_ins=())
                episode = await episodes.apply(tx, None, Decision((e.EpisodeOpened(new),), None), at=NOON)
            queued = e.MessageQueued(replace(text, episode_id=name))
            await episodes.apply(tx, episode, Decision((queued,), None), at=NOON)


def a_text(name: str, phone: int = 0, *, clinic: str = CLINIC, **changes: Any) -> Message:
    return a_message(name, clinic=clinic, phone=f"+4477009{phone:05}", **changes)


async def claim(store: Store, *, limit: int = 50, senders: dict[str, int] | None = None) -> list[str]:
    """Ids of what may be claimed at noon; nothing is."""
    async with store.transaction() as tx:
        return [found.message.id for found in await outbox.claimable(tx, NOON, NOON, limit=limit, senders=senders)]


async def test_a_claim_has_all_it_needs(store: Store) -> None:
    await queue(store, replace(a_message(), phone=PHONE))
    async with store.transaction() as tx:
        await patients.set_opt_out(tx, CLINIC, PHONE, NOON, "STOP")
        [found] = await outbox.claimable(tx, NOON, NOON, limit=5)

    name = f"{CLINIC}{PHONE}"
    assert found.message == a_message(episode=name)
    assert found.patient == a_patient(name, opted_out_at=NOON)
    assert (found.episode_state, found.protocol_id) == (EpisodeState.ACTIVE, "mesotherapy")


async def test_only_what_is_due_and_at_hand_may_be_claimed(store: Store) -> None:
    await queue(
        store,
        a_text("due", 1),
        a_text("later", 2, not_before=NOON + SECOND),
        a_text("hands off", 3, hands_off_until=NOON + SECOND),
        a_text("hands on again", 4, hands_off_until=NOON),
        *(a_text(state, 10 + place, state=state) for place, state in enumerate(MessageState) if state != "queued"),
    )

    assert sorted(await claim(store)) == ["due", "hands on again"]


async def test_safety_goes_first_then_answers_then_questions_each_oldest_first(store: Store) -> None:
    await queue(
        store,
        a_text("new question", 1, kind=Kind.ASK, not_before=NOON - HOUR),
        a_text("old question", 2, kind=Kind.REMIND, not_before=NOON - DAY),
        a_text("welcome", 3, kind=Kind.WELCOME, not_before=NOON),
        a_text("thanks", 4, kind=Kind.THANKS, not_before=NOON),
        a_text("staff", 5, kind=Kind.STAFF, not_before=NOON - SECOND),
        a_text("safety", 6, kind=Kind.SAFETY, not_before=NOON),
    )
    order = ["safety", "staff", "thanks", "old question", "new question", "welcome"]

    assert [await claim(store, limit=number) for number in (1, 3, 6)] == [order[:1], order[:3], order]


async def test_a_phone_gets_one_text_at_a_time(store: Store) -> None:
    await queue(
        store,
        a_text("question", 1),
        a_text("safety", 1, kind=Kind.SAFETY, not_before=NOON),
        a_text("thanks", 1, kind=Kind.THANKS),
        a_text("not yet", 1, kind=Kind.SAFETY, not_before=NOON + SECOND),
        a_text("another's", 2),
        a_text("elsewhere", 1, clinic="other"),
    )
    assert sorted(await claim(store)) == ["another's", "elsewhere", "safety"]


@pytest.mark.parametrize("state", [MessageState.ATTEMPTING, MessageState.UNKNOWN])
async def test_while_one_is_on_its_way_no_other_goes_to_that_phone(store: Store, state: MessageState) -> None:
    flying = a_text("flying", 1, state=state, hands_off_until=NOON - HOUR)
    await queue(store, flying, a_text("next", 1, kind=Kind.SAFETY), a_text("elsewhere", 1, clinic="other"))
    assert await claim(store) == ["elsewhere"]
    async with store.transaction() as tx:
        settled = replace(flying, state=MessageState.ACCEPTED, episode_id=f"{CLINIC}{flying.phone}")
        await outbox.save(tx, [settled])
        assert await outbox.load(tx, "flying") == settled
    assert sorted(await claim(store)) == ["elsewhere", "next"]


async def test_clinics_take_turns(store: Store) -> None:
    crowd = [a_text(f"big{number}", number, clinic="big", not_before=NOON - DAY) for number in range(30)]
    await queue(store, *crowd, *(a_text(f"small{number}", number, clinic="small") for number in range(3)))
    claimed = await claim(store, limit=6)

    assert Counter(name[:3] for name in claimed) == {"big": 3, "sma": 3}
    assert [name[:3] for name in claimed] == ["big", "sma"] * 3
    assert claimed[::2] == ["big0", "big1", "big10"]


async def test_what_a_sender_may_take_is_not_exceeded(store: Store) -> None:
    await queue(store, *(a_text(f"{clinic}{number}", number, clinic=clinic) for clinic in "abc" for number in range(5)))
    claimed = await claim(store, limit=30, senders={"a": 2, "b": 0, "z": 9})

    assert claimed == ["a0", "a1"]
    assert await claim(store, senders={}) == []


async def test_two_workers_never_claim_the_same_text_nor_two_for_one_phone(store: Store) -> None:
    names = [f"m{number}" for number in range(60)]
    await queue(store, *(a_text(name, number // 3) for number, name in enumerate(names)))
    claimed: list[Message] = []

    async def work() -> None:
        while True:
            async with store.transaction() as tx:
                found = await outbox.claimable(tx, NOON, NOON, limit=4)
                await asyncio.sleep(0)
                taken = [replace(each.message, state=MessageState.ATTEMPTING) for each in found]
                await outbox.save(tx, taken)
            claimed.extend(taken)
            if not taken:
                return

    await asyncio.gather(*(work() for _ in range(4)))
    # One of three for each phone; the others wait for it to settle.
    assert sorted(Counter(message.phone for message in claimed).values()) == [1] * 20
    assert await claim(store) == []


async def test_what_was_left_in_flight_is_found_by_machine_time(store: Store) -> None:
    await queue(
        store,
        a_text("over", 1, state=MessageState.ATTEMPTING, hands_off_until=NOON),
        a_text("running", 2, state=MessageState.ATTEMPTING, hands_off_until=NOON + SECOND),
        a_text("look", 3, state=MessageState.UNKNOWN, hands_off_until=NOON - SECOND),
        a_text("look first", 4, state=MessageState.UNKNOWN, hands_off_until=NOON - HOUR),
        a_text("settling", 5, state=MessageState.UNKNOWN, hands_off_until=NOON + SECOND),
    )
    async with store.transaction() as tx:
        assert [message.id for message in await outbox.overdue(tx, NOON, 9)] == ["over"]
        assert [message.id for message in await outbox.unknown(tx, NOON, 9)] == ["look first", "look"]
        assert [message.id for message in await outbox.unknown(tx, NOON, 1)] == ["look first"]


async def test_what_is_of_no_use_any_more_and_was_never_claimed_is_found(store: Store) -> None:
    await queue(
        store,
        a_text("stale", 1, useful_until=NOON - SECOND),
        a_text("tried", 2, useful_until=NOON - SECOND, attempt=1),
        a_text("useful", 3, useful_until=NOON),
    )
    async with store.transaction() as tx:
        assert [message.id for message in await outbox.expired(tx, NOON, 9)] == ["stale"]


async def test_the_oldest_due_text_is_the_one_that_has_waited_longest(store: Store) -> None:
    await queue(
        store,
        a_text("backing off", 1, not_before=NOON - 9 * HOUR, hands_off_until=NOON - HOUR),
        a_text("due", 2, not_before=NOON - HOUR),
        a_text("later", 3, not_before=NOON + HOUR),
    )
    async with store.reading() as tx:
        assert await outbox.oldest_due_at(tx, NOON) == NOON - HOUR
        assert await outbox.oldest_due_at(tx, NOON - 10 * HOUR) is None


async def test_what_is_wrong_on_our_side_is_counted(store: Store) -> None:
    ours: dict[str, Any] = {"error_code": 20003, "why": "the account's credentials are wrong"}
    await queue(
        store,
        a_text("m1", 1, **ours, attempted_at=NOON),
        a_text("m2", 2, **ours, attempted_at=NOON - HOUR),
        a_text("m3", 3, error_code=20429),
        a_text("m4", 4, clinic="other", **ours),
        a_text("m5", 5, **ours, state=MessageState.FAILED),
    )
    async with store.reading() as tx:
        assert await outbox.troubles(tx, [CLINIC]) == [
            Trouble(CLINIC, 20003, "the account's credentials are wrong", 2, NOON - HOUR)
        ]
        assert [trouble.clinic for trouble in await outbox.troubles(tx, None)] == [CLINIC, "other"]
        assert await outbox.troubles(tx, []) == []


async def test_a_text_that_is_not_there_is_none(store: Store) -> None:
    async with store.transaction() as tx:
        assert await outbox.load(tx, "m1") is None
        assert await outbox.claimable(tx, NOON, NOON, limit=5) == []
        await outbox.save(tx, [])
