"""Two patients on one phone: one question at a time, and a wrong number stops both plans."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from kit.story import Story, open_story

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


@pytest.fixture
async def story(tmp_path: Path) -> AsyncIterator[Story]:
    """Two patients with one phone, treated at the same time."""
    async with open_story(tmp_path) as opened:
        await opened.book()
        await opened.book(booking="B-2", patient="P-2")
        yield opened


async def asked_at(story: Story) -> list[timedelta]:
    """Hours between the first questions to this phone and the first of them."""
    found = sorted(
        one.asked_at for episode in await story.episodes() for one in episode.check_ins if one.asked_at is not None
    )
    return [at - found[0] for at in found]


async def test_two_questions_to_one_phone_never_come_within_the_clinics_gap(story: Story) -> None:
    await story.hours(24.5)
    assert await asked_at(story) == [timedelta(0)]
    await story.hours(1.5)
    first, second = await asked_at(story)
    assert second - first >= story.services.catalogue.clinics["glow"].sms.min_gap


async def test_a_phones_texts_are_counted_over_everybody_who_has_it(story: Story) -> None:
    await story.hours(24 * 7)
    clinic = story.services.catalogue.clinics["glow"]
    check_ins = [one for episode in await story.episodes() for one in episode.check_ins]
    texts = [at for one in check_ins for at in (one.asked_at, one.reminded_at) if at is not None]
    days = [at.astimezone(clinic.zone).date() for at in texts]
    assert max(days.count(day) for day in days) <= clinic.sms.per_day
    assert len(texts) <= clinic.sms.per_week


async def test_a_wrong_number_holds_the_plan_of_everybody_with_that_phone(story: Story) -> None:
    await story.hours(24.5)
    await story.reply("wrong number")
    assert [one.state for one in await story.episodes()] == ["on_hold", "on_hold"]
    assert await story.flags() == ["needs_details", "needs_details"]
    told = len(story.texts())
    await story.hours(24 * 8)
    assert len(story.texts()) == told


async def test_a_plan_that_is_over_is_not_held_by_a_wrong_number(story: Story) -> None:
    await story.book("booking.cancelled", "B-2", patient="P-2", sequence=9)
    states = {one.booking_id: one.state for one in await story.episodes()}
    await story.hours(24.5)
    await story.reply("wrong number")
    after = {one.booking_id: one.state for one in await story.episodes()}
    assert after == {"B-1": "on_hold", "B-2": states["B-2"]}
