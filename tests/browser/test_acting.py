"""Acting in a real browser: a conversation that two people see, a mention, and what a text costs as it is typed."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from kit.browser import DESK, PHONE, find_barriers, open_page
from kit.desk import hire
from kit.desk_on_screen import LIVE, open_busy_story, sign_in
from kit.sources import TOP
from kit.story import open_story

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from playwright.async_api import Browser

    from kit.story import Story

pytestmark = pytest.mark.browser

CAL = "cal@glow.example"


@pytest.fixture
async def story(tmp_path: Path) -> AsyncIterator[Story]:
    async with open_busy_story(tmp_path) as opened:
        await (await hire(opened.services, opened.origin, "Cal")).close()
        yield opened


async def test_a_conversation_is_seen_by_a_colleague_as_it_begins_and_ends(story: Story, browser: Browser) -> None:
    path = f"{story.origin}/episodes/{(await story.episode()).id}"
    async with open_page(DESK, browser) as nia, open_page(PHONE, browser) as cal:
        await sign_in(nia, story)
        await sign_in(cal, story, CAL)
        await nia.goto(path)
        await cal.goto(path)
        await cal.locator(LIVE).wait_for()
        await nia.get_by_label("Text to").fill("How did you sleep?")
        await nia.get_by_role("button", name="Send", exact=True).click()
        await nia.get_by_text("because you are talking with this patient").wait_for()
        await cal.get_by_text("because Nia Nurse is talking with this patient").wait_for(timeout=6_000)
        assert await find_barriers(nia) == []
        assert await find_barriers(cal) == []
        await nia.get_by_role("button", name="Finished talking").click()
        await nia.get_by_text("automatic texts go again").first.wait_for()
        await cal.get_by_text("is talking with this patient").wait_for(state="detached", timeout=6_000)


@pytest.mark.parametrize("has_script", [True, False])
async def test_a_colleague_is_mentioned_sees_it_and_says_that_they_have_read_it(
    story: Story, browser: Browser, *, has_script: bool
) -> None:
    path = f"{story.origin}/episodes/{(await story.episode()).id}"
    async with (
        open_page(DESK, browser, java_script_enabled=has_script) as nia,
        open_page(PHONE, browser, java_script_enabled=has_script) as cal,
    ):
        await sign_in(nia, story)
        await nia.goto(path)
        flag = nia.locator("article.flag").first
        await flag.get_by_label("Note").fill("@carl could you ring her?")
        await flag.get_by_role("button", name="Keep the note").click()
        await nia.get_by_text('Nobody here is called "@carl"').wait_for()
        flag = nia.locator("article.flag").first
        assert await flag.get_by_label("Note").input_value() == "@carl could you ring her?"
        await flag.get_by_label("Note").fill("@cal could you ring her?")
        await flag.get_by_role("button", name="Keep the note").click()
        await nia.get_by_text("Not read yet by Cal Nurse").first.wait_for()
        await sign_in(cal, story, CAL)
        await cal.get_by_text("A note mentions you").first.wait_for()
        if has_script:
            assert await find_barriers(cal) == []
        await cal.get_by_role("link", name="Mentions you (1)").click()
        await cal.wait_for_url("**/?owner=mentions")
        assert await cal.locator(".case [data-open]").count() == 1
        await cal.goto(path)
        await cal.get_by_role("button", name="I have read it").first.click()
        await cal.get_by_text("Read the note").first.wait_for()
        assert await cal.get_by_text("A note mentions you").count() == 0


async def test_what_a_text_costs_is_counted_while_it_is_typed(tmp_path: Path, browser: Browser) -> None:
    config = tmp_path / "config"
    shutil.copytree(TOP / "config", config)
    file = config / "clinics" / "glow.toml"
    file.write_text(file.read_text(encoding="utf-8").replace("[sms]\n", '[sms]\nprice = "0.04 GBP"\n'), "utf-8")
    async with open_story(tmp_path, config=config) as story, open_page(DESK, browser) as page:
        await story.book()
        await (await hire(story.services, story.origin)).close()
        await sign_in(page, story)
        await page.goto(f"{story.origin}/episodes/{(await story.episode()).id}")
        await page.get_by_label("Text to").fill("a" * 161)
        assert "2 parts, about 0.08 GBP" in await page.locator("#parts").inner_text()
