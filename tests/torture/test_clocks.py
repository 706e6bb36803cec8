"""Summer time, winter time, leap days, clocks that jump: nine stays nine, nobody is skipped, nobody is asked twice."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from followup.domain.episode import CheckInState
from followup.domain.flag import Reason
from followup.domain.message import Kind, MessageState
from followup.store.tables import check_ins, flags, messages
from kit.story import open_story
from kit.torture_nursery import unlimited_config
from kit.torture_treated import FIRST_CHECK_IN, phone_of, treat

if TYPE_CHECKING:
    from pathlib import Path

    from kit.story import Story

LONDON = ZoneInfo("Europe/London")
NINE = time(9)
EVERY_DAY = 'every_day = "00:00-24:00"'
STEPS = (1, 3, 7, 28)
JUMPS = (timedelta(hours=-2), timedelta(hours=2), timedelta(0), timedelta(0))


def at(day: date, hour: int) -> datetime:
    """That hour of the patients' clocks."""
    return datetime.combine(day, time(hour), LONDON).astimezone(UTC)


def local(instant: datetime) -> datetime:
    return instant.astimezone(LONDON)


async def asked_at(story: Story, phone: str) -> list[datetime]:
    """When each text reached the patient, by the patients' clocks."""
    return [local(text.created_at) for text in story.simulator.texts_to(phone)]


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    "treated_on",
    [
        date(2027, 3, 26),  # clocks go forward between day 1 and day 3
        date(2027, 3, 27),  # in the night before day 1
        date(2027, 3, 1),  # between day 7 and day 28
        date(2026, 10, 23),  # clocks go back between day 1 and day 3
        date(2026, 10, 24),
        date(2026, 10, 1),
        date(2028, 2, 27),  # day 1 falls on a leap day
        date(2028, 2, 1),  # day 28 does
        date(2027, 12, 31),
    ],
)
async def test_what_waits_for_nine_is_asked_at_nine_by_the_patients_clock(tmp_path: Path, treated_on: date) -> None:
    config = unlimited_config(tmp_path, [(EVERY_DAY, 'every_day = "09:00-20:00"')])
    # At ten in the evening, so that each check-in falls due outside of hours, whatever the clocks do meanwhile.
    async with open_story(tmp_path, config=config, start=at(treated_on, 22)) as story:
        await treat(story.services.store, [1], story.clock() + FIRST_CHECK_IN)
        for day in STEPS:
            await story.until(at(treated_on + timedelta(days=day + 1), 12))
            await story.reply("0 0" if day < STEPS[-1] else "0", phone_of(1))
        await story.until(at(treated_on + timedelta(days=40), 12))
        times = await asked_at(story, phone_of(1))
        questions = [one for one in times if one.time() == NINE]
        thanks = [one for one in times if one.time() != NINE]
    assert [one.date() for one in questions] == [treated_on + timedelta(days=day + 1) for day in STEPS]
    assert {one.hour for one in thanks} <= {12}


@pytest.mark.parametrize(
    ("treated_on", "hours"),
    [
        (date(2027, 3, 26), ("01:30-20:00", time(2, 30))),  # there is no half past one on the 28th
        (date(2026, 10, 23), ("01:30-20:00", time(1, 30))),  # there are two of it on the 25th
    ],
)
async def test_an_opening_that_the_night_skips_or_repeats_asks_once(
    tmp_path: Path, treated_on: date, hours: tuple[str, time]
) -> None:
    said, _ = hours
    config = unlimited_config(tmp_path, [(EVERY_DAY, f'every_day = "{said}"')])
    async with open_story(tmp_path, config=config, start=at(treated_on, 22)) as story:
        await treat(story.services.store, [1], story.clock() + FIRST_CHECK_IN)
        await story.until(at(treated_on + timedelta(days=2), 3))
        [asked] = await asked_at(story, phone_of(1))
    assert asked.date() == treated_on + timedelta(days=2)
    assert time(1) <= asked.time() <= time(2, 30)


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    "seed", [1, pytest.param(2, marks=pytest.mark.torture), pytest.param(3, marks=pytest.mark.torture)]
)
async def test_clocks_that_jump_two_hours_skip_nobody_and_ask_nobody_twice(tmp_path: Path, seed: int) -> None:
    randomly = Random(seed)  # noqa: S311 - repeatable on purpose
    patients = 12
    config = unlimited_config(tmp_path, [(EVERY_DAY, 'every_day = "09:00-20:00"')])
    async with open_story(tmp_path, config=config, start=at(date(2027, 3, 24), 12)) as story:
        for number in range(patients):
            due = story.clock() + FIRST_CHECK_IN + timedelta(minutes=randomly.randint(0, 24 * 60))
            await treat(story.services.store, [number], due)
        end = story.clock() + timedelta(days=33)
        while story.clock() < end:
            step = timedelta(minutes=randomly.choice((30, 90, 240))) + randomly.choice(JUMPS)
            story.clock.now += step
            # What a machine's clock does, its care time does; sometimes only one of two machines is corrected.
            story.wall.now += step if randomly.random() < 0.9 else timedelta(minutes=30)
            await story.settle()
        async with story.services.store.reading() as tx:
            rows = await tx.rows(select(messages.c.episode_id, messages.c.step, messages.c.kind, messages.c.state))
            ends = await tx.rows(select(check_ins.c.state, check_ins.c.episode_id))
            raised = await tx.rows(select(flags.c.reason, flags.c.episode_id))
        texts = sum(len(story.texts(phone_of(number))) for number in range(patients))
    times = Counter((episode, step, kind) for episode, step, kind, state in rows if state is not MessageState.WITHDRAWN)
    opened = [key for key in times if Kind(key[2]).opens_question]
    assert set(times.values()) == {1}
    assert texts == sum(times.values())
    # What falls due in the last hour of a day is too old at nine, with or without jumps: staff are shown it.
    states = Counter(str(state) for state, _ in ends)
    assert states == Counter({"missed": len(opened), "dropped": patients * len(STEPS) - len(opened)})
    dropped = {episode for state, episode in ends if state is CheckInState.DROPPED}
    assert {episode for reason, episode in raised if reason is Reason.NOT_SENT} == dropped
    assert len(dropped) < patients
    assert Counter(reason for reason, _ in raised)[Reason.SILENT] == patients
