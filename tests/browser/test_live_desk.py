"""A desk that stays open: what comes by itself, what stays still, what is said when something is wrong."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from kit.browser import DESK, open_page
from kit.desk import hire, new_browser
from kit.desk_on_screen import LIVE, NURSE, open_busy_story, sign_in
from kit.relay import open_relay

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from playwright.async_api import Browser, Page, Route

    from kit.story import Story

pytestmark = pytest.mark.browser

STORED = """async () => ({
  local: localStorage.length, session: sessionStorage.length, databases: (await indexedDB.databases()).length,
  caches: 'caches' in window ? (await caches.keys()).length : 0, workers: navigator.serviceWorker
    ? (await navigator.serviceWorker.getRegistrations()).length : 0,
})"""
NOTHING = {"local": 0, "session": 0, "databases": 0, "caches": 0, "workers": 0}
COUNT_TONES = """() => {
  window.tones = 0;
  const start = OscillatorNode.prototype.start;
  OscillatorNode.prototype.start = function (...at) { window.tones += 1; return start.apply(this, at); };
}"""


@pytest.fixture
async def story(tmp_path: Path) -> AsyncIterator[Story]:
    async with open_busy_story(tmp_path) as opened:
        yield opened


@pytest.fixture
async def desk(story: Story, browser: Browser) -> AsyncIterator[Page]:
    """Nia's worklist, live."""
    async with open_page(DESK, browser) as page:
        await sign_in(page, story)
        await page.locator(LIVE).wait_for()
        yield page


async def open_case(page: Page, story: Story) -> None:
    await page.goto(f"{story.origin}/episodes/{(await story.episode()).id}")
    await page.locator(LIVE).wait_for()


async def test_an_act_changes_the_page_in_place_and_leaves_what_is_typed_elsewhere(desk: Page, story: Story) -> None:
    await open_case(desk, story)
    await desk.evaluate("window.same = 'page'")
    await desk.get_by_label("Text to").fill("half a sentence")
    flags = desk.locator("article.flag")
    await flags.first.get_by_label("Note").fill("rang twice")
    await flags.first.get_by_role("button", name="Keep the note").click()
    await desk.locator("#timeline").get_by_text("rang twice").wait_for()
    assert await flags.first.get_by_label("Note").input_value() == ""
    assert await desk.get_by_label("Text to").input_value() == "half a sentence"
    assert await desk.evaluate("window.same") == "page"


async def test_nothing_at_all_is_kept_in_the_browser(desk: Page, story: Story) -> None:
    await desk.locator(".case").first.get_by_role("button", name="Claim").click()
    await desk.get_by_text("Nia Nurse has it").first.wait_for()
    await story.reply("3 3 please call me")
    await desk.locator("#list").get_by_text("Wants contact").wait_for()
    assert await desk.evaluate(STORED) == NOTHING
    await open_case(desk, story)
    assert await desk.evaluate(STORED) == NOTHING


async def test_a_form_that_is_not_of_our_own_page_changes_nothing_and_says_so(desk: Page, story: Story) -> None:
    await open_case(desk, story)
    await desk.evaluate("document.querySelectorAll('[name=csrf]').forEach((each) => { each.value = 'made-up'; })")
    await desk.locator("article.flag").first.get_by_label("Note").fill("a long story")
    await desk.locator("article.flag").first.get_by_role("button", name="Claim").click()
    await desk.locator("#trouble").get_by_text("You may not do that").wait_for()
    assert await desk.locator("article.flag").first.get_by_label("Note").input_value() == "a long story"
    assert {one.owner for one in await story.flag_values()} == {""}


async def test_an_act_that_gets_no_answer_says_so_and_keeps_what_was_typed(desk: Page, story: Story) -> None:
    await open_case(desk, story)
    await desk.locator("article.flag").first.get_by_label("Note").fill("a long story")
    await desk.context.set_offline(True)
    await desk.locator("article.flag").first.get_by_role("button", name="Keep the note").click()
    await desk.locator("#trouble").get_by_text("No answer came").wait_for()
    assert await desk.locator("article.flag").first.get_by_label("Note").input_value() == "a long story"
    await desk.context.set_offline(False)
    await desk.locator("article.flag").first.get_by_role("button", name="Keep the note").click()
    await desk.locator("#timeline").get_by_text("a long story").wait_for()
    assert not await desk.locator("#trouble").is_visible()


async def test_a_colleague_was_first_on_the_worklist_and_back_leads_to_it_again(desk: Page, story: Story) -> None:
    colleague = await hire(story.services, story.origin, "Cal")
    # A form that somebody has begun with is what they saw, whatever came in since.
    await desk.locator(".case").first.locator("details.more summary").click()
    await desk.locator(".case").first.get_by_label("Contact with the patient").focus()
    await colleague.press(await colleague.see("/"), "/flags/acts", act="claim")
    await colleague.close()
    await desk.locator(".case").first.get_by_role("button", name="Claim").click()
    await desk.get_by_text("Cal Nurse changed this flag first").wait_for()
    assert desk.url == f"{story.origin}/episodes/{(await story.episode()).id}"
    await desk.locator(LIVE).wait_for()
    await desk.go_back()
    await desk.get_by_role("heading", name="Worklist").wait_for()
    await desk.locator(".case").first.get_by_text("Cal Nurse has it").wait_for()


async def test_one_section_stays_one_section_after_an_act(desk: Page, story: Story) -> None:
    await desk.goto(story.origin + "/?section=now&owner=unowned")
    await desk.locator(".case").first.get_by_role("button", name="Acknowledge").click()
    await desk.get_by_text("seen by Nia Nurse").wait_for()
    assert await desk.locator("section.part").count() == 1
    assert desk.url == story.origin + "/?section=now&owner=unowned"


async def test_a_new_urgent_flag_is_said_in_the_title_to_screen_readers_and_aloud(desk: Page, story: Story) -> None:
    await desk.locator(".menu summary").click()
    await desk.get_by_role("button", name="Turn sound for what cannot wait on").click()
    await desk.get_by_role("heading", name="Worklist").wait_for()
    await desk.locator(LIVE).wait_for()
    await desk.evaluate(COUNT_TONES)
    await desk.locator("h1").click()
    await story.book(booking="B-9", patient="P-9", phone="+447700900009")
    await story.reply("3 3 I can't breathe", phone="+447700900009")
    await desk.locator("#announce").get_by_text("New flag that cannot wait").wait_for(timeout=3_000)
    assert (await desk.title()).startswith("(2 now) ")
    assert "P-9" not in await desk.title()
    assert await desk.evaluate("window.tones") == 2


async def test_a_choice_begun_stays_while_what_cannot_wait_appears_beside_it(desk: Page, story: Story) -> None:
    card = await desk.locator(".case.u-review, .case.u-today").last.get_attribute("id")
    chosen = desk.locator(f"#{card}").get_by_label("Contact with the patient")
    await desk.locator(f"#{card} details.more summary").click()
    await chosen.select_option(index=1)
    wanted = await chosen.input_value()
    await story.book(booking="B-9", patient="P-9", phone="+447700900009")
    await story.reply("3 3 I can't breathe", phone="+447700900009")
    await desk.locator(".case.u-now").nth(1).wait_for(timeout=4_000)
    assert await chosen.input_value() == wanted
    assert await desk.locator(f"#{card} details.more").get_attribute("open") is not None


async def test_what_somebody_unfolded_stays_unfolded_when_the_page_freshens(desk: Page, story: Story) -> None:
    await desk.locator(".case").first.locator("details.more summary").click()
    await story.reply("3 3 please call me")
    await desk.locator("#list").get_by_text("Wants contact").wait_for(timeout=4_000)
    assert await desk.locator(".case").first.locator("details.more").get_attribute("open") is not None


async def test_a_text_that_was_refused_stays_typed_while_the_page_freshens(desk: Page, story: Story) -> None:
    await open_case(desk, story)
    await desk.get_by_label("Begin with").select_option(index=1)
    await desk.get_by_role("button", name="Preview").click()
    await desk.locator("#parts").get_by_text("characters").wait_for()
    before = await desk.get_by_label("Text to").input_value()
    assert before
    await story.reply("3 3 please call me")
    await desk.locator("#timeline").get_by_text("3 3 please call me").wait_for(timeout=4_000)
    assert await desk.get_by_label("Text to").input_value() == before


async def test_after_being_offline_nothing_is_missing(story: Story, browser: Browser) -> None:
    async with open_page(DESK, browser) as page, open_relay(story.origin) as relay:
        await sign_in(page, story, origin=relay.origin)
        await page.locator(LIVE).wait_for()
        relay.hold()
        await page.get_by_text("Not live since").wait_for(timeout=10_000)
        for number in range(11, 16):
            await story.book(booking=f"B-{number}", patient=f"P-{number}", phone=f"+4477009000{number}")
            await story.reply("3 3 I can't breathe", phone=f"+4477009000{number}")
        relay.cut()
        await page.locator(".case.u-now").nth(5).wait_for(timeout=10_000)
        await page.get_by_text("Not live since").wait_for(state="hidden")
        assert (await page.title()).startswith("(6 now) ")


async def test_a_script_that_comes_late_is_waited_for(desk: Page) -> None:
    async def come_late(route: Route) -> None:
        await asyncio.sleep(1.5)
        await route.continue_()

    await desk.route("**/hx-sse.min.js", come_late)
    await desk.reload(wait_until="commit")
    await desk.locator(LIVE).wait_for(timeout=10_000)


async def test_a_line_that_died_unnoticed_is_given_up_and_opened_anew(story: Story, browser: Browser) -> None:
    async with open_page(DESK, browser) as page, open_relay(story.origin) as relay:
        await sign_in(page, story, origin=relay.origin)
        await page.locator(LIVE).wait_for()
        relay.hold()
        await page.get_by_text("Not live since").wait_for(timeout=10_000)
        await story.reply("3 3 please call me")
        relay.heal()
        await page.locator("#list").get_by_text("Wants contact").wait_for(timeout=25_000)
        await page.get_by_text("Not live since").wait_for(state="hidden")


async def test_a_desk_whose_session_was_ended_elsewhere_says_so_and_asks_no_more(desk: Page, story: Story) -> None:
    other = new_browser(story.origin)
    await other.sign_in(NURSE)
    await other.press(await other.see("/account"), "/account/sign-out-everywhere")
    await other.close()
    await desk.get_by_text("You are signed out").wait_for(timeout=10_000)
    asked: list[str] = []
    desk.on("request", lambda request: asked.append(request.url))
    await desk.wait_for_timeout(5_000)
    assert asked == []
