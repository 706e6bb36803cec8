"""However long anything stood still: never two questions within an hour, never more a day and a week than agreed."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from followup.sms.simulator import faults
from kit.native_events import PHONE
from kit.own_config import config_with
from kit.story import Story, open_story

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from datetime import datetime
    from pathlib import Path

HOUR = timedelta(hours=1)
ANSWERS = ("thank you", "sorry, unclear", "trouble breathing")


@pytest.fixture
async def story(tmp_path: Path) -> AsyncIterator[Story]:
    async with open_story(tmp_path) as opened:
        yield opened


def unasked(story: Story) -> list[datetime]:
    """When the carrier took the texts that nobody asked for."""
    texts = story.simulator.texts_to(PHONE)
    return sorted(text.created_at for text in texts if not any(words in text.body for words in ANSWERS))


def gaps(story: Story) -> list[timedelta]:
    at = unasked(story)
    return [after - before for before, after in pairwise(at)]


async def test_a_question_that_left_late_is_not_followed_by_its_reminder_at_once(story: Story) -> None:
    await story.book()
    story.simulator.faults.choose = lambda _phone, _body: faults.refused(20003)
    await story.hours(24 + 2.9)
    assert story.texts() == []
    story.simulator.faults.choose = None
    await story.hours(3)
    assert len(unasked(story)) == 2
    assert min(gaps(story)) >= HOUR


async def test_a_worker_that_stood_still_between_a_question_and_its_leaving_keeps_the_hour_too(story: Story) -> None:
    await story.book()
    story.simulator.faults.next_sends(faults.BUSY)
    await story.hours(24)
    assert story.texts() == []
    story.clock.move(hours=2.99)
    story.wall.move(hours=2.99)
    await story.settle()
    await story.hours(6)
    assert len(unasked(story)) == 2
    assert min(gaps(story)) >= HOUR


@pytest.mark.parametrize("stood_still", [0.0, 5.0, 30.0])
async def test_at_most_one_text_a_day_and_three_a_week_whoever_shares_the_phone(
    tmp_path: Path, stood_still: float
) -> None:
    async with open_story(tmp_path, config=config_with(tmp_path, per_day="1", per_week="3")) as story:
        await story.book(given="Anna")
        await story.hours(20)
        await story.book(booking="B-2", patient="P-2", given="Ben")
        await story.hours(20)
        story.clock.move(hours=stood_still)
        story.wall.move(hours=stood_still)
        await story.settle()
        await story.book(booking="B-3", given="Anna")
        await story.hours(24 * 12)
        at = unasked(story)
        zone = story.services.catalogue.clinics["glow"].zone
        days = [one.astimezone(zone).date() for one in at]
        assert at
        assert max(days.count(day) for day in days) == 1
        assert max(sum(one <= other < one + 7 * 24 * HOUR for other in at) for one in at) <= 3
        dropped = [one for episode in await story.episodes() for one in episode.check_ins if one.state == "dropped"]
        assert all(one.why for one in dropped)


async def test_what_is_urgent_goes_beside_the_count(tmp_path: Path) -> None:
    async with open_story(tmp_path, config=config_with(tmp_path, per_day="1", per_week="1")) as story:
        await story.book()
        await story.hours(24.1)
        await story.reply("I can't breathe")
        assert "999" in story.texts()[-1]
