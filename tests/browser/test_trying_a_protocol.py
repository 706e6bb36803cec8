"""The page on which a lead tries a changed protocol, in a real browser: without script, on a phone, for everybody."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kit.browser import DESK, PHONE, Size, find_barriers, is_wider_than_its_window, open_page
from kit.desk import PASSWORD, hire
from kit.sources import TOP
from kit.story import Story, open_story

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from playwright.async_api import Page

pytestmark = pytest.mark.browser

LEAD = "lea@glow.example"
SHIPPED = (TOP / "config/protocols/mesotherapy.toml").read_text(encoding="utf-8")
LONGER = SHIPPED.replace('window = "48h"', 'window = "96h"')


@pytest.fixture
async def story(tmp_path: Path) -> AsyncIterator[Story]:
    """A patient whose redness is still there, which staff found to be real."""
    async with open_story(tmp_path) as opened:
        await opened.book()
        await opened.hours(72.1)
        await opened.reply("redness 2 swelling 0 " + "a very long reply that goes on and on " * 5)
        lead = await hire(opened.services, opened.origin, "Lea", "lead")
        page = await lead.see(f"/episodes/{(await opened.episode()).id}")
        await lead.press(page, "/flags/*/acts", act="close", outcome="recalled")
        await lead.close()
        yield opened


async def come_in(page: Page, story: Story) -> None:
    await page.goto(story.origin + "/sign-in")
    await page.get_by_label("E-mail").fill(LEAD)
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Sign in", exact=True).click()
    await page.get_by_role("heading", name="Worklist").wait_for()


async def fits_everybody(page: Page) -> None:
    await page.evaluate("document.querySelectorAll('main details').forEach((each) => { each.open = true; })")
    assert await find_barriers(page) == []
    assert not await is_wider_than_its_window(page)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
async def test_a_lead_finds_it_and_nobody_is_kept_out(story: Story, size: Size, scheme: str) -> None:
    async with open_page(size, color_scheme=scheme) as page:
        await come_in(page, story)
        await page.get_by_text("Lea Nurse").click()
        await page.get_by_role("link", name="Try a changed protocol").click()
        await page.get_by_label("Begin with").select_option("mesotherapy")
        await page.get_by_role("button", name="Take it as it is now").click()
        assert (await page.get_by_label("Its file, as text").input_value()).strip() == SHIPPED.strip()
        await fits_everybody(page)
        await page.get_by_label("Its file, as text").fill(SHIPPED.replace("[expected.redness]", "[expected.rednes]"))
        await page.get_by_role("button", name="See what it would have flagged").click()
        await page.get_by_role("heading", name="mistake in the protocol").wait_for()
        await fits_everybody(page)
        await page.get_by_label("Its file, as text").fill(LONGER)
        await page.get_by_role("button", name="See what it would have flagged").click()
        await page.get_by_role("heading", name="Real, and would be missed").wait_for()
        assert await page.get_by_role("link", name="Ada Byrne").first.is_visible()
        await fits_everybody(page)


async def test_it_works_without_script_and_with_a_file(story: Story, tmp_path: Path) -> None:
    file = tmp_path / "longer.toml"
    file.write_text(LONGER, encoding="utf-8")
    async with open_page(DESK, java_script_enabled=False) as page:
        await come_in(page, story)
        await page.goto(story.origin + "/replay")
        await page.get_by_label("Or a file").set_input_files(file)
        await page.get_by_role("button", name="See what it would have flagged").click()
        await page.get_by_role("heading", name="Real, and would be missed").wait_for()
        await page.get_by_role("link", name="Ada Byrne").first.click()
        await page.get_by_role("heading", name="Ada Byrne").wait_for()
