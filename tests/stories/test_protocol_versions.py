"""A plan follows the protocol it began with, until a person moves it."""

from __future__ import annotations

import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from followup.catalogue.catalogue import read_catalogue
from followup.flows.move_plans import move_plans, on_older_wording
from followup.store import journal
from kit.native_events import PHONE
from kit.sources import TOP
from kit.story import open_story

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from kit.story import Story

OTHER = "+447700900002"
LONGER = ('[expected.redness]                   # S3-S6\ntypical = "24h"\nwindow = "48h"', 'window = "96h"')
ONE_MORE = '[[check_ins]]\nstep = "day-2"\nafter = "48h"\nask = ["redness", "swelling"]\n\n'


@pytest.fixture
async def story(tmp_path: Path) -> AsyncIterator[Story]:
    async with open_story(tmp_path) as opened:
        yield opened


def edit(story: Story, directory: Path) -> None:
    """The clinic's file allows redness for four days from now on, and asks once more."""
    shutil.copytree(TOP / "config", directory / "edited")
    file = directory / "edited" / "protocols" / "mesotherapy.toml"
    text = file.read_text(encoding="utf-8")
    assert LONGER[0] in text
    text = text.replace(LONGER[0], LONGER[0].replace('window = "48h"', LONGER[1]))
    before = text.index("[[check_ins]]                        # tells")
    text = text[:before] + ONE_MORE + text[before:]
    file.write_text(text.replace('"2026.1"', '"2026.2"'), encoding="utf-8")
    environment = {"GLOW_BOOKING_SECRET": story.secret}
    catalogue = read_catalogue(directory / "edited", TOP / "templates", environment)
    story.services = replace(story.services, catalogue=catalogue)


async def move(story: Story, *, is_dry: bool = False) -> list[str]:
    wanted = await on_older_wording(story.services, "mesotherapy")
    found = await move_plans(story.services, wanted, "Dr Ada Byron", is_dry=is_dry)
    return [f"{one.from_version} → {one.to_version}{one.refused}" for one in found]


async def test_an_edit_is_for_plans_that_begin_after_it(story: Story, tmp_path: Path) -> None:
    await story.book()
    edit(story, tmp_path)
    await story.book(booking="B-2", patient="P-2", phone=OTHER)
    await story.hours(72)
    await story.reply("1 0")
    await story.reply("1 0", OTHER)
    flags = await story.flag_values()
    assert [(flag.reason, flag.evidence.window_hours) for flag in flags if flag.subject] == [("persisting", 48)]
    assert list(await story.steps()) == ["day-1", "day-3", "day-7", "day-28"]
    assert list(await story.steps(OTHER)) == ["day-1", "day-2", "day-3", "day-7", "day-28"]


async def test_a_plan_goes_on_where_its_file_is_gone(story: Story, tmp_path: Path) -> None:
    await story.book()
    edit(story, tmp_path)
    catalogue = story.services.catalogue
    protocols = {name: each for name, each in catalogue.protocols.items() if name != "mesotherapy"}
    story.services = replace(story.services, catalogue=replace(catalogue, protocols=protocols))
    await story.hours(26)
    assert len(story.texts()) == 1


async def test_a_person_moves_a_plan_after_a_look_at_what_would_change(story: Story, tmp_path: Path) -> None:
    await story.book()
    edit(story, tmp_path)
    before = await story.episode()
    assert await move(story, is_dry=True) == ["2026.1 → 2026.2"]
    assert await story.episode() == before

    assert await move(story) == ["2026.1 → 2026.2"]
    assert await move(story) == []
    await story.hours(72)
    await story.reply("1 0")
    assert (await story.episode()).protocol_version == "2026.2"
    assert [flag for flag in await story.flags() if "redness" in flag] == []
    async with story.services.store.reading() as tx:
        assert (await journal.verify(tx)).broken == ()


async def test_what_the_new_wording_would_have_asked_before_is_not_made_up_for(story: Story, tmp_path: Path) -> None:
    await story.book()
    await story.hours(25)
    await story.reply("0")
    await story.hours(30)
    texts = story.texts()
    edit(story, tmp_path)
    await move(story)
    await story.settle()
    assert story.texts() == texts
    assert await story.flags() == []
    steps = await story.steps()
    assert (steps["day-1"], steps["day-2"], steps["day-3"]) == ("answered", "dropped", "scheduled")


async def test_a_plan_that_is_over_stays_as_it_was(story: Story, tmp_path: Path) -> None:
    await story.book()
    await story.book("booking.cancelled", booking="B-3", patient="P-3", phone=OTHER)
    edit(story, tmp_path)
    episode = await story.episode(PHONE)
    for days in (1, 2, 4, 21):
        await story.hours(24 * days)
        await story.hours(1)
        await story.reply("0")
    await story.hours(24)
    assert await on_older_wording(story.services, "mesotherapy") == []
    (moved, unknown) = await move_plans(story.services, [episode.id, "nobody"], "Dr Ada Byron", is_dry=False)
    assert "does not run" in moved.refused
    assert "no such episode" in unknown.refused
