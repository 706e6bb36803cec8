"""The worklist's filters in a real browser: without a script, by keys alone, on a desk that stays open."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kit.browser import DESK, PHONE, is_wider_than_its_window, open_page
from kit.desk_on_screen import LIVE, barriers, open_busy_story, sign_in

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from playwright.async_api import Browser, Page

    from kit.story import Story

pytestmark = pytest.mark.browser

LIPO = "mesotherapy_lipolytic"
OUTSIDE = ".outside"
IS_COVERED = """(selector) => {
  const box = document.querySelector(selector).getBoundingClientRect();
  const over = document.querySelector('.outside').getBoundingClientRect();
  return box.top < over.bottom && box.bottom > over.top && over.bottom > 0;
}"""


@pytest.fixture
async def story(tmp_path: Path) -> AsyncIterator[Story]:
    """The busy clinic, and six patients after another treatment who are not well."""
    async with open_busy_story(tmp_path) as opened:
        for number in range(11, 17):
            phone = f"+4477009000{number}"
            await opened.book(booking=f"B-{number}", patient=f"P-{number}", phone=phone, service="lipo")
            await opened.reply("3 3", phone=phone)
        yield opened


async def names(page: Page) -> int:
    return await page.locator(".case h3 a").count()


async def choose(page: Page, treatment: str) -> None:
    await page.get_by_text("Filter by").click()
    await page.get_by_role("combobox", name="Treatment", exact=True).select_option(treatment)
    await page.get_by_role("button", name="Show", exact=True).click()
    await page.get_by_role("link", name="Take the filter away").wait_for()


async def test_on_a_phone_without_a_script_it_is_chosen_seen_and_taken_away(story: Story, browser: Browser) -> None:
    async with open_page(PHONE, browser, java_script_enabled=False) as page:
        await sign_in(page, story)
        everything = await names(page)
        await choose(page, LIPO)
        assert page.url == f"{story.origin}/?treatment={LIPO}"
        assert await names(page) == 6 < everything
        await page.get_by_text("1 that cannot wait is outside this filter").wait_for()
        await page.locator(OUTSIDE).get_by_role("link").click()
        await page.get_by_text("can't breathe").first.wait_for()
        await page.go_back()
        await page.get_by_role("link", name="take this filter away").click()
        await page.get_by_role("heading", name="Worklist").wait_for()
        assert page.url == story.origin + "/"
        assert await names(page) == everything


async def test_it_is_worked_by_keys_alone_and_nothing_in_focus_is_covered(story: Story, browser: Browser) -> None:
    async with open_page(DESK, browser) as page:
        await sign_in(page, story)
        await page.locator(LIVE).wait_for()
        await page.keyboard.press("f")
        assert await page.evaluate("document.activeElement.name") == "treatment"
        await page.keyboard.type("Fat", delay=20)
        assert await page.evaluate("document.activeElement.value") == LIPO
        for _ in range(2):
            await page.keyboard.press("Tab")
        assert await page.evaluate("document.activeElement.textContent") == "Show"
        await page.keyboard.press("Enter")
        await page.locator(OUTSIDE).wait_for()
        await page.locator(LIVE).wait_for()
        for _ in range(6):
            await page.keyboard.press("j")
        for _ in range(6):
            assert not await page.evaluate(IS_COVERED, ".case:focus")
            await page.keyboard.press("k")


async def test_what_cannot_wait_stays_before_their_eyes_however_far_they_scroll(story: Story, browser: Browser) -> None:
    for size in (DESK, PHONE):
        async with open_page(size, browser) as page:
            await sign_in(page, story)
            await choose(page, LIPO)
            await page.evaluate("scrollTo(0, document.body.scrollHeight)")
            box = await page.locator(OUTSIDE).bounding_box()
            assert box is not None
            assert 0 <= box["y"] <= size.height / 4
            assert not await is_wider_than_its_window(page)


async def test_a_filtered_desk_stays_so_and_tells_of_what_cannot_wait_elsewhere(story: Story, browser: Browser) -> None:
    async with open_page(DESK, browser) as page:
        await sign_in(page, story)
        await choose(page, LIPO)
        await page.locator(LIVE).wait_for()
        await page.evaluate("window.same = 'page'")
        await story.book(booking="B-9", patient="P-9", phone="+447700900009")
        await story.reply("3 3 I can't breathe", phone="+447700900009")
        await page.get_by_text("2 that cannot wait are outside this filter").wait_for(timeout=3_000)
        assert (await page.title()).startswith("(2 now) ")
        assert await names(page) == 6
        await page.locator(".case").first.get_by_role("button", name="Claim").click()
        await page.get_by_text("Nia Nurse has it").first.wait_for()
        assert page.url == f"{story.origin}/?treatment={LIPO}"
        assert await names(page) == 6
        assert await page.evaluate("window.same") == "page"


async def test_a_choice_begun_stays_while_the_list_below_it_freshens(story: Story, browser: Browser) -> None:
    async with open_page(DESK, browser) as page:
        await sign_in(page, story)
        await page.locator(LIVE).wait_for()
        await page.get_by_text("Filter by").click()
        await page.get_by_role("combobox", name="Reason", exact=True).select_option("severe")
        await page.locator("h1").click()
        await story.reply("please call me", phone="+447700900011")
        await page.locator("#list").get_by_text("Wants contact").first.wait_for(timeout=3_000)
        assert await page.get_by_role("combobox", name="Reason", exact=True).input_value() == "severe"
        assert await page.locator("details.sieve").get_attribute("open") is not None


async def test_a_filter_keeps_nobody_out(story: Story, browser: Browser) -> None:
    async with open_page(DESK, browser) as page:
        await sign_in(page, story)
        await choose(page, LIPO)
        found = await barriers(page)
        await page.goto(story.origin + f"/?section=review&owner=mine&treatment={LIPO}&reason=unclear")
        found += await barriers(page)
        assert found == []
