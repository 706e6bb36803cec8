"""A course of treatments: the newest session asks, the older ones keep their late check, and nobody is asked twice."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from kit.desk import hire
from kit.own_config import config_with
from kit.story import Story, open_story

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

DAY = 24


@pytest.fixture
async def story(tmp_path: Path) -> AsyncIterator[Story]:
    """A first session at ten on a Monday."""
    async with open_story(tmp_path) as opened:
        await opened.book()
        yield opened


async def states(story: Story, booking: str) -> dict[str, str]:
    episode = next(one for one in await story.episodes() if one.booking_id == booking)
    return {one.step: one.state.value for one in episode.check_ins}


async def answered(story: Story, days: float) -> None:
    """So many days on which every question is answered at once."""
    for _ in range(round(days * DAY)):
        told = len(story.texts())
        await story.hours(1)
        if len(story.texts()) > told:
            await story.reply("0")


async def test_the_newest_session_asks_and_the_older_keeps_its_late_check(story: Story) -> None:
    await answered(story, 5)
    await story.book(booking="B-2")
    await answered(story, 24)
    older, newer = await states(story, "B-1"), await states(story, "B-2")
    assert older == {"day-1": "answered", "day-3": "answered", "day-7": "dropped", "day-28": "answered"}
    assert newer == {"day-1": "answered", "day-3": "answered", "day-7": "answered", "day-28": "scheduled"}
    assert await story.flags() == []
    [dropped] = [one for each in await story.episodes() for one in each.check_ins if one.state == "dropped"]
    assert dropped.why == "a newer session's plan asks now"


async def test_a_course_of_three_sessions_a_week_apart_is_asked_about_once_at_a_time_to_its_end(story: Story) -> None:
    for booking in ("B-2", "B-3"):
        await answered(story, 7)
        await story.book(booking=booking)
    await answered(story, 30)
    kept = {booking: await states(story, booking) for booking in ("B-1", "B-2", "B-3")}
    assert set(kept["B-3"].values()) == {"answered"}
    assert {kept[booking]["day-28"] for booking in kept} == {"answered"}
    assert {state for of in kept.values() for state in of.values()} <= {"answered", "dropped"}
    asked = sorted(one.asked_at for each in await story.episodes() for one in each.check_ins if one.asked_at)
    assert min(after - before for before, after in pairwise(asked)) >= timedelta(hours=DAY / 2)
    assert max(sum(one <= other < one + timedelta(days=7) for other in asked) for one in asked) <= 3
    assert await story.flags() == []


async def test_a_session_that_does_not_take_place_takes_nothing_over(story: Story) -> None:
    await answered(story, 5)
    await story.book("booking.booked", booking="B-2", ends=story.clock() + timedelta(hours=5))
    await story.book("booking.cancelled", booking="B-2", sequence=5)
    await answered(story, 3)
    assert (await states(story, "B-1"))["day-7"] == "answered"


async def one_visit(story: Story) -> None:
    """Treated by two protocols within half an hour, and asked about the first of them a day later."""
    await story.book()
    await story.minutes(30)
    await story.book(booking="B-2", service="lipo")
    await story.hours(DAY)
    await story.reply("0")
    await story.hours(3)


async def test_two_treatments_of_one_visit_by_two_protocols_are_both_asked_about_an_hour_apart_at_least(
    tmp_path: Path,
) -> None:
    async with open_story(tmp_path, config=config_with(tmp_path, per_day="2", per_week="6")) as story:
        await one_visit(story)
        asked = sorted(one.asked_at for each in await story.episodes() for one in each.check_ins if one.asked_at)
        assert len(asked) == 2
        assert asked[1] - asked[0] >= timedelta(hours=1)


async def test_where_the_clinic_texts_once_a_day_staff_are_shown_what_is_not_asked_of_the_other(tmp_path: Path) -> None:
    async with open_story(tmp_path) as story:
        await one_visit(story)
        await story.hours(12)
        assert [(await states(story, booking))["day-1"] for booking in ("B-1", "B-2")] == ["answered", "dropped"]
        assert await story.flags() == ["not_sent"]
        [flag] = await story.flag_values()
        assert "too many texts" in flag.evidence.rule


async def test_a_flag_shows_the_hours_since_each_session(story: Story) -> None:
    await answered(story, 5)
    await story.book(booking="B-2")
    await story.hours(DAY + 2.1)  # a Sunday, when texts go from noon
    await story.reply("3 0")
    [flag] = [one for one in await story.flag_values() if one.reason == "severe"]
    assert flag.evidence.hours_since_treatment == pytest.approx(DAY + 2.1, abs=0.2)
    assert flag.evidence.hours_since_others == pytest.approx((6 * DAY + 2.1,), abs=0.2)
    nurse = await hire(story.services, story.origin)
    page = await nurse.see(f"/episodes/{(await story.episode()).id}")
    assert "after another session" in page.words
    await nurse.close()


async def test_an_appointment_that_moves_takes_its_texts_along_also_those_already_due(story: Story) -> None:
    await story.until(story.clock() + timedelta(hours=23))
    later = story.clock() + timedelta(days=3)
    await story.book("booking.rescheduled", ends=later, sequence=3, status="booked")
    await story.hours(2 * DAY)
    assert story.texts() == []
    await story.hours(2 * DAY + 1)
    assert len(story.texts()) == 1


@pytest.mark.parametrize(("kind", "status"), [("booking.cancelled", None), ("booking.no_show", None)])
async def test_what_is_due_at_night_does_not_go_once_the_appointment_is_off(
    tmp_path: Path, kind: str, status: str | None
) -> None:
    async with open_story(tmp_path) as story:
        at = story.clock()
        await story.book("booking.booked", ends=at + timedelta(hours=12))
        await story.hours(12 + DAY)  # ten at night, a day after its end: it waits for the morning
        assert story.texts() == []
        await story.book(kind, sequence=9, status=status)
        await story.hours(2 * DAY)
        assert story.texts() == []
