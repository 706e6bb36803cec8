"""What several patients have in common, on the worklist in a real browser: seen by everybody, put aside by a lead."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kit.browser import DESK, PHONE, Size, find_barriers, is_wider_than_its_window, open_page
from kit.desk import PASSWORD, hire
from kit.story import Story, open_story

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from playwright.async_api import Page

pytestmark = pytest.mark.browser

OTHER = "+447700900002"
LOT = [{"name": "Filler A", "lot": "L-7"}]
BANNER = "2 patients of Glow Clinic with late lumps or signs of infection have in common"


@pytest.fixture
async def story(tmp_path: Path) -> AsyncIterator[Story]:
    """Two patients treated with one lot, each with a late lump; a nurse and a lead."""
    async with open_story(tmp_path) as opened:
        await opened.book(products=LOT)
        await opened.book(booking="B-2", patient="P-2", phone=OTHER, products=LOT)
        await opened.hours(100)
        await opened.reply("there is a new hard lump under the skin")
        await opened.reply("a hard lump has come up", OTHER)
        for name, role in (("Nia", "reviewer"), ("Lea", "lead")):
            await (await hire(opened.services, opened.origin, name, role)).close()
        yield opened


async def come_in(page: Page, story: Story, name: str) -> None:
    await page.goto(story.origin + "/sign-in")
    await page.get_by_label("E-mail").fill(f"{name}@glow.example")
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Sign in", exact=True).click()
    await page.get_by_role("heading", name="Worklist").wait_for()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
async def test_a_lead_puts_the_banner_aside_and_a_nurse_cannot(story: Story, size: Size, scheme: str) -> None:
    async with open_page(size, color_scheme=scheme) as nurse, open_page(size, color_scheme=scheme) as lead:
        await come_in(nurse, story, "nia")
        await come_in(lead, story, "lea")
        assert await nurse.get_by_text(BANNER).count() == 1
        assert await nurse.get_by_text("Somebody has looked into it").count() == 0
        await lead.get_by_text("Somebody has looked into it").click()
        assert await find_barriers(lead) == []
        assert not await is_wider_than_its_window(lead)
        await lead.get_by_label("What was found, and what was done").fill("Lot L-7 sent back to the maker")
        await lead.get_by_role("button", name="Take the banner away").click()
        await lead.get_by_text(BANNER).wait_for(state="detached")
        await nurse.reload()
        assert await nurse.get_by_text(BANNER).count() == 0
        await nurse.goto(f"{story.origin}/episodes/{(await story.episode(OTHER)).id}")
        assert await nurse.get_by_text("Lot L-7 sent back to the maker").count() == 1
