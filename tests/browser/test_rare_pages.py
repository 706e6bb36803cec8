"""Pages that few people ever see, and those in trouble: the second step of signing in, too many tries, our mistakes."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pyotp
import pytest
from aiohttp.test_utils import TestServer

from followup.web import make_app
from kit.browser import DESK, open_page
from kit.desk import PASSWORD, hire
from kit.desk_on_screen import NURSE, barriers, sign_in
from kit.sources import TOP
from kit.story import Story, open_story

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from playwright.async_api import Browser, Page

pytestmark = pytest.mark.browser

MOST_TRIES = 12


@pytest.fixture
async def story(tmp_path: Path) -> AsyncIterator[Story]:
    async with open_story(tmp_path) as opened:
        await (await hire(opened.services, opened.origin)).close()
        yield opened


async def go_to_the_code(page: Page, story: Story) -> None:
    """Her password is right, and her phone is asked for."""
    await page.goto(story.origin + "/sign-in")
    await page.get_by_label("E-mail").fill(NURSE)
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Sign in", exact=True).click()
    await page.get_by_role("heading", name="Your second factor").wait_for()


async def try_until_told(page: Page, label: str, wrong: str, told: str) -> None:
    """The same wrong thing again and again, until no more tries are taken."""
    for _ in range(MOST_TRIES):
        await page.get_by_label(label).fill(wrong)
        async with page.expect_navigation():
            await page.get_by_role("button", name="Sign in", exact=True).click()
        if await page.get_by_text(told).count():
            return
    raise AssertionError("nobody was ever stopped")


async def test_the_second_step_and_its_faults_keep_nobody_out(story: Story, browser: Browser) -> None:
    async with open_page(DESK, browser) as page:
        await sign_in(page, story)
        await page.goto(story.origin + "/account")
        await page.get_by_role("button", name="Set it up").click()
        secret = await page.locator("code").first.inner_text()
        code = pyotp.TOTP(secret.replace(" ", "")).at(int(story.wall().timestamp()))
        await page.get_by_label("The code").fill(code)
        await page.get_by_role("button", name="Turn it on").click()
        await page.locator(".codes").wait_for()
        found = await barriers(page)
        await page.goto(story.origin + "/account")
        found += await barriers(page)
        story.wall.move(seconds=60)
        await page.context.clear_cookies()
        await go_to_the_code(page, story)
        found += await barriers(page)
        await page.get_by_label("The code your phone shows").fill("000000")
        await page.get_by_role("button", name="Sign in").click()
        await page.get_by_text("That code is not right").wait_for()
        found += await barriers(page)
        await try_until_told(page, "The code your phone shows", "000000", "Too many wrong codes")
        found += await barriers(page)
        assert found == []


async def test_too_many_wrong_passwords_are_said_to_everybody(story: Story, browser: Browser) -> None:
    async with open_page(DESK, browser) as page:
        await page.goto(story.origin + "/sign-in")
        await page.get_by_label("E-mail").fill(NURSE)
        await try_until_told(page, "Password", "not it at all", "Too many wrong passwords")
        assert await barriers(page) == []


async def test_our_own_mistake_is_a_page_for_everybody_too(story: Story, browser: Browser) -> None:
    nothing: Any = None
    broken = replace(story.services, catalogue=nothing)
    async with TestServer(make_app(broken, TOP / "templates")) as server, open_page(DESK, browser) as page:
        await sign_in(page, story)
        answer = await page.goto(f"http://127.0.0.1:{server.port}/")
        assert answer is not None
        assert answer.status == 500
        await page.get_by_role("heading", name="That went wrong").wait_for()
        assert await barriers(page) == []


async def test_a_database_that_does_not_answer_is_said_to_everybody(
    story: Story, browser: Browser, tmp_path: Path
) -> None:
    async with open_page(DESK, browser) as page:
        await sign_in(page, story)
        with closing(sqlite3.connect(tmp_path / "story.db")) as database:
            database.execute("ALTER TABLE sessions RENAME TO elsewhere")
        answer = await page.goto(story.origin + "/")
        assert answer is not None
        assert answer.status == 503
        await page.get_by_role("heading", name="The database does not answer").wait_for()
        assert await barriers(page) == []
