"""Pictures on a real screen: they come by themselves, are seen, open large, and keep nobody out."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Literal

import pytest

from followup.flows.fetch_pictures import fetch_pictures
from followup.sms.simulator.account import MediaFile
from kit.browser import DESK, PHONE, Size, find_barriers, is_wider_than_its_window, open_page
from kit.desk import hire
from kit.desk_on_screen import LIVE, sign_in
from kit.photographs import a_photograph
from kit.story import Story, open_story

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from playwright.async_api import Browser, Page

Scheme = Literal["light", "dark"]
pytestmark = pytest.mark.browser

SEEN = "[...document.querySelectorAll('.pictures img')].filter((each) => each.complete && each.naturalWidth > 0).length"


@pytest.fixture
async def story(tmp_path: Path) -> AsyncIterator[Story]:
    async with open_story(tmp_path) as opened:
        await (await hire(opened.services, opened.origin)).close()
        await opened.book()
        await opened.hours(25)
        await opened.reply("see photo", files=[MediaFile(a_photograph())])
        await opened.hours(48)
        await opened.reply("", files=[MediaFile(a_photograph("PNG")), MediaFile(b"\0" * 9, "video/3gpp")])
        await fetch_pictures(opened.services)
        yield opened


async def seen(page: Page, number: int) -> None:
    """Waits until so many pictures are there to be looked at; the policy lets no page do this waiting."""
    async with asyncio.timeout(20):
        while await page.evaluate(SEEN) != number:  # noqa: ASYNC110 - there is no event for it
            await asyncio.sleep(0.1)


async def test_a_picture_comes_by_itself_and_opens_large_in_a_new_page(story: Story, browser: Browser) -> None:
    async with open_page(DESK, browser) as page:
        said: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        await sign_in(page, story)
        await page.goto(f"{story.origin}/episodes/{(await story.episode()).id}")
        await page.locator(LIVE).wait_for()
        await seen(page, 2)
        await story.reply("", files=[MediaFile(a_photograph("WEBP"))])
        await page.get_by_text("Not here yet").first.wait_for()
        await fetch_pictures(story.services)
        await seen(page, 3)
        async with page.context.expect_page() as opening:
            await page.locator(".pictures a:has(img)").first.click()
        large = await opening.value
        await large.wait_for_load_state()
        assert await large.evaluate("document.images[0].naturalHeight") == 800
        assert said == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["wide", "narrow"])
async def test_pictures_keep_nobody_out(
    story: Story, browser: Browser, size: Size, scheme: Literal["light", "dark"]
) -> None:
    async with open_page(size, browser, color_scheme=scheme) as page:
        await sign_in(page, story)
        await page.goto(f"{story.origin}/episodes/{(await story.episode()).id}")
        await page.locator(".pictures").scroll_into_view_if_needed()
        await seen(page, 2)
        assert await find_barriers(page) == []
        assert not await is_wider_than_its_window(page)
