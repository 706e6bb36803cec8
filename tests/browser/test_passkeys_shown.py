"""Passkeys in a real browser, with Chromium's own virtual authenticator."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from aiohttp.test_utils import TestServer, unused_port

from followup.web import make_app
from kit.browser import DESK, PHONE, find_barriers, is_wider_than_its_window, open_page
from kit.desk import PASSWORD, hire
from kit.desk_on_screen import barriers
from kit.sources import TOP
from kit.story import open_story

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from playwright.async_api import Browser, Page

pytestmark = pytest.mark.browser

NURSE = "nia@glow.example"
# As built into a laptop: it knows its user's finger, and keeps the passkey.
BUILT_IN = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture
async def origin(tmp_path: Path) -> AsyncIterator[str]:
    """A desk at localhost, for which browsers make passkeys without https; a second factor is required."""
    port = unused_port()
    address = f"http://localhost:{port}"
    async with open_story(tmp_path) as story:
        services = replace(story.services, public_url=address, requires_second_factor=True)
        async with TestServer(make_app(services, TOP / "templates"), host="127.0.0.1", port=port):
            await (await hire(services, f"http://127.0.0.1:{port}")).close()
            yield address


async def plug_in(page: Page) -> None:
    devtools = await page.context.new_cdp_session(page)
    await devtools.send("WebAuthn.enable")
    await devtools.send("WebAuthn.addVirtualAuthenticator", {"options": BUILT_IN})


async def come_in_by_password(page: Page, origin: str) -> None:
    await page.goto(f"{origin}/sign-in")
    await page.get_by_label("E-mail").fill(NURSE)
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Sign in", exact=True).click()


async def sign_out(page: Page) -> None:
    await page.locator(".menu summary").click()
    await page.get_by_role("button", name="Sign out", exact=True).first.click()
    await page.get_by_role("heading", name="Sign in").wait_for()


async def test_a_passkey_is_added_lets_its_owner_in_and_opens_nothing_once_it_is_removed(
    origin: str, browser: Browser
) -> None:
    said: list[str] = []
    async with open_page(DESK, browser) as page:
        page.on("console", lambda message: said.append(message.text) if message.type in {"error", "warning"} else None)
        await plug_in(page)
        await come_in_by_password(page, origin)
        await page.get_by_role("heading", name="Passkeys").wait_for()
        await page.get_by_label("What it is called").fill("Desk laptop")
        assert await find_barriers(page) == []
        await page.get_by_role("button", name="Add a passkey").click()
        await page.get_by_text("Desk laptop").first.wait_for()
        assert await barriers(page) == []
        assert not await is_wider_than_its_window(page)
        await page.get_by_role("button", name="Add a passkey").click()
        await page.get_by_text("This device has a passkey of yours already.").wait_for()
        await page.goto(origin)
        await page.get_by_role("heading", name="Worklist").wait_for()
        await sign_out(page)
        assert await find_barriers(page) == []
        assert said == []
        await page.get_by_role("button", name="Sign in with a passkey").click()
        await page.get_by_role("heading", name="Worklist").wait_for()
        await page.goto(f"{origin}/account")
        await page.get_by_text("last used just now").first.wait_for()
        await page.get_by_role("button", name="Remove Desk laptop").click()
        await page.get_by_text("last used just now").first.wait_for()
        assert await page.get_by_text("Desk laptop").count() == 0
        await sign_out(page)
        await page.get_by_role("button", name="Sign in with a passkey").click()
        await page.get_by_text("opens nothing here").wait_for()
        assert await page.evaluate("localStorage.length + sessionStorage.length") == 0


async def test_another_browser_has_nothing_to_show_and_a_password_alone_is_not_enough(
    origin: str, browser: Browser
) -> None:
    async with open_page(DESK, browser) as page:
        await plug_in(page)
        await come_in_by_password(page, origin)
        await page.get_by_role("button", name="Add a passkey").click()
        await page.get_by_text("not used yet").wait_for()
    async with open_page(PHONE, browser) as other:
        await plug_in(other)
        await other.goto(f"{origin}/sign-in")
        assert not await is_wider_than_its_window(other)
        await other.get_by_role("button", name="Sign in with a passkey").click()
        await other.get_by_text("Nothing was shown").wait_for()
        assert await find_barriers(other) == []
        await come_in_by_password(other, origin)
        await other.get_by_text("yours is your passkey").wait_for()
        assert await find_barriers(other) == []


async def test_without_a_script_the_button_is_not_there_and_the_password_is(origin: str, browser: Browser) -> None:
    async with open_page(PHONE, browser, java_script_enabled=False) as page:
        await come_in_by_password(page, origin)
        await page.get_by_text("runs no scripts").wait_for()
        assert not await page.get_by_role("button", name="Add a passkey").is_visible()
        await sign_out(page)
        assert not await page.get_by_role("button", name="Sign in with a passkey").is_visible()
