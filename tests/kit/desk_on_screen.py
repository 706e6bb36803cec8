"""The desk in a browser: a clinic where something of everything waits, and the way in."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from kit.browser import DESK, PHONE, find_barriers
from kit.desk import PASSWORD, hire
from kit.story import Story, open_story

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from pathlib import Path

    from playwright.async_api import Page

NURSE = "nia@glow.example"
LEAD = "lea@glow.example"
FRIGHTENED = "1 0 and I can't breathe <script>document.title = 'owned'</script>"
LIVE = "#live.is-live"
STAFF = (("Nia", "reviewer"), ("Lea", "lead"))
LOOKS = [(size, scheme) for size in (DESK, PHONE) for scheme in ("light", "dark")]


@asynccontextmanager
async def open_busy_story(directory: Path, staff: Sequence[tuple[str, str]] = STAFF) -> AsyncIterator[Story]:
    """A frightened patient, a silent one, one nobody can text, an unknown number, a service nobody mapped."""
    async with open_story(directory) as opened:
        await opened.book()
        await opened.book(booking="B-2", patient="P-2", phone="+447700900002")
        await opened.book(booking="B-3", patient="P-3", phone=None)
        await opened.book(booking="B-4", patient="P-4", service="hydra-facial")
        await opened.hours(48)
        await opened.reply("who is this?", phone="+447700900999")
        await opened.reply(FRIGHTENED)
        for name, role in staff:
            await (await hire(opened.services, opened.origin, name, role)).close()
        yield opened


async def sign_in(page: Page, story: Story, email: str = NURSE, origin: str = "") -> None:
    """By the front door, to the worklist."""
    await page.goto((origin or story.origin) + "/sign-in")
    await page.get_by_label("E-mail").fill(email)
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Sign in", exact=True).click()
    await page.get_by_role("heading", name="Worklist").wait_for()


async def unfold(page: Page) -> None:
    """What is folded away is part of the page, too."""
    await page.evaluate("document.querySelectorAll('main details').forEach((each) => { each.open = true; })")


async def barriers(page: Page) -> list[str]:
    """What axe finds in every size and scheme of the page as it stands."""
    await unfold(page)
    found = []
    for size, scheme in LOOKS:
        await page.set_viewport_size({"width": size.width, "height": size.height})
        await page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        found += [f"{urlsplit(page.url).path} at {size.width}, {scheme}: {one}" for one in await find_barriers(page)]
    return found
