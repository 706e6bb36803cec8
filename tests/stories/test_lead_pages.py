"""What a lead reads: who saw and did what, what a month came to, and the sheet for the next shift."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from followup.web.lead import safe_cell
from kit.desk import hire
from kit.story import Story, open_story

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from kit.desk import Nurse


@pytest.fixture
async def story(tmp_path: Path) -> AsyncIterator[Story]:
    """One patient with something severe, one who did not answer."""
    async with open_story(tmp_path) as opened:
        await opened.book()
        await opened.book(booking="B-2", patient="P-2", phone="+447700900002")
        await opened.hours(24)
        await opened.minutes(5)
        await opened.reply("3 0")
        yield opened


@pytest.fixture
async def nurse(story: Story) -> AsyncIterator[Nurse]:
    hired = await hire(story.services, story.origin)
    yield hired
    await hired.close()


@pytest.fixture
async def lead(story: Story) -> AsyncIterator[Nurse]:
    hired = await hire(story.services, story.origin, "Lea", "lead")
    yield hired
    await hired.close()


@pytest.mark.parametrize("path", ["/journal", "/figures", "/figures.csv"])
async def test_only_leads_read_about_their_colleagues(nurse: Nurse, path: str) -> None:
    assert (await nurse.see(path)).status == 403


async def test_the_journal_says_who_saw_and_did_what_and_can_be_sifted(story: Story, nurse: Nurse, lead: Nurse) -> None:
    page = await nurse.see(f"/episodes/{(await story.episode()).id}")
    await nurse.press(page, "/flags/*/acts", act="claim", note="ringing her")
    words = (await lead.see("/journal")).words
    for said in ("Looked at the patient's page", "Claimed the flag", "ringing her", "Nia Nurse"):
        assert said in words
    assert "Ada Byrne" not in words
    words = (await lead.see(f"/journal?who={nurse.email}&event=FlagClaimed")).words
    assert "ringing her" not in words.split("When")[1]
    assert "Nothing here" in (await lead.see(f"/journal?who={lead.email}&event=FlagClaimed")).words
    assert (await lead.see("/journal?event=made-up")).status == 404


async def test_another_clinics_lead_reads_nothing_of_it(story: Story, nurse: Nurse) -> None:
    page = await nurse.see(f"/episodes/{(await story.episode()).id}")
    await nurse.press(page, "/flags/*/acts", act="claim", note="ringing her")
    other = await hire(story.services, story.origin, "Olga", "lead", "other")
    assert "ringing her" not in (await other.see("/journal")).words
    assert "none asked" in (await other.see("/figures")).words
    assert "Nothing waits" in (await other.see("/handover")).words
    await other.close()


async def test_the_figures_count_and_are_honest_about_silence(story: Story, nurse: Nurse, lead: Nurse) -> None:
    page = await nurse.see(f"/episodes/{(await story.episode()).id}")
    await nurse.press(page, "/flags/*/acts", act="close", outcome="advised")
    words = (await lead.see("/figures?days=7")).words
    assert "50 % (1 of 2)" in words
    assert "nobody knows" in words
    assert "Advised" in words
    assert "100 % (1 of 1)" in words
    assert "within the promise" in words
    assert "looked at within the promise,Today,1,1" in (await lead.see("/figures.csv?days=7")).html
    assert (await lead.see("/figures?days=8")).status == 404


async def test_the_figures_as_csv_hold_no_formula(lead: Nurse) -> None:
    sheet = await lead.see("/figures.csv?days=30")
    assert sheet.headers["Content-Type"].startswith("text/csv")
    assert "check-ins answered,,1,2" in sheet.html
    for said in ("=1+1", "+441", "-1", "@x", "\tx"):
        assert safe_cell(said) == f"'{said}"
    assert safe_cell(12) == "12"


async def test_the_handover_sheet_says_what_waits_and_what_was_done(story: Story, nurse: Nurse) -> None:
    words = (await nurse.see("/handover")).words
    assert "Ada Byrne" in words
    assert "nobody" in words
    page = await nurse.see(f"/episodes/{(await story.episode()).id}")
    await nurse.press(page, "/flags/*/acts", act="close", outcome="recalled", contact="made")
    words = (await nurse.see("/handover")).words
    assert "Recalled; contact made" in words
