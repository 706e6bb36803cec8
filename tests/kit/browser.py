"""A real Chromium for tests of pages: `async with open_page(PHONE) as page`, and axe-core to look at what it shows."""

from __future__ import annotations

import os
import shutil
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib import resources
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from playwright.async_api import async_playwright

from kit.needs import lacks

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

    from playwright.async_api import Browser, Page

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
HOW = "there is no Chromium: apt-get install chromium, or playwright install chromium, or set FOLLOWUP_TEST_CHROMIUM"
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",  # a container's /dev/shm is often too small for a page
)
# WCAG 2.2 level AA, as axe-core names its rules.
STANDARD = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")


@dataclass(frozen=True, slots=True)
class Size:
    """Of a window, in CSS pixels."""

    width: int
    height: int


DESK = Size(1280, 800)
PHONE = Size(390, 844)


@dataclass(frozen=True, slots=True)
class Barrier:
    """What somebody cannot see, hear or reach on a page: axe's rule, what it asks, and where it does not hold."""

    rule: str
    help: str
    where: tuple[str, ...]


def find_chromium() -> str | None:
    """Where it is: named by FOLLOWUP_TEST_CHROMIUM, on the path, or fetched by `playwright install chromium`."""
    for name in (os.environ.get("FOLLOWUP_TEST_CHROMIUM", ""), *NAMES):
        if name and (found := shutil.which(name)):
            return found
    browsers = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or "~/.cache/ms-playwright").expanduser()
    return next((str(path) for path in sorted(browsers.glob("chromium-*/chrome-linux*/chrome"), reverse=True)), None)


@asynccontextmanager
async def open_browser() -> AsyncIterator[Browser]:
    """Chromium without a window; skips (or fails, where it is required) if there is none here."""
    chromium = find_chromium()
    if chromium is None:
        lacks("browser", HOW)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        try:
            yield browser
        finally:
            await browser.close()


@asynccontextmanager
async def open_page(size: Size = DESK, browser: Browser | None = None, **context: Any) -> AsyncIterator[Page]:
    """One page in a context of its own (no cookies, en-GB, UTC); `context` goes to playwright's new_context."""
    if browser is None:
        async with open_browser() as own, open_page(size, own, **context) as page:
            yield page
        return
    wanted = {"locale": "en-GB", "timezone_id": "UTC", **context}
    opened = await browser.new_context(viewport={"width": size.width, "height": size.height}, **wanted)
    try:
        yield await opened.new_page()
    finally:
        await opened.close()


def axe_source() -> str:
    """axe-core's script, from the package that carries it."""
    if find_spec("axe_playwright_python") is None:
        lacks("browser", "the package axe-playwright-python is not installed; `make setup` does it")
    return (resources.files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")


async def find_barriers(page: Page, standard: Iterable[str] = STANDARD) -> list[Barrier]:
    """What axe-core finds on the page as it is now; works under a strict Content-Security-Policy too."""
    if not await page.evaluate("'axe' in window"):
        await page.evaluate(axe_source() + ";0")
    found = await page.evaluate(
        "tags => axe.run(document, {runOnly: tags, resultTypes: ['violations']})", list(standard)
    )
    return [
        Barrier(rule["id"], rule["help"], tuple(str(node["html"]) for node in rule["nodes"]))
        for rule in found["violations"]
    ]


async def is_wider_than_its_window(page: Page) -> bool:
    """Whether a person has to scroll sideways."""
    return bool(await page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"))
