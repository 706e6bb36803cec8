"""The walks on PostgreSQL, where several workers share the work."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from followup.flows.drain_inbox import drain_inbox
from followup.flows.send_messages import send_messages
from followup.flows.wake_episodes import wake_episodes
from followup.sms.simulator import faults
from kit.native_events import native_event
from kit.story import Story, open_story

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from followup.flows.services import Services

pytestmark = pytest.mark.postgres
WORKERS, PATIENTS = 3, 30
PHONES = [f"+4477009001{number:02d}" for number in range(PATIENTS)]


@pytest.fixture
async def story(tmp_path: Path, postgres_url: str) -> AsyncIterator[Story]:
    async with open_story(tmp_path, url=postgres_url) as opened:
        yield opened


async def test_a_treatment_is_asked_about_answered_and_flagged(story: Story) -> None:
    await story.book()
    await story.hours(24)
    await story.reply("1 0")
    await story.hours(48)
    await story.reply("2 0")
    assert "persisting: redness" in await story.flags()
    assert (await story.steps())["day-3"] == "answered"


async def test_a_text_whose_answer_was_lost_is_found_and_not_sent_again(story: Story) -> None:
    await story.book()
    story.simulator.faults.next_sends(faults.ACCEPTED_DROPPED)
    story.simulator.faults.next_receipts(faults.NONE)
    await story.hours(25)
    assert len(story.texts()) == 1


async def test_several_workers_ask_each_patient_once_and_read_each_answer_once(story: Story) -> None:
    story.services.pace.faster = 1000
    at = story.clock()
    for number, phone in enumerate(PHONES):
        event = native_event("booking.completed", f"B-{number}", at=at, ends=at, patient=f"P-{number}", phone=phone)
        assert await story.post(event) == 202
    await _all_at_once(story.services)
    story.clock.move(hours=24)
    story.wall.move(hours=24)
    await _all_at_once(story.services)
    assert [len(story.texts(phone)) for phone in PHONES] == [1] * PATIENTS
    for phone in PHONES:
        await story.simulator.type_reply(phone, "3 0", deliveries=2)
    await _all_at_once(story.services)
    assert await story.flags() == ["severe: redness"] * PATIENTS
    assert {flag.times_raised for flag in await story.flag_values()} == {1}
    assert [len(story.texts(phone)) for phone in PHONES] == [2] * PATIENTS


async def _all_at_once(services: Services) -> None:
    """What several workers do in the same second."""
    for work in (drain_inbox, wake_episodes, send_messages, drain_inbox):
        await asyncio.gather(*(work(services) for _ in range(WORKERS)))
