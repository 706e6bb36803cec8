"""A person talks with a patient: what is automatic waits, everybody sees why, and it goes on afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kit.desk import hire
from kit.story import Story, open_story

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from kit.desk import Nurse, Seen

WRITE, TALK = "/episodes/*/messages", "/episodes/*/talk"


@pytest.fixture
async def story(tmp_path: Path) -> AsyncIterator[Story]:
    """A patient who will be asked in half an hour."""
    async with open_story(tmp_path) as opened:
        await opened.book()
        await opened.hours(23.5)
        yield opened


@pytest.fixture
async def nurse(story: Story) -> AsyncIterator[Nurse]:
    hired = await hire(story.services, story.origin)
    yield hired
    await hired.close()


async def case(story: Story, nurse: Nurse) -> Seen:
    return await nurse.see(f"/episodes/{(await story.episode()).id}")


async def test_a_check_in_waits_while_a_nurse_writes_and_goes_an_hour_after_she_has_finished(
    story: Story, nurse: Nurse
) -> None:
    page = await nurse.press(await case(story, nurse), WRITE, act="send", body="How did you sleep?")
    assert "Automatic texts wait since" in page.words
    assert "because you are talking with this patient" in page.words
    await story.hours(1)
    assert story.texts() == ["How did you sleep?"]
    await story.reply("Well, thank you!")
    await story.hours(1)
    assert len(story.texts()) == 1
    await nurse.sign_in()
    page = await nurse.press(await case(story, nurse), TALK, act="end")
    assert "Automatic texts wait since" not in page.words
    assert "The conversation is over: automatic texts go again" in page.words
    await story.minutes(59)
    assert len(story.texts()) == 1
    await story.minutes(2)
    assert len(story.texts()) == 2
    assert (await story.steps())["day-1"] == "asked"


async def test_a_colleague_sees_who_talks_on_the_case_and_on_the_worklist(story: Story, nurse: Nurse) -> None:
    await story.reply("please call me back")
    await nurse.press(await case(story, nurse), TALK, act="begin")
    colleague = await hire(story.services, story.origin, "Cal")
    page = await case(story, colleague)
    assert "because Nia Nurse is talking with this patient" in page.words
    assert "Nia Nurse is talking with this patient" in (await colleague.see("/")).words
    page = await colleague.press(page, TALK, act="begin")
    assert "because you are talking" in page.words
    await colleague.close()


async def test_a_conversation_that_nobody_ends_is_over_after_four_hours_and_the_page_says_so(
    story: Story, nurse: Nurse
) -> None:
    await nurse.press(await case(story, nurse), TALK, act="begin")
    await story.hours(3.9)
    assert story.texts() == []
    await story.hours(0.2)
    assert len(story.texts()) == 1
    await nurse.sign_in()
    page = await case(story, nurse)
    assert "it ended by itself" in page.words
    assert "nobody wrote for four hours" in page.words


async def test_a_patient_in_danger_gets_the_safety_text_though_a_nurse_writes(story: Story, nurse: Nurse) -> None:
    await nurse.press(await case(story, nurse), WRITE, act="send", body="How did you sleep?")
    await story.hours(0.1)
    await story.reply("I can't breathe")
    assert len(story.texts()) == 2
    assert "999" in story.texts()[-1]
    assert await story.flags() == ["alarm_sign: breathing_difficulty"]


async def test_closing_the_case_ends_the_conversation(story: Story, nurse: Nurse) -> None:
    await story.reply("please call me back")
    page = await nurse.press(await case(story, nurse), TALK, act="begin")
    page = await nurse.press(page, "/flags/*/acts", act="close", outcome="reassured")
    page = await case(story, nurse)
    assert "Automatic texts wait since" not in page.words
    assert "the case was closed" in page.words


async def test_a_text_taken_back_lets_the_check_in_go_when_it_is_due(story: Story, nurse: Nurse) -> None:
    page = await nurse.press(await case(story, nurse), WRITE, act="send", body="Hm")
    page = await nurse.press(page, "/episodes/*/take-back")
    assert "Automatic texts wait since" not in page.words
    await story.hours(0.5)
    assert len(story.texts()) == 1
    assert (await story.steps())["day-1"] == "asked"


async def test_a_viewer_sees_who_talks_and_takes_no_conversation(story: Story, nurse: Nurse) -> None:
    await nurse.press(await case(story, nurse), TALK, act="begin")
    viewer = await hire(story.services, story.origin, "Vic", "viewer")
    page = await case(story, viewer)
    assert "Nia Nurse is talking with this patient" in page.words
    assert page.forms(TALK) == []
    assert (await viewer.send(f"/episodes/{(await story.episode()).id}/talk", {"act": "end"})).status == 403
    await viewer.close()
