"""The carrier's calls do not reach us for an hour: every reply is there after we asked, judged by when it was sent."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from followup.domain.message import Direction
from followup.store import patients
from followup.store.tables import flags, messages
from kit.hand_clock import MONDAY
from kit.story import open_story
from kit.torture_nursery import unlimited_config
from kit.torture_treated import FIRST_CHECK_IN, phone_of, treat

if TYPE_CHECKING:
    from pathlib import Path

    from kit.story import Story

HOUR = 3600
ROUNDS = 2
WITHIN = timedelta(hours=48)
"""How long redness is expected after the treatment, in the sample protocol."""


@pytest.mark.timeout(600)
@pytest.mark.parametrize("number", [40, pytest.param(500, marks=pytest.mark.torture)])
async def test_replies_of_a_silent_hour_are_there_after_two_rounds_judged_by_when_they_were_sent(
    tmp_path: Path, number: int
) -> None:
    async with open_story(tmp_path, config=unlimited_config(tmp_path)) as story:
        # All of them were treated on Sunday at ten, and asked on Monday at ten.
        await treat(story.services.store, range(number), MONDAY)
        await story.settle()
        await story.hours(23.5)
        typed = await type_in_vain(story, number)
        assert await replies_of(story) == []

        for _ in range(ROUNDS):
            await story.reconcile()
        found = await replies_of(story)
        async with story.services.store.reading() as tx:
            raised = [reason for (reason,) in await tx.rows(select(flags.c.reason))]

    late = [at for at in typed.values() if at - (MONDAY - FIRST_CHECK_IN) > WITHIN]
    assert dict(found) == typed
    assert len(found) == number
    assert 0 < len(late) < number
    assert raised.count("persisting") == len(late)


async def type_in_vain(story: Story, number: int) -> dict[str, datetime]:
    """Each answers that there is redness, over an hour, and no call of the carrier arrives; when each did."""
    typed = {}
    for each in range(number):
        typed[phone_of(each)] = story.clock()
        await story.simulator.type_reply(phone_of(each), "1 0", deliveries=0)
        for clock in (story.clock, story.wall):
            clock.move(seconds=HOUR // number)
    return typed


async def replies_of(story: Story) -> list[tuple[str, datetime]]:
    """Each phone's reply and when it was sent."""
    async with story.services.store.reading() as tx:
        rows = await tx.rows(select(messages.c.phone, messages.c.at).where(messages.c.direction == Direction.IN))
    return [(phone, at) for phone, at in rows]


async def test_a_reply_that_came_while_we_were_away_for_longer_than_usual_is_fetched(tmp_path: Path) -> None:
    async with open_story(tmp_path, config=unlimited_config(tmp_path)) as story:
        await treat(story.services.store, range(1), MONDAY)
        await story.settle()
        await story.reconcile()
        typed = await type_in_vain(story, 1)

        story.clock.now += timedelta(hours=100)  # nothing of ours ran: a long weekend
        await story.reconcile()

        assert dict(await replies_of(story)) == typed


async def test_a_no_that_followed_a_yes_holds_when_only_that_yes_is_fetched(tmp_path: Path) -> None:
    async with open_story(tmp_path, config=unlimited_config(tmp_path)) as story:
        await treat(story.services.store, range(1), MONDAY)
        await story.settle()
        await no_yes_no(story, phone_of(0))
        before = story.texts(phone_of(0))
        await story.reconcile()
        await story.hours(24 * 8)

        assert story.texts(phone_of(0)) == before
        assert len(await replies_of(story)) == 3
        # Not because the carrier refused it, which knows the last word: because nobody tried.
        assert (await story.episode(phone_of(0))).check_ins[1].why == "opted out"


async def test_so_does_that_of_somebody_who_is_no_patient_yet(tmp_path: Path) -> None:
    async with open_story(tmp_path, config=unlimited_config(tmp_path)) as story:
        await no_yes_no(story, phone_of(0))
        said_at = story.clock()
        await story.reconcile()
        async with story.services.store.reading() as tx:
            assert await patients.opted_out_at(tx, "glow", phone_of(0)) == said_at


async def no_yes_no(story: Story, phone: str) -> None:
    """Three words, of which the one in the middle does not reach us."""
    for words, deliveries in (("STOP", 1), ("START", 0), ("STOP", 1)):
        await story.hours(0.1)
        await story.simulator.type_reply(phone, words, deliveries=deliveries)
        await story.settle()
