"""However long anything stood still: never two questions within an hour, never more a day and a week than agreed."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from followup.domain.message import Kind
from followup.sms.simulator import faults
from followup.store import tables as rows
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
    """A clinic that has room for a reminder on the day of its question."""
    async with open_story(tmp_path, config=config_with(tmp_path, per_day="2", per_week="6")) as opened:
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


async def test_where_there_is_room_the_reminder_goes_on_the_same_day(story: Story) -> None:
    await story.book()
    await story.hours(24 + 3.2)
    assert gaps(story) == [pytest.approx(3 * HOUR, abs=timedelta(minutes=1))]


async def test_a_silent_patient_of_the_sample_clinic_is_asked_everything_and_never_twice_a_day(tmp_path: Path) -> None:
    async with open_story(tmp_path) as story:
        await story.book()
        await story.hours(24 * 30)
        assert set((await story.steps()).values()) == {"missed"}
        at = unasked(story)
        _holds(story, at)
        # Three questions fill the first week; for the late one's reminder there is room, the morning after.
        assert len(at) == 5
        assert at[-1] - at[-2] < timedelta(hours=24)
        assert "no reply yet" in story.texts()[-1]


async def each_patients(story: Story) -> dict[str, list[datetime]]:
    """When the texts that nobody asked for left, by patient."""
    m, waits = rows.messages.c, [kind for kind in Kind if kind.waits_for_hours]
    of = (
        select(rows.episodes.c.patient_id, m.attempted_at)
        .join_from(rows.messages, rows.episodes, rows.episodes.c.id == m.episode_id)
        .where(m.direction == "out", m.kind.in_(waits), m.attempted_at.is_not(None))
    )
    found: dict[str, list[datetime]] = {}
    async with story.services.store.reading() as tx:
        for patient, at in await tx.rows(of.order_by(m.attempted_at)):
            found.setdefault(patient, []).append(at)
    return found


def _holds(story: Story, at: list[datetime]) -> None:
    zone = story.services.catalogue.clinics["glow"].zone
    days = [one.astimezone(zone).date() for one in at]
    assert max(days.count(day) for day in days) == 1
    assert max(sum(one <= other < one + 7 * 24 * HOUR for other in at) for one in at) <= 3


@pytest.mark.parametrize("stood_still", [0.0, 5.0, 30.0])
async def test_at_most_one_text_a_day_and_three_a_week_to_each_and_an_hour_between_whoever_shares_the_phone(
    tmp_path: Path, stood_still: float
) -> None:
    async with open_story(tmp_path) as story:
        await story.book(given="Anna")
        await story.hours(20)
        await story.book(booking="B-2", patient="P-2", given="Ben")
        await story.hours(20)
        story.clock.move(hours=stood_still)
        story.wall.move(hours=stood_still)
        await story.settle()
        await story.book(booking="B-3", given="Anna")
        await story.hours(24 * 12)
        each = await each_patients(story)
        assert sorted(each) == ["P-1", "P-2"]
        for at in each.values():
            _holds(story, at)
        assert min(gaps(story)) >= HOUR
        dropped = [one for episode in await story.episodes() for one in episode.check_ins if one.state == "dropped"]
        assert all(one.why for one in dropped)


async def test_of_two_who_were_treated_together_and_share_a_phone_both_are_asked_that_day(tmp_path: Path) -> None:
    async with open_story(tmp_path) as story:
        await story.book(given="Anna")
        await story.book(booking="B-2", patient="P-2", given="Ben")
        await story.hours(24 * 8)
        each = await each_patients(story)
        assert sorted(len(at) for at in each.values()) == [3, 3]
        assert min(gaps(story)) >= HOUR
        steps = [one.state.value for episode in await story.episodes() for one in episode.check_ins]
        assert "dropped" not in steps


async def test_what_is_urgent_goes_beside_the_count(tmp_path: Path) -> None:
    async with open_story(tmp_path, config=config_with(tmp_path, per_day="1", per_week="1")) as story:
        await story.book()
        await story.hours(24.1)
        await story.reply("I can't breathe")
        assert "999" in story.texts()[-1]
