"""The recovery curves in a real browser: nobody is kept out, nothing is wider than its window, and it prints."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kit.browser import DESK, PHONE, find_barriers, is_wider_than_its_window, open_page
from kit.desk import PASSWORD, hire
from kit.recovered import recover
from kit.story import Story, open_story

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from playwright.async_api import Browser, Page

pytestmark = pytest.mark.browser


@pytest.fixture
async def story(tmp_path: Path) -> AsyncIterator[Story]:
    async with open_story(tmp_path) as opened:
        await recover(opened, 150, symptoms=2)
        await recover(opened, 12, "other", symptoms=3)
        await (await hire(opened.services, opened.origin, "Lea", "lead")).close()
        yield opened


async def open_curves(page: Page, story: Story) -> None:
    await page.goto(story.origin + "/sign-in")
    await page.get_by_label("E-mail").fill("lea@glow.example")
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Sign in", exact=True).click()
    await page.get_by_role("heading", name="Worklist").wait_for()
    await page.goto(story.origin + "/figures")
    await page.get_by_role("link", name="Recovery curves").click()
    await page.get_by_role("heading", name="Recovery curves").wait_for()


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_the_curves_are_for_everybody_at_any_width(story: Story, browser: Browser, scheme: str) -> None:
    async with open_page(DESK, browser, color_scheme=scheme) as page:
        await open_curves(page, story)
        assert await page.locator("svg.plot").count() == 2
        assert await page.get_by_text("Too few to say").count() == 1
        await page.evaluate("document.querySelectorAll('main details').forEach((each) => { each.open = true; })")
        assert await find_barriers(page) == []
        for width in (320, 390, 768, 1280, 1920):
            await page.set_viewport_size({"width": width, "height": 800})
            assert not await is_wider_than_its_window(page), width
        await page.set_viewport_size({"width": PHONE.width, "height": PHONE.height})
        assert await find_barriers(page) == []
