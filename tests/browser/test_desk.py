"""The staff desk in a real browser: with its script and without, on a phone, by keys, two people at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kit.browser import DESK, PHONE, find_barriers, open_page
from kit.desk import hire
from kit.desk_on_screen import FRIGHTENED, LIVE, open_busy_story, sign_in
from kit.relay import open_relay

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from playwright.async_api import Browser

    from kit.story import Story

pytestmark = pytest.mark.browser

IN_FOCUS = "document.activeElement.closest('[data-case]')?.querySelector('[data-open]').href"


@pytest.fixture
async def story(tmp_path: Path) -> AsyncIterator[Story]:
    async with open_busy_story(tmp_path) as opened:
        yield opened


async def test_a_flag_is_read_opened_claimed_and_closed(story: Story, browser: Browser) -> None:
    async with open_page(DESK, browser) as page:
        said: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        await sign_in(page, story)
        case = page.locator(".case").first
        assert "can't breathe" in await case.inner_text()
        await case.get_by_role("button", name="Claim").click()
        await page.get_by_text("Nia Nurse has it").first.wait_for()
        await page.locator(".case").first.get_by_role("link", name="Ada Byrne").click()
        flag = page.locator("article.flag").first
        await flag.get_by_label("Note").fill("on her way to A&E")
        await flag.get_by_label("Outcome").select_option("referred")
        await flag.get_by_role("button", name="Close").click()
        await page.get_by_text("on her way to A&E").first.wait_for()
        assert "breathing" not in await page.locator("article.flag:visible").first.inner_text()
        assert said == []
    assert "alarm_sign: breathing_difficulty" not in await story.flags()


async def test_what_a_patient_writes_is_only_ever_text_and_nothing_is_kept_in_the_browser(
    story: Story, browser: Browser
) -> None:
    async with open_page(DESK, browser) as page:
        said: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        await sign_in(page, story)
        for path in ("/", f"/episodes/{(await story.episode()).id}"):
            await page.goto(story.origin + path)
            await page.locator(LIVE).wait_for()
            assert FRIGHTENED in await page.locator(".said").first.inner_text()
            assert "owned" not in await page.title()
            assert await page.evaluate("localStorage.length + sessionStorage.length") == 0
        assert said == []


async def test_two_people_at_once_the_second_is_told_who_was_first(story: Story, browser: Browser) -> None:
    colleague = await hire(story.services, story.origin, "Cal")
    await colleague.close()
    path = f"/episodes/{(await story.episode()).id}"
    async with open_page(DESK, browser) as first, open_page(PHONE, browser, java_script_enabled=False) as second:
        await sign_in(first, story)
        await sign_in(second, story, "cal@glow.example")
        await first.goto(story.origin + path)
        await second.goto(story.origin + path)
        await first.locator("article.flag").first.get_by_role("button", name="Claim").click()
        await first.get_by_text("Nia Nurse has it").first.wait_for()
        flag = second.locator("article.flag").first
        await flag.get_by_label("Note").fill("I rang her")
        await flag.get_by_role("button", name="Keep the note").click()
        await second.get_by_text("Nia Nurse changed this flag first").wait_for()
        assert await second.locator("article.flag").first.get_by_label("Note").input_value() == "I rang her"
        assert await find_barriers(first) == []


async def test_everything_essential_works_without_a_script(story: Story, browser: Browser) -> None:
    async with open_page(PHONE, browser, java_script_enabled=False) as page:
        await sign_in(page, story)
        await page.locator(".case").first.get_by_role("button", name="Acknowledge").click()
        await page.get_by_text("seen by Nia Nurse").wait_for()
        await page.locator(".case").first.get_by_role("link").click()
        await page.get_by_label("Text to").fill("Glow Clinic: we ring you now.")
        await page.get_by_role("button", name="Send").click()
        await page.locator("#timeline").get_by_text("we ring you now").wait_for()
        await page.locator(".menu summary").click()
        await page.get_by_role("button", name="Sign out").click()
        await page.get_by_role("heading", name="Sign in").wait_for()
    await story.minutes(0.2)
    assert story.texts()[-1] == "Glow Clinic: we ring you now."


async def test_a_new_flag_appears_by_itself_and_what_is_being_typed_stays(story: Story, browser: Browser) -> None:
    async with open_page(DESK, browser) as desk, open_page(DESK, browser) as case:
        await sign_in(desk, story)
        await sign_in(case, story)
        await case.goto(f"{story.origin}/episodes/{(await story.episode()).id}")
        await desk.locator(LIVE).wait_for()
        await case.locator(LIVE).wait_for()
        await case.locator("article.flag").first.get_by_label("Note").fill("half a sen")
        await story.reply("3 3 please call me")
        await desk.locator("#list").get_by_text("Wants contact").wait_for(timeout=3_000)
        await case.locator("#timeline").get_by_text("3 3 please call me").wait_for(timeout=3_000)
        assert await case.locator("article.flag").first.get_by_label("Note").input_value() == "half a sen"


async def test_a_page_that_hears_nothing_says_so_within_ten_seconds_and_catches_up(
    story: Story, browser: Browser
) -> None:
    async with open_page(DESK, browser) as page, open_relay(story.origin) as relay:
        await sign_in(page, story, origin=relay.origin)
        await page.locator(LIVE).wait_for()
        relay.hold()
        await page.get_by_text("Not live since").wait_for(timeout=10_000)
        await story.reply("3 3 please call me")
        relay.cut()
        await page.locator("#list").get_by_text("Wants contact").wait_for(timeout=15_000)
        await page.get_by_text("Not live since").wait_for(state="hidden")


async def test_a_flag_is_worked_through_by_keys_alone(story: Story, browser: Browser) -> None:
    async with open_page(DESK, browser) as page:
        await sign_in(page, story)
        await page.locator(LIVE).wait_for()
        await page.keyboard.press("j")
        await page.keyboard.press("c")
        await page.get_by_text("Nia Nurse has it").first.wait_for()
        await page.locator(LIVE).wait_for()
        await page.keyboard.press("a")
        await page.get_by_text("seen by Nia Nurse").wait_for()
        await page.locator(LIVE).wait_for()
        first = await page.evaluate(IN_FOCUS)
        await page.keyboard.press("j")
        assert await page.evaluate(IN_FOCUS) not in {None, first}
        await page.keyboard.press("k")
        await page.keyboard.press("o")
        await page.get_by_role("heading", name="Timeline").wait_for()
        await page.keyboard.press("n")
        await page.keyboard.type("jkx c")
        assert await page.evaluate("document.activeElement.value") == "jkx c"
        await page.keyboard.press("Escape")
        await page.keyboard.press("x")
        assert await page.evaluate("document.activeElement.name") == "outcome"


async def test_keys_do_nothing_once_they_are_switched_off(story: Story, browser: Browser) -> None:
    async with open_page(DESK, browser) as page:
        await sign_in(page, story)
        await page.locator(".menu summary").click()
        await page.get_by_role("button", name="Turn keyboard shortcuts off").click()
        await page.get_by_role("heading", name="Worklist").wait_for()
        await page.keyboard.press("j")
        await page.keyboard.press("?")
        assert await page.evaluate("document.activeElement === document.body")
        assert not await page.locator("dialog[open]").count()


async def test_the_parts_of_a_text_are_counted_while_it_is_typed(story: Story, browser: Browser) -> None:
    async with open_page(DESK, browser) as page:
        await sign_in(page, story)
        await page.goto(f"{story.origin}/episodes/{(await story.episode()).id}")
        for text, said in (
            ("a" * 160, "1 part."),
            ("a" * 161, "2 parts"),
            ("€" * 81, "2 parts"),
            ("ż" * 71, "2 parts"),
        ):
            await page.get_by_label("Text to").fill(text)
            assert said in await page.locator("#parts").inner_text()
        assert "plain alphabet" in await page.locator("#parts").inner_text()


async def test_a_colleague_who_looks_at_the_same_case_is_seen_and_is_gone_when_gone(
    story: Story, browser: Browser
) -> None:
    colleague = await hire(story.services, story.origin, "Cal")
    await colleague.close()
    path = f"/episodes/{(await story.episode()).id}"
    async with open_page(DESK, browser) as case, open_page(DESK, browser) as desk:
        await sign_in(case, story)
        await sign_in(desk, story)
        await case.goto(story.origin + path)
        await case.locator(LIVE).wait_for()
        assert await case.locator(".looking").count() == 0
        async with open_page(PHONE, browser) as other:
            await sign_in(other, story, "cal@glow.example")
            await other.goto(story.origin + path)
            await other.get_by_text("Nia Nurse is looking at this now").wait_for()
            await case.get_by_text("Cal Nurse is looking at this now").wait_for(timeout=6_000)
            await desk.get_by_text("Cal Nurse is looking at this now").first.wait_for(timeout=9_000)
            assert await find_barriers(other) == []
        await case.get_by_text("Cal Nurse is looking").wait_for(state="detached", timeout=9_000)


async def test_ten_flags_are_triaged_without_a_mouse_in_at_most_three_keys_each(story: Story, browser: Browser) -> None:
    for number in range(11, 19):
        await story.book(booking=f"B-{number}", patient=f"P-{number}", phone=f"+4477009000{number}")
        await story.reply("3 3", phone=f"+4477009000{number}")
    async with open_page(DESK, browser) as page:
        pressed = 0

        async def press(*keys: str) -> None:
            nonlocal pressed
            for key in keys:
                await page.keyboard.press(key)
            pressed += len(keys)

        await sign_in(page, story)
        cards = page.locator(".case")
        assert await cards.count() >= 10
        await page.locator(LIVE).wait_for()
        await press("j", "a")
        await page.get_by_text("seen by Nia Nurse").wait_for()
        await page.locator(LIVE).wait_for()
        await press("u")
        await page.get_by_text("seen by Nia Nurse").wait_for(state="detached")
        await page.locator(LIVE).wait_for()
        for number in range(3):
            await press("j", "c")
            await page.get_by_role("button", name="Undo claim").nth(number).wait_for()
            await page.locator(LIVE).wait_for()
        await press("j", "s", "2")
        await page.get_by_text("Snoozed until").first.wait_for()
        await page.locator(LIVE).wait_for()
        for _ in range(5):
            left = await cards.count()
            assert await page.evaluate(IN_FOCUS) is not None
            await press("x", "2")
            await cards.nth(left - 1).wait_for(state="detached")
            await page.locator(LIVE).wait_for()
    assert pressed <= 30
    assert len(await story.flag_values(state="closed")) >= 5
