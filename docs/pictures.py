# ruff: noqa: INP001 - a script, not a package
"""Takes the pictures of the desk that README.md and docs/desk.md show: `.venv/bin/python docs/pictures.py`.

Everybody in them is invented: it starts the demo, waits until there is something to see, and looks.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "tests"))

from kit.browser import DESK, PHONE, Size, open_browser, open_page  # noqa: E402 - the line above leads there
from kit.running_demo import run_demo  # noqa: E402 - the same

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

IMAGES = HERE / "images"
PORT, PATIENTS = 8795, 30
BUSY = 75
"""Seconds after which the demo has a worklist worth a picture."""
TOO_HEAVY = 250_000


async def sign_in(page: Page, link: str) -> None:
    """By the one-time link."""
    await page.goto(link)
    await page.get_by_role("button", name="Sign in").click()
    await page.get_by_role("heading", name="Worklist").wait_for()


async def take(page: Page, name: str, size: Size) -> None:
    """The first screen of the page."""
    await page.set_viewport_size({"width": size.width, "height": size.height})
    await page.screenshot(path=IMAGES / f"{name}.png")
    _weigh(name)


async def take_part(page: Page, name: str, part: str) -> None:
    """One part of a page."""
    await page.locator(part).first.screenshot(path=IMAGES / f"{name}.png")
    _weigh(name)


def _weigh(name: str) -> None:
    weight = (IMAGES / f"{name}.png").stat().st_size
    print(f"{name}.png: {weight // 1000} KB{'  TOO HEAVY' if weight > TOO_HEAVY else ''}")  # noqa: T201 - for who runs it


async def look_around(page: Page) -> None:
    """Every picture, in one walk over the desk."""
    await page.evaluate("document.activeElement.blur()")
    await take(page, "worklist", DESK)
    await take(page, "worklist-phone", PHONE)
    await page.set_viewport_size({"width": DESK.width, "height": DESK.height})
    for key in "jjx":
        await page.keyboard.press(key)
    await take_part(page, "more", ".case:focus")
    await page.locator("[data-open]").first.click()
    await page.get_by_role("heading", name="Timeline").wait_for()
    await page.evaluate("document.activeElement.blur(); scrollTo(0, 0)")
    await take(page, "episode", DESK)
    await take(page, "episode-phone", PHONE)
    await page.set_viewport_size({"width": DESK.width, "height": DESK.height})
    await take_part(page, "chart", "#chart")
    await take_part(page, "write", "#write")
    origin = page.url.partition("/episodes")[0]
    for name in ("handover", "figures"):
        await page.goto(f"{origin}/{name}")
        await take(page, name, Size(DESK.width, 640))


async def main() -> None:
    """Takes them all."""
    IMAGES.mkdir(exist_ok=True)
    async with run_demo(PORT, PATIENTS) as link, open_browser() as browser:
        await asyncio.sleep(BUSY)
        await _walk(browser, link)


async def _walk(browser: Browser, link: str) -> None:
    async with open_page(DESK, browser) as page:
        await sign_in(page, link)
        await look_around(page)


if __name__ == "__main__":
    asyncio.run(main())
