# ruff: noqa: INP001 - a script, not a package
"""Takes the pictures of the desk that README.md and docs/ show: `.venv/bin/python docs/pictures.py [lead | demo]`.

Everybody in them is invented. It starts the demo, waits until there is something to see, and looks; and for what
only a lead of some weeks' standing sees, a service of its own whose patients are made up on the spot.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "tests"))

from aiohttp.test_utils import TestServer, unused_port  # noqa: E402 - the line above leads there

from followup.web import make_app  # noqa: E402 - the same
from kit.browser import DESK, PHONE, Size, open_browser, open_page  # noqa: E402 - the same
from kit.desk import PASSWORD, hire  # noqa: E402 - the same
from kit.recovered import recover  # noqa: E402 - the same
from kit.running_demo import run_demo  # noqa: E402 - the same
from kit.sources import TOP  # noqa: E402 - the same
from kit.story import Story, open_story  # noqa: E402 - the same

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from playwright.async_api import Browser, Page

IMAGES = HERE / "images"
PORT, PATIENTS = 8795, 30
BUSY = 75
"""Seconds after which the demo has a worklist worth a picture."""
FADES = 400
"""Milliseconds until every border has taken its new colour."""
TOO_HEAVY = 250_000
OUTCOMES = ("recalled", "mistaken", "advised", "reassured", "mistaken")
BUILT_IN = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}
"""An authenticator as laptops have it, for Chromium to pretend."""


async def take(page: Page, name: str, size: Size) -> None:
    """The first screen of the page."""
    await page.set_viewport_size({"width": size.width, "height": size.height})
    await page.screenshot(path=IMAGES / f"{name}.png")
    _weigh(name)


async def take_part(page: Page, name: str, part: str) -> None:
    """One part of a page."""
    await page.locator(part).first.screenshot(path=IMAGES / f"{name}.png")
    _weigh(name)


async def take_each(page: Page, name: str) -> None:
    """The page on a phone, in the dark, and wide."""
    await page.evaluate("document.activeElement.blur(); scrollTo(0, 0)")
    await take(page, f"{name}-phone", PHONE)
    await _colour(page, "dark")
    await take(page, f"{name}-dark", DESK)
    await _colour(page, "light")
    await take(page, name, DESK)


async def _colour(page: Page, scheme: Literal["dark", "light"]) -> None:
    await page.emulate_media(color_scheme=scheme)
    await page.wait_for_timeout(FADES)


def _weigh(name: str) -> None:
    weight = (IMAGES / f"{name}.png").stat().st_size
    print(f"{name}.png: {weight // 1000} KB{'  TOO HEAVY' if weight > TOO_HEAVY else ''}")  # noqa: T201 - for who runs it


async def look_around(page: Page) -> None:
    """What everybody sees, in one walk over the desk."""
    origin = page.url.rstrip("/")
    await take_each(page, "worklist")
    for key in "jjx":
        await page.keyboard.press(key)
    await take_part(page, "more", ".case:focus")
    await page.locator("[data-open]").first.click()
    await page.get_by_role("heading", name="Timeline").wait_for()
    await take_each(page, "episode")
    await take_part(page, "chart", "#chart")
    await take_part(page, "write", "#write")
    await page.goto(f"{origin}/?reason=persisting")
    await page.get_by_text("Filter by").click()
    await take_each(page, "filters")
    for name in ("handover", "figures"):
        await page.goto(f"{origin}/{name}")
        await take(page, name, Size(DESK.width, 640))


async def look_closer(page: Page, origin: str) -> None:
    """What a lead sees, and an account with its passkeys."""
    await page.goto(f"{origin}/figures/curves")
    await page.get_by_role("heading", name="Mesotherapy").first.wait_for()
    await take_each(page, "curves")
    await page.goto(f"{origin}/replay")
    await page.get_by_label("Begin with").select_option("mesotherapy")
    await page.get_by_role("button", name="Take it as it is now").click()
    file = page.get_by_label("Its file, as text")
    await file.fill((await file.input_value()).replace('window = "48h"', 'window = "96h"'))
    await page.get_by_role("button", name="See what it would have flagged").click()
    await page.get_by_role("heading", name="Real, and would be missed").wait_for()
    await take_each(page, "replay")
    devtools = await page.context.new_cdp_session(page)
    await devtools.send("WebAuthn.enable")
    await devtools.send("WebAuthn.addVirtualAuthenticator", {"options": BUILT_IN})
    await page.goto(f"{origin}/account")
    await page.get_by_label("What it is called").fill("Desk laptop")
    await page.get_by_role("button", name="Add a passkey").click()
    await page.get_by_text("Desk laptop").first.wait_for()
    await take_each(page, "account")


@asynccontextmanager
async def some_weeks() -> AsyncIterator[str]:
    """A desk at localhost, for which browsers make passkeys, after some weeks of patients; a lead is hired."""
    port = unused_port()
    with tempfile.TemporaryDirectory() as named:
        async with open_story(Path(named)) as story:
            await recover(story, 150, symptoms=2)
            await _judge(story)
            services = replace(story.services, public_url=f"http://localhost:{port}")
            async with TestServer(make_app(services, TOP / "templates"), host="127.0.0.1", port=port):
                yield services.public_url


async def _judge(story: Story) -> None:
    """Five patients whose symptoms lasted, and what a lead found of each."""
    found = {f"+44770090010{place}": outcome for place, outcome in enumerate(OUTCOMES)}
    for phone, given in zip(found, ("Ada", "Ben", "Cleo", "Dan", "Eve"), strict=True):
        await story.book(booking=f"B-{given}", patient=f"P-{given}", phone=phone, given=given)
    await story.hours(72.1)
    lead = await hire(story.services, story.origin, "Lea", "lead")
    for phone, outcome in found.items():
        await story.reply("2 0", phone=phone)
        page = await lead.see(f"/episodes/{(await story.episode(phone)).id}")
        await lead.press(page, "/flags/*/acts", act="close", outcome=outcome, contact="made")
    await lead.close()


async def show_demo(browser: Browser) -> None:
    """The pictures that the demo gives."""
    async with run_demo(PORT, PATIENTS) as link:
        await asyncio.sleep(BUSY)
        async with open_page(DESK, browser) as page:
            await page.goto(link)
            await page.get_by_role("button", name="Sign in").click()
            await page.get_by_role("heading", name="Worklist").wait_for()
            await look_around(page)


async def show_lead(browser: Browser) -> None:
    """The pictures that the demo is too young for."""
    async with some_weeks() as origin, open_page(DESK, browser) as page:
        await page.goto(f"{origin}/sign-in")
        await page.get_by_label("E-mail").fill("lea@glow.example")
        await page.get_by_label("Password").fill(PASSWORD)
        await page.get_by_role("button", name="Sign in", exact=True).click()
        await page.get_by_role("heading", name="Worklist").wait_for()
        await look_closer(page, origin)


async def main(*wanted: str) -> None:
    """Takes them all, or only some."""
    IMAGES.mkdir(exist_ok=True)
    async with open_browser() as browser:
        for name, show in (("lead", show_lead), ("demo", show_demo)):
            if not wanted or name in wanted:
                await show(browser)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
