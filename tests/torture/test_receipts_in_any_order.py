"""Receipts in any order, repeated, unknown and before the answer, kept and read: one end, whatever the way."""

from __future__ import annotations

import asyncio
from itertools import count
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from followup.domain import events as e
from followup.domain.decision import Decision
from followup.domain.delivery import Attempted, Handover
from followup.domain.message import MessageState
from followup.flows.accept import accept
from followup.flows.drain_inbox import drain_inbox
from followup.flows.settle_attempts import Ended, settle_attempts
from followup.store import episodes, outbox
from followup.store.tables import flags
from kit.builders import a_message
from kit.hand_clock import MONDAY
from kit.story import Story, open_story
from kit.torture_treated import episode_of, phone_of, treat

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime
    from pathlib import Path

    from followup.domain.message import Message

ANSWER = "the answer to our call"
FIRST = ("accepted", "queued", "sending", "sent")
LAST = (("delivered", ""), ("undelivered", "30003"), ("undelivered", "30005"), ("failed", "21610"), ("sent", ""))
UNKNOWN_WORD = "mislaid"


@pytest.fixture
def tell(tmp_path: Path) -> Iterator[Any]:
    """Tells a new text's fate in this order; what it comes to."""
    numbers = count(1)
    with asyncio.Runner() as runner:
        opened = open_story(tmp_path)
        story = runner.run(opened.__aenter__())
        yield lambda evidence: runner.run(_told(story, next(numbers), evidence))
        runner.run(opened.__aexit__(None, None, None))


async def _told(story: Story, number: int, evidence: Sequence[tuple[str, str]]) -> tuple[object, ...]:
    message = await _under_way(story, number)
    for word, code in evidence:
        if word == ANSWER:
            await settle_attempts(story.services, [Ended(message, Attempted(Handover.ACCEPTED, _sid(number)))])
        else:
            await _receipt(story, message, number, word, code)
    async with story.services.store.transaction() as tx:
        found, episode = await outbox.load(tx, message.id), await episodes.load(tx, message.episode_id)
        raised = await tx.rows(
            select(flags.c.reason, flags.c.times_raised).where(flags.c.episode_id == episode_of_id(number))
        )
    assert found is not None
    assert episode is not None
    check_ins = [(one.step, one.state, one.why) for one in episode.check_ins]
    known = found.carrier_id == _sid(number) if found.carrier_id else None
    return (found.state, found.rounds, found.error_code, found.why, _after(found.not_before), known, check_ins, raised)


def episode_of_id(number: int) -> str:
    return f"{number:032x}"


def _after(at: datetime) -> float:
    return (at - MONDAY).total_seconds()


def _sid(number: int) -> str:
    return f"SM{number:032x}"


async def _under_way(story: Story, number: int) -> Message:
    """Day 1's question to a new patient, on its way for the first time."""
    await treat(story.services.store, [number], MONDAY)
    message = a_message(
        id=f"message-{number}",
        episode_id=episode_of_id(number),
        phone=phone_of(number),
        state=MessageState.ATTEMPTING,
        attempt=1,
        at=MONDAY,
        not_before=MONDAY,
        useful_until=episode_of(number, MONDAY).treated_until.replace(hour=23),
        attempted_at=MONDAY,
        hands_off_until=MONDAY,
    )
    async with story.services.store.transaction() as tx:
        episode = await episodes.load(tx, message.episode_id)
        asked = Decision((e.CheckInAsked("day-1", MONDAY), e.MessageQueued(message)), None)
        await episodes.apply(tx, episode, asked, at=MONDAY)
    return message


async def _receipt(story: Story, message: Message, number: int, word: str, code: str) -> None:
    """One call of the carrier, kept under a key of its own, so that only the state can tell that it is old."""
    form = {"MessageSid": _sid(number), "MessageStatus": word, "ErrorCode": code, "To": message.phone}
    await accept(
        story.services,
        clinic="",
        door=f"sms:simulator:receipt:{message.id}.{message.attempt}",
        key=None,
        body=urlencode(form).encode(),
        headers={"content-type": "application/x-www-form-urlencoded"},
    )
    assert await drain_inbox(story.services) == 1


@st.composite
def lives(draw: st.DrawFn) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """What a carrier says of one text, in its order; and the same in any, with repeats and a word nobody knows."""
    words = [(word, "") for word in FIRST if draw(st.booleans())]
    told = [(ANSWER, ""), *words, draw(st.sampled_from(LAST))]
    repeats = draw(st.lists(st.sampled_from(told[1:]), max_size=4))
    odd = [(UNKNOWN_WORD, "")] if draw(st.booleans()) else []
    return told, draw(st.permutations([*told, *repeats, *odd]))


def check(tell: Any, examples: int) -> None:
    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(lives())
    def ends_alike(life: tuple[list[tuple[str, str]], list[tuple[str, str]]]) -> None:
        in_order, in_any = life
        assert tell(in_any) == tell(in_order)

    ends_alike()


def test_receipts_in_any_order_end_alike(tell: Any) -> None:
    check(tell, 20)


@pytest.mark.torture
@pytest.mark.timeout(1800)
def test_a_thousand_orders_of_receipts_end_alike(tell: Any) -> None:
    check(tell, 1_000)
