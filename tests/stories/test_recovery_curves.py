"""A lead looks at how long symptoms last at the clinic, beside what the protocol expects."""

from __future__ import annotations

import asyncio
import csv
import io
from time import perf_counter
from typing import TYPE_CHECKING

import pytest

from kit.desk import hire
from kit.recovered import recover
from kit.story import Story, open_story

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from kit.desk import Nurse


@pytest.fixture
async def story(tmp_path: Path) -> AsyncIterator[Story]:
    async with open_story(tmp_path) as opened:
        yield opened


@pytest.fixture
async def lead(story: Story) -> AsyncIterator[Nurse]:
    hired = await hire(story.services, story.origin, "Lea", "lead")
    yield hired
    await hired.close()


async def test_a_curve_stands_beside_the_protocols_window(story: Story, lead: Nurse) -> None:
    await recover(story, 200)
    assert "Recovery curves" in (await lead.see("/figures")).words
    page = await lead.see("/figures/curves")
    assert "200 patients:" in page.words
    for said in ("Half are without it about", "95 % are without it", "Expected up to 48 h", "% still have it then"):
        assert said in page.words
    assert page.html.count('<svg class="plot"') == 1
    assert "<style" not in page.html
    assert " style=" not in page.html
    assert "The same as a table" in page.words


async def test_of_too_few_it_says_that_they_are_too_few(story: Story, lead: Nurse) -> None:
    assert "Nobody has reported a symptom" in (await lead.see("/figures/curves")).words
    await recover(story, 19)
    words = (await lead.see("/figures/curves")).words
    assert "Too few to say" in words
    assert "Half are without" not in words
    assert "redness (19)" in words
    assert "too few to say" in (await lead.see("/figures/curves.csv")).html


async def test_a_lead_sees_their_own_clinic_and_only_that(story: Story, lead: Nurse) -> None:
    await recover(story, 25)
    await recover(story, 30, "other")
    assert "55 patients" in (await lead.see("/figures/curves")).words
    assert "25 patients" in (await lead.see("/figures/curves?clinic=glow")).words
    assert (await lead.see("/figures/curves?clinic=nowhere")).status == 404
    assert (await lead.see("/figures/curves?days=3")).status == 404
    own = await hire(story.services, story.origin, "Gil", "lead", "glow")
    assert "25 patients" in (await own.see("/figures/curves")).words
    assert (await own.see("/figures/curves?clinic=other")).status == 404
    nurse = await hire(story.services, story.origin)
    assert (await nurse.see("/figures/curves")).status == 403
    assert (await nurse.see("/figures/curves.csv")).status == 403
    for browser in (own, nurse):
        await browser.close()


async def test_the_sheet_holds_the_same_numbers_and_no_formula(story: Story, lead: Nurse) -> None:
    await recover(story, 120)
    sheet = await lead.see("/figures/curves.csv?days=90")
    heads, row = list(csv.reader(io.StringIO(sheet.html)))
    assert len(heads) == len(row)
    assert (row[1], row[2]) == ("redness", "120")
    assert sum(int(cell) for cell in row[3:6]) == 120
    likely, low, high = (float(row[place]) for place in (7, 8, 9))
    assert low < likely <= high
    assert not any(cell.startswith(("=", "+", "-", "@")) for cell in row)


async def test_ten_thousand_episodes_come_in_time_and_nobody_waits_for_them(story: Story, lead: Nurse) -> None:
    await recover(story, 10_000, symptoms=2)
    stood_still = 0.0

    async def watch() -> None:
        nonlocal stood_still
        while True:
            begun = perf_counter()
            await asyncio.sleep(0.01)
            stood_still = max(stood_still, perf_counter() - begun - 0.01)

    watching = asyncio.create_task(watch())
    begun = perf_counter()
    page = await lead.see("/figures/curves")
    took = perf_counter() - begun
    watching.cancel()
    print(f"\n10,000 episodes: {took:.2f} s, the loop stood still for {stood_still:.2f} s at most")  # noqa: T201 - a figure
    assert "10000 patients" in page.words
    # Three times what it takes on two idle cores: other tests run beside this one.
    assert took < 6
