"""Every page for everybody: for those who cannot see it, on any width, with large letters, in their own colours."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
import pytest_asyncio

from followup.flows.sign_in import invite
from followup.web.pages import PAGES
from followup.web.sessions import ROLES
from followup.web.staff_only import StaffOnly
from kit.browser import DESK, find_barriers, is_wider_than_its_window, open_browser, open_page
from kit.desk import hire, new_browser, one_time_link
from kit.desk_on_screen import LIVE, barriers, open_busy_story, unfold

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from playwright.async_api import Browser, Page

    from kit.desk import Nurse
    from kit.story import Story

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(300)]

# Each width where the layout changes, the pixel beside it, and enough in between that nothing hides there.
WIDTHS = sorted({*range(320, 1921, 80), 360, 390, 415, 416, 417, 767, 768, 769, 959, 960, 961, 1024, 1366, 1440, 1536})
FILTERED = "/?owner=unowned&treatment=mesotherapy&reason=silent"
EMPTY = "/?section=today&owner=mine&reason=unclear"
SPACED = """() => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important }
    p { margin-bottom: 2em !important }`);
  document.adoptedStyleSheets.push(sheet);
}"""
MOVING = """() => [...document.querySelectorAll('*')].filter((each) => {
  const style = getComputedStyle(each);
  return parseFloat(style.transitionDuration) > 0 || parseFloat(style.animationDuration) > 0;
}).length"""


@dataclass
class Everything:
    """One service, one browser, and somebody of each role who is signed in."""

    story: Story
    browser: Browser
    people: dict[str, Nurse]

    async def page_paths(self, role: str) -> list[str]:
        """Every page that somebody of this role may open."""
        ranks = ROLES.index(role)
        return [
            await self._filled(path)
            for method, path, page in PAGES
            if method == "GET" and isinstance(page, StaffOnly) and ROLES.index(page.role) <= ranks
        ] + ["/?section=now&owner=mine", FILTERED, EMPTY, "/nowhere"]

    async def _filled(self, path: str) -> str:
        episode = (await self.story.episode()).id
        return re.sub(r"\{\w+:[^{}]*(?:\{[^{}]*\}[^{}]*)*\}", episode, path)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def everything(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Everything]:
    async with open_busy_story(tmp_path_factory.mktemp("everybody"), staff=()) as story, open_browser() as browser:
        people = {role: await hire(story.services, story.origin, role.title(), role) for role in ROLES}
        yield Everything(story, browser, people)
        for nurse in people.values():
            await nurse.close()


async def take_over(page: Page, nurse: Nurse) -> None:
    """The browser is where this person is signed in."""
    cookies: list[Any] = [{"name": one.key, "value": one.value, "url": nurse.origin} for one in nurse.web.cookie_jar]
    await page.context.add_cookies(cookies)


async def is_page(page: Page, address: str) -> bool:
    """Opens it; False for what is a file or a stream and no page."""
    if address.endswith((".csv", "/events")):
        return False
    answer = await page.goto(address, wait_until="load")
    return answer is not None and "text/html" in (answer.headers.get("content-type") or "")


@pytest.mark.parametrize("role", ROLES)
async def test_no_page_keeps_anybody_out_whatever_their_role(everything: Everything, role: str) -> None:
    async with open_page(DESK, everything.browser) as page:
        await take_over(page, everything.people[role])
        found, seen = [], 0
        for path in await everything.page_paths(role):
            if await is_page(page, everything.story.origin + path):
                found += await barriers(page)
                seen += 1
        assert found == []
        assert seen >= 6


async def test_the_steps_before_the_door_keep_nobody_out_either(everything: Everything) -> None:
    story = everything.story
    welcome = urlsplit(await invite(story.services, "new@glow.example", "New", "viewer", "")).path
    link = await one_time_link(story.services, "viewer@glow.example")
    async with open_page(DESK, everything.browser) as page:
        found = []
        for path in ("/sign-in", "/sign-in?next=/strays", welcome, link, "/sign-in/link/used-up"):
            await page.goto(story.origin + path)
            found += await barriers(page)
        await page.goto(story.origin + "/sign-in/link/used-up")
        await page.get_by_role("button", name="Sign in").click()
        await page.get_by_role("heading", name="This link does not work").wait_for()
        found += await barriers(page)
        await page.goto(story.origin + "/sign-in")
        await page.get_by_label("E-mail").fill("viewer@glow.example")
        await page.get_by_label("Password").fill("not it at all")
        await page.get_by_role("button", name="Sign in", exact=True).click()
        await page.get_by_role("alert").wait_for()
        found += await barriers(page)
        await page.goto(story.origin + welcome)
        await page.get_by_label("New password").fill("a few good words")
        await page.get_by_label("The same again").fill("a few other words")
        await page.get_by_role("button", name="Keep it").click()
        await page.get_by_role("alert").wait_for()
        found += await barriers(page)
        assert found == []


async def test_a_refusal_an_error_and_what_opens_over_a_page_keep_nobody_out(everything: Everything) -> None:
    story, lead = everything.story, everything.people["lead"]
    colleague = new_browser(story.origin)
    await colleague.sign_in("reviewer@glow.example")
    async with open_page(DESK, everything.browser) as page:
        await take_over(page, lead)
        await page.goto(f"{story.origin}/episodes/{(await story.episode()).id}")
        await page.locator(LIVE).wait_for()
        flag = page.locator("article.flag").first
        await flag.get_by_label("Note").fill("I rang her")
        await colleague.press(await colleague.see("/"), "/flags/acts", act="claim")
        await colleague.close()
        await flag.get_by_role("button", name="Keep the note").click()
        await page.locator("#refusal").wait_for()
        found = await barriers(page)
        await page.evaluate("document.querySelectorAll('[name=csrf]').forEach((each) => { each.value = ''; })")
        await page.locator("article.flag").first.get_by_role("button", name="Keep the note").click()
        await page.locator("#trouble").get_by_text("You may not do that").wait_for()
        found += await barriers(page)
        await page.goto(story.origin + "/account")
        await page.get_by_role("button", name="Set it up").click()
        await page.get_by_role("img", name="QR code").wait_for()
        found += await barriers(page)
        await page.goto(story.origin + "/")
        await page.get_by_role("searchbox").fill("byrne")
        await page.keyboard.press("Enter")
        await page.get_by_role("heading", name="Treatments").wait_for()
        found += await barriers(page)
        await page.locator("h1").click()
        await page.keyboard.press("?")
        await page.get_by_role("heading", name="Keyboard shortcuts").wait_for()
        found += await barriers(page)
        await page.keyboard.press("Escape")
        await page.locator(".menu summary").click()
        found += await barriers(page)
        assert found == []


async def wide_ones(page: Page, widths: Sequence[int]) -> list[str]:
    """Where somebody would have to scroll sideways."""
    found = []
    for width in widths:
        await page.set_viewport_size({"width": width, "height": 800})
        if await is_wider_than_its_window(page):
            found.append(f"{urlsplit(page.url).path} at {width}")
    return found


async def test_nobody_scrolls_sideways_at_any_width(everything: Everything) -> None:
    async with open_page(DESK, everything.browser) as page:
        found = []
        for path in ("/sign-in", *await everything.page_paths("lead")):
            await take_over(page, everything.people["lead"])
            if await is_page(page, everything.story.origin + path):
                await unfold(page)
                found += await wide_ones(page, WIDTHS)
        assert found == []


async def test_letters_of_twice_the_size_wide_spacing_and_right_to_left_fit_too(everything: Everything) -> None:
    async with open_page(DESK, everything.browser) as page:
        await take_over(page, everything.people["lead"])
        found = []
        for path in await everything.page_paths("lead"):
            if not await is_page(page, everything.story.origin + path):
                continue
            await unfold(page)
            await page.evaluate("document.documentElement.dir = 'rtl'")
            found += [f"right to left: {one}" for one in await wide_ones(page, (320, 768, 1280))]
            await page.evaluate("document.documentElement.dir = ''")
            await page.evaluate("document.documentElement.style.fontSize = '200%'")
            found += [f"twice the size: {one}" for one in await wide_ones(page, (640, 1280))]
            await page.evaluate("document.documentElement.style.fontSize = ''")
            await page.evaluate(SPACED)
            found += [f"spaced: {one}" for one in await wide_ones(page, (320, 1280))]
        assert found == []


async def test_nothing_moves_for_those_who_asked_for_that_and_colours_of_their_own_are_enough(
    everything: Everything,
) -> None:
    async with open_page(DESK, everything.browser, reduced_motion="reduce", forced_colors="active") as page:
        await take_over(page, everything.people["lead"])
        for path in ("/", f"/episodes/{(await everything.story.episode()).id}"):
            await page.goto(everything.story.origin + path)
            await page.locator(LIVE).wait_for()
            assert await page.evaluate(MOVING) == 0
            assert await find_barriers(page) == []
            tags = page.locator(".tag:visible")
            assert await tags.count()
            assert all(words.strip() for words in await tags.all_inner_texts())
