"""Staff with a second factor: set up, asked for, each code good once, and a way in on the day the phone is lost."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pyotp
import pytest
from aiohttp.test_utils import TestServer

from followup.flows.accounts import reset_account
from followup.store import factors, staff
from followup.web import make_app
from kit.desk import hire, new_browser, one_time_link
from kit.sources import TOP
from kit.story import Story, open_story

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from kit.desk import Nurse, Seen


@pytest.fixture
async def story(tmp_path: Path) -> AsyncIterator[Story]:
    async with open_story(tmp_path) as opened:
        yield opened


@pytest.fixture
async def nurse(story: Story) -> AsyncIterator[Nurse]:
    hired = await hire(story.services, story.origin)
    yield hired
    await hired.close()


@pytest.fixture
async def elsewhere(story: Story, nurse: Nurse) -> AsyncIterator[Nurse]:
    """Another browser of hers, in which nobody is signed in."""
    browser = new_browser(story.origin)
    browser.email = nurse.email
    yield browser
    await browser.close()


def code_of(story: Story, secret: str) -> str:
    return pyotp.TOTP(secret).at(int(story.wall().timestamp()))


async def set_up(story: Story, nurse: Nurse) -> tuple[str, list[str]]:
    """The secret, and the recovery codes; time has gone on to the next code."""
    page = await nurse.press(await nurse.see("/account"), "/account/second-factor")
    assert "<svg" in page.html
    [secret] = re.findall("<code>([A-Z2-7]{32})</code>", page.html)
    page = await nurse.press(page, "/account/second-factor/confirm", code=code_of(story, secret))
    codes = re.findall("<code>([a-z2-7]{5}-[a-z2-7]{5})</code>", page.html)
    assert len(set(codes)) == 10
    story.wall.move(seconds=60)
    return secret, codes


async def give(page: Seen, nurse: Nurse, code: str) -> Seen:
    return await nurse.press(page, "/sign-in/code", code=code)


async def test_nobody_is_asked_for_a_code_who_did_not_set_one_up(elsewhere: Nurse) -> None:
    assert (await elsewhere.sign_in()).path == "/"


async def test_a_password_alone_is_not_enough_and_each_code_is_good_once(
    story: Story, nurse: Nurse, elsewhere: Nurse
) -> None:
    secret, _ = await set_up(story, nurse)
    page = await elsewhere.sign_in()
    assert "Your second factor" in page.words
    assert (await elsewhere.see("/")).path == "/sign-in"
    assert (await give(page, elsewhere, "000000")).status == 401
    code = code_of(story, secret)
    assert (await give(page, elsewhere, code)).path == "/"
    third = new_browser(story.origin)
    page = await third.sign_in(nurse.email)
    assert (await give(page, third, code)).status == 401
    await third.close()


async def test_a_clock_that_is_half_a_minute_off_will_do_and_an_old_code_will_not(
    story: Story, nurse: Nurse, elsewhere: Nurse
) -> None:
    secret, _ = await set_up(story, nurse)
    page = await elsewhere.sign_in()
    early = pyotp.TOTP(secret).at(int(story.wall().timestamp()) - 90)
    assert (await give(page, elsewhere, early)).status == 401
    late = pyotp.TOTP(secret).at(int(story.wall().timestamp()) + 30)
    assert (await give(page, elsewhere, late)).path == "/"


async def test_a_recovery_code_lets_in_once(story: Story, nurse: Nurse, elsewhere: Nurse) -> None:
    _, codes = await set_up(story, nurse)
    assert (await give(await elsewhere.sign_in(), elsewhere, codes[3].upper().replace("-", " "))).path == "/"
    third = new_browser(story.origin)
    page = await third.sign_in(nurse.email)
    assert (await give(page, third, codes[3])).status == 401
    assert (await give(page, third, codes[4])).path == "/"
    await third.close()


async def test_codes_are_not_guessed(story: Story, nurse: Nurse, elsewhere: Nurse) -> None:
    await set_up(story, nurse)
    page = await elsewhere.sign_in()
    statuses = [(await give(page, elsewhere, f"{guess:06}")).status for guess in range(12)]
    assert statuses.count(401) <= 6
    assert statuses[-1] == 429


async def test_the_first_step_is_forgotten_after_a_while(story: Story, nurse: Nurse, elsewhere: Nurse) -> None:
    secret, _ = await set_up(story, nurse)
    page = await elsewhere.sign_in()
    story.wall.move(minutes=11)
    page = await give(page, elsewhere, code_of(story, secret))
    assert "That took too long" in page.words


async def test_a_link_asks_for_the_code_too(story: Story, nurse: Nurse, elsewhere: Nurse) -> None:
    secret, _ = await set_up(story, nurse)
    page = await elsewhere.press(await elsewhere.see(await one_time_link(story.services, nurse.email)), "")
    assert "Your second factor" in page.words
    assert (await give(page, elsewhere, code_of(story, secret))).path == "/"


async def test_nothing_in_the_database_makes_a_code(story: Story, nurse: Nurse) -> None:
    secret, codes = await set_up(story, nurse)
    async with story.services.store.reading() as tx:
        account = await staff.account(tx, nurse.email)
        assert account is not None
        kept = await factors.factor(tx, account.id)
    assert secret not in str(kept)
    assert not any(code in str(kept) or code.replace("-", "") in str(kept) for code in codes)


async def test_it_is_turned_off_with_a_code_only(story: Story, nurse: Nurse, elsewhere: Nurse) -> None:
    secret, _ = await set_up(story, nurse)
    page = await nurse.see("/account")
    assert (await nurse.press(page, "/account/second-factor/off", code="123456")).status == 422
    await nurse.press(page, "/account/second-factor/off", code=code_of(story, secret))
    assert (await elsewhere.sign_in()).path == "/"


async def test_a_reset_gives_whoever_lost_everything_a_new_start(story: Story, nurse: Nurse, elsewhere: Nurse) -> None:
    await set_up(story, nurse)
    path = urlsplit(await reset_account(story.services, nurse.email)).path
    page = await elsewhere.press(await elsewhere.see(path), "", password="quite new words", again="quite new words")
    assert page.path == "/"


async def test_where_it_is_required_nothing_else_opens_before(story: Story, nurse: Nurse) -> None:
    strict = replace(story.services, requires_second_factor=True)
    async with TestServer(make_app(strict, TOP / "templates")) as server:
        browser = new_browser(str(server.make_url("")).rstrip("/"))
        page = await browser.sign_in(nurse.email)
        assert page.path == "/account"
        assert (await browser.see("/strays")).path == "/account"
        await set_up(story, browser)
        assert (await browser.see("/strays")).path == "/strays"
        await browser.close()


async def test_sessions_are_listed_and_ended_one_by_one_or_all_at_once(nurse: Nurse, elsewhere: Nurse) -> None:
    await elsewhere.sign_in()
    page = await nurse.see("/account")
    assert len(page.forms("/account/sessions/*/end")) == 1
    await nurse.press(page, "/account/sessions/*/end")
    assert (await elsewhere.see("/")).path == "/sign-in"
    assert (await nurse.see("/")).path == "/"
    await elsewhere.sign_in()
    assert (await nurse.press(await nurse.see("/account"), "/account/sign-out-everywhere")).path == "/sign-in"
    assert (await elsewhere.see("/")).path == "/sign-in"
