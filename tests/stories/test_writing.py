"""What staff write keeps to the hours in which texts may go, unless it cannot wait or its writer says so; its cost."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from kit.desk import hire
from kit.sources import TOP
from kit.story import Story, open_story

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from kit.desk import Nurse, Seen

WRITE = "/episodes/*/messages"


@pytest.fixture
async def story(tmp_path: Path) -> AsyncIterator[Story]:
    """A patient at a clinic that pays 0.04 GBP for a part of a text; it is ten in the evening of the first day."""
    config = tmp_path / "config"
    shutil.copytree(TOP / "config", config)
    file = config / "clinics" / "glow.toml"
    file.write_text(file.read_text(encoding="utf-8").replace("[sms]\n", '[sms]\nprice = "0.04 GBP"\n'), "utf-8")
    async with open_story(tmp_path, config=config) as opened:
        await opened.book()
        await opened.hours(12)
        yield opened


@pytest.fixture
async def nurse(story: Story) -> AsyncIterator[Nurse]:
    hired = await hire(story.services, story.origin)
    yield hired
    await hired.close()


async def case(story: Story, nurse: Nurse) -> Seen:
    return await nurse.see(f"/episodes/{(await story.episode()).id}")


async def test_a_text_at_night_waits_for_the_morning_and_the_page_says_when_it_goes(story: Story, nurse: Nurse) -> None:
    page = await case(story, nurse)
    assert "No texts go at this hour. This one goes Tue" in page.words
    assert ", 09:00" in page.words
    page = await nurse.press(page, WRITE, act="send", body="How are you?")
    assert "To go Tue" in page.words
    await story.hours(10.9)
    assert story.texts() == []
    await story.hours(0.2)
    assert story.texts() == ["How are you?"]


async def test_a_text_goes_at_night_where_its_writer_says_so(story: Story, nurse: Nurse) -> None:
    await nurse.press(await case(story, nurse), WRITE, act="send-now", body="How are you?")
    await story.minutes(1)
    assert story.texts() == ["How are you?"]


async def test_a_text_about_what_cannot_wait_goes_at_night_by_itself(story: Story, nurse: Nurse) -> None:
    await story.reply("I can't breathe")
    page = await case(story, nurse)
    assert "it goes at whatever hour it is" in page.words
    await nurse.press(page, WRITE, act="send", body="An ambulance is on its way.")
    await story.minutes(1)
    assert story.texts()[-1] == "An ambulance is on its way."


async def test_what_it_costs_stands_beside_its_parts(story: Story, nurse: Nurse) -> None:
    page = await nurse.press(await case(story, nurse), WRITE, act="preview", reply="", body="a" * 161)
    assert "161 characters, 2 parts, about 0.08 GBP" in page.words
    assert 'data-price="0.04"' in page.html
