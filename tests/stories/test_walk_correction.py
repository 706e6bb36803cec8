"""A nurse corrects what was understood of a reply: on the page, in the report, on the worklist, as an example."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from followup.store import corrections
from kit.desk import hire
from kit.story import open_story

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from kit.desk import Nurse, Seen
    from kit.story import Story

WORDS = "Ada here, bit red, no swelling"
FORM = "/episodes/*/correction"


@pytest.fixture
async def story(tmp_path: Path) -> AsyncIterator[Story]:
    """A patient who answered her first check-in."""
    async with open_story(tmp_path) as opened:
        await opened.book()
        await opened.hours(24)
        await opened.minutes(5)
        await opened.reply(WORDS)
        yield opened


@pytest.fixture
async def nurse(story: Story) -> AsyncIterator[Nurse]:
    hired = await hire(story.services, story.origin)
    yield hired
    await hired.close()


async def page_of(story: Story, nurse: Nurse) -> Seen:
    return await nurse.see(f"/episodes/{(await story.episode()).id}")


async def test_a_correction_changes_the_report_raises_the_flag_and_is_told_on_the_page(
    story: Story, nurse: Nurse
) -> None:
    page = await nurse.press(await page_of(story, nurse), FORM, act="correct", **{"symptom-redness": "severe"})
    assert page.status == 200
    assert "severe: redness" in await story.flags()
    assert "Corrected what was understood" in page.words
    assert "redness: mild → severe" in page.words
    latest = (await story.episode()).latest_report("redness")
    assert latest is not None
    assert latest.severity == "severe"


async def test_a_missed_alarm_sign_is_on_the_worklist_at_once(story: Story, nurse: Nurse) -> None:
    await nurse.press(await page_of(story, nurse), FORM, act="correct", **{"another-sign": "breathing_difficulty"})
    assert "alarm_sign: breathing_difficulty" in await story.flags()
    page = await page_of(story, nurse)
    await nurse.press(page, FORM, act="correct", **{"sign-breathing_difficulty": "no"})
    assert "alarm_sign: breathing_difficulty" in await story.flags()


async def test_one_tap_says_that_it_was_understood_rightly(story: Story, nurse: Nurse) -> None:
    page = await nurse.press(await page_of(story, nurse), FORM, act="right")
    assert "Said that the reply was understood rightly" in page.words


async def test_it_is_kept_as_an_example_without_the_name(story: Story, nurse: Nurse) -> None:
    page = await page_of(story, nurse)
    await nurse.press(page, FORM, act="correct", **{"symptom-redness": "moderate"})
    await nurse.press(await page_of(story, nurse), FORM, act="correct", **{"symptom-redness": "severe"})
    async with story.services.store.reading() as tx:
        (kept,) = await corrections.proposed(tx, "glow", "en")
    assert kept.text == "[name] here, bit red, no swelling"
    assert kept.was["symptoms"]["redness"]["severity"] == "mild"
    assert kept.right["symptoms"]["redness"]["severity"] == "severe"


async def test_a_page_that_a_colleague_has_overtaken_changes_nothing(story: Story, nurse: Nurse) -> None:
    old = await page_of(story, nurse)
    await nurse.press(old, FORM, act="correct", **{"symptom-redness": "none"})
    late = await nurse.press(old, FORM, act="correct", **{"symptom-redness": "severe"})
    assert late.status == 409
    assert "colleague corrected this reply first" in late.words


async def test_a_degree_or_a_reply_that_is_not_there_is_refused(story: Story, nurse: Nurse) -> None:
    page = await page_of(story, nurse)
    assert (await nurse.press(page, FORM, act="correct", **{"symptom-redness": "huge"})).status == 400
    form = page.forms(FORM)[0]
    elsewhere = form.action.replace("/messages/", "/messages/0")
    assert (await nurse.send(elsewhere, form.fields)).status == 404


async def test_whoever_only_looks_has_no_such_form(story: Story) -> None:
    viewer = await hire(story.services, story.origin, "Vic", "viewer")
    page = await page_of(story, viewer)
    await viewer.close()
    assert page.forms(FORM) == []
