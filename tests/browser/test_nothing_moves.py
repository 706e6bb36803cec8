"""What comes by itself moves nothing away under somebody's finger: numbers that grow, a line that was lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kit.browser import DESK, PHONE, Size, open_page
from kit.desk_on_screen import LIVE, open_busy_story, sign_in
from kit.relay import open_relay

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from playwright.async_api import Page

    from kit.story import Story

pytestmark = pytest.mark.browser

GROW = "document.querySelectorAll('.counts b').forEach((each) => { each.textContent = '88'; })"


@pytest.fixture
async def story(tmp_path: Path) -> AsyncIterator[Story]:
    async with open_busy_story(tmp_path) as opened:
        yield opened


async def top_of_the_list(page: Page) -> float:
    box = await page.locator(".case").first.bounding_box()
    assert box is not None
    return box["y"]


@pytest.mark.parametrize("size", [DESK, PHONE, Size(412, 823), Size(320, 800)], ids=lambda size: str(size.width))
async def test_numbers_that_grow_leave_the_list_where_it_is(story: Story, size: Size) -> None:
    async with open_page(size) as page:
        await sign_in(page, story)
        before = await top_of_the_list(page)
        await page.evaluate(GROW)
        assert await top_of_the_list(page) == before


async def test_a_page_that_is_not_live_says_so_below_and_moves_nothing(story: Story) -> None:
    async with open_page(PHONE) as page, open_relay(story.origin) as relay:
        await sign_in(page, story, origin=relay.origin)
        await page.locator(LIVE).wait_for()
        before = await top_of_the_list(page)
        relay.hold()
        stale = page.get_by_text("Not live since")
        await stale.wait_for(timeout=10_000)
        assert await top_of_the_list(page) == before
        box = await page.locator("#stale").bounding_box()
        assert box is not None
        assert round(box["y"] + box["height"]) == PHONE.height
        await page.keyboard.press("End")
        last = await page.locator("main").bounding_box()
        assert last is not None
        assert last["y"] + last["height"] >= box["y"] + box["height"]
        relay.cut()
        await stale.wait_for(state="hidden", timeout=15_000)
        assert await page.locator(LIVE).count() == 1


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
async def test_what_a_closing_form_asks_can_be_read_whole(story: Story, size: Size) -> None:
    async with open_page(size) as page:
        await sign_in(page, story)
        await page.goto(f"{story.origin}/episodes/{(await story.episode()).id}")
        room = """(select) => {
          const pen = document.createElement('canvas').getContext('2d');
          const style = getComputedStyle(select);
          pen.font = style.font;
          const asked = pen.measureText(select.selectedOptions[0].textContent).width;
          return select.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight) - asked;
        }"""
        for name in ("Outcome", "Contact with the patient"):
            select = page.locator("article.flag").first.get_by_role("combobox", name=name, exact=True)
            assert await select.evaluate(room) >= 16, name  # the arrow
