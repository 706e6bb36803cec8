"""Where the clinic asks first whether it has the right person: nothing about anybody's skin before a yes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kit.own_config import config_with
from kit.story import Story, open_story

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

FIRST = "Glow Clinic: is this the right number to text you about your visit?"


@pytest.fixture
async def story(tmp_path: Path) -> AsyncIterator[Story]:
    """A patient whom no text has ever reached."""
    async with open_story(tmp_path, config=config_with(tmp_path, confirm_first="true")) as opened:
        await opened.book()
        await opened.hours(0.1)
        yield opened


async def test_the_first_text_only_asks_for_the_right_person(story: Story) -> None:
    [text] = story.texts()
    assert text.startswith(FIRST)
    assert not {"redness", "swelling", "skin"} & set(text.lower().replace("/", " ").split())


@pytest.mark.parametrize("yes", ["1", "yes", "Yes!", "1 yes", "sí"])
async def test_a_yes_opens_the_questions(story: Story, yes: str) -> None:
    await story.reply(yes)
    assert len(story.texts()) == 1
    await story.hours(24)
    assert story.texts()[-1].startswith("Glow Clinic: redness")
    assert await story.flags() == []


@pytest.mark.parametrize("no", ["2", "no", "wrong number", "sorry you have the wrong number"])
async def test_a_no_stops_everything_and_tells_staff(story: Story, no: str) -> None:
    await story.reply(no)
    assert (await story.episode()).state == "on_hold"
    assert await story.flags() == ["needs_details"]
    await story.hours(24 * 8)
    assert len(story.texts()) == 1


async def test_silence_is_a_flag_and_no_question_ever_goes(story: Story) -> None:
    await story.hours(24.1)
    assert await story.flags() == ["silent"]
    await story.hours(24 * 8)
    assert len(story.texts()) == 1
    assert "not_sent" in await story.flags()
    assert (await story.steps())["day-1"] == "dropped"


async def test_a_yes_that_comes_late_is_in_time_while_the_question_is_of_use(story: Story) -> None:
    await story.hours(30)
    await story.reply("yes")
    assert story.texts()[-1].startswith("Glow Clinic: redness")


async def test_words_that_are_neither_are_for_a_person_and_an_alarm_sign_is_heard(story: Story) -> None:
    await story.reply("who are you")
    assert len(await story.flags()) == 1
    await story.reply("I can't breathe")
    assert "alarm_sign: breathing_difficulty" in await story.flags()
    assert (await story.episode()).confirm_asked_at is not None
    await story.hours(24.2)
    assert all("redness" not in text for text in story.texts())


async def test_a_second_session_of_someone_who_said_yes_is_not_asked_again(story: Story) -> None:
    await story.reply("1")
    await story.hours(24 * 9)
    await story.book(booking="B-2", sequence=1)
    await story.hours(24.2)
    assert sum(text.startswith(FIRST) for text in story.texts()) == 1
    assert story.texts()[-1].startswith("Glow Clinic: redness")


async def test_another_number_is_asked_anew(story: Story) -> None:
    other = "+447700900077"
    await story.reply("1")
    await story.hours(2)
    await story.book("patient.updated", booking="", phone=other)
    await story.hours(22.5)
    assert [text.startswith(FIRST) for text in story.texts(other)] == [True]
    assert len(story.texts()) == 1


async def test_two_who_share_the_phone_are_confirmed_each_by_name(story: Story) -> None:
    await story.book(booking="B-2", patient="P-2", given="Ben")
    await story.hours(5)
    assert story.texts()[-1].startswith("Glow Clinic for B: is this the right number")
    await story.reply("1")
    assert await story.flags() == ["unclear"]
    await story.reply("A1 B1")
    await story.hours(30)
    asked = [text for text in story.texts() if ": redness" in text]
    assert {text[:17] for text in asked} == {"Glow Clinic for A", "Glow Clinic for B"}
