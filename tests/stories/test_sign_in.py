"""Who comes in, who does not, and what a signed-in browser may do."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from aiohttp.test_utils import TestServer

from followup.flows.sign_in import invite
from followup.web import make_app
from kit.desk import PASSWORD, hire, new_browser, one_time_link
from kit.sources import TOP
from kit.story import Story, open_story

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from kit.desk import Nurse

POSTS = ("/search", "/strays/s1/close", "/episodes/e1/messages", "/episodes/e1/plan", "/flags/f1/acts", "/shortcuts")


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
async def stranger(story: Story) -> AsyncIterator[Nurse]:
    browser = new_browser(story.origin)
    yield browser
    await browser.close()


async def test_there_is_nobody_before_somebody_is_invited(stranger: Nurse) -> None:
    page = await stranger.see("/")
    assert page.path == "/sign-in"
    assert (await stranger.sign_in("admin@glow.example", "admin")).status == 401


async def test_an_invitation_works_once_and_looking_does_not_use_it_up(story: Story, stranger: Nurse) -> None:
    path = urlsplit(await invite(story.services, "Nia@Glow.example", "Nia", "reviewer", "")).path
    page = await stranger.see(path)
    page = await stranger.see(path)
    for password, again in (("short", "short"), (PASSWORD, "something else")):
        page = await stranger.press(page, "", password=password, again=again)
        assert page.status == 422
    page = await stranger.press(page, "", password=PASSWORD, again=PASSWORD)
    assert page.path == "/"
    other = new_browser(story.origin)
    page = await other.press(await other.see(path), "", password="some other words", again="some other words")
    assert page.status == 410
    await other.close()


async def test_an_invitation_is_good_for_a_day(story: Story, stranger: Nurse) -> None:
    path = urlsplit(await invite(story.services, "nia@glow.example", "Nia", "reviewer", "")).path
    story.wall.move(hours=24, seconds=1)
    page = await stranger.press(await stranger.see(path), "", password=PASSWORD, again=PASSWORD)
    assert page.status == 410


async def test_a_link_that_signs_in_works_once(story: Story, nurse: Nurse, stranger: Nurse) -> None:
    path = await one_time_link(story.services, nurse.email)
    page = await stranger.see(path)
    assert (await stranger.press(page, "")).path == "/"
    assert (await stranger.press(page, "")).status == 410


async def test_a_wrong_password_and_an_unknown_account_are_answered_alike(nurse: Nurse, stranger: Nurse) -> None:
    known = await stranger.sign_in(nurse.email, "not the password")
    unknown = await stranger.sign_in("nobody@glow.example", "not the password")
    assert known.status == unknown.status == 401
    assert known.html.replace(nurse.email, "") == unknown.html.replace("nobody@glow.example", "")


async def test_a_password_signs_in_whatever_the_case_of_the_address(nurse: Nurse, stranger: Nurse) -> None:
    assert (await stranger.sign_in(nurse.email.upper())).path == "/"


async def test_of_two_hundred_guesses_hardly_any_is_tried(nurse: Nurse, stranger: Nurse) -> None:
    pages = await asyncio.gather(*(stranger.sign_in(nurse.email, f"guess number {each}") for each in range(60)))
    assert sum(page.status == 401 for page in pages) <= 10
    slowed = [page for page in pages if page.status == 429]
    assert len(slowed) >= 50
    assert all(int(page.headers["Retry-After"]) >= 1 for page in slowed)


async def test_guesses_from_elsewhere_do_not_keep_out_whoever_was_in_before(nurse: Nurse, stranger: Nurse) -> None:
    for guess in range(8):
        await stranger.sign_in(nurse.email, f"guess number {guess}")
    assert (await stranger.sign_in(nurse.email)).status == 429
    await nurse.press(await nurse.see("/"), "/sign-out")
    assert (await nurse.sign_in()).path == "/"


async def test_after_a_while_the_right_password_is_tried_again(story: Story, nurse: Nurse, stranger: Nurse) -> None:
    for guess in range(8):
        await stranger.sign_in(nurse.email, f"guess number {guess}")
    story.wall.move(minutes=16)
    assert (await stranger.sign_in(nurse.email)).path == "/"


async def test_signing_out_ends_the_session_on_the_server(story: Story, nurse: Nurse) -> None:
    cookies = {cookie.key: cookie.value for cookie in nurse.web.cookie_jar}
    async with nurse.web.post(
        story.origin + "/sign-out",
        data=(await nurse.see("/")).forms("/sign-out")[0].fields,
        allow_redirects=False,
    ) as answer:
        assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'
    thief = new_browser(story.origin)
    thief.web.cookie_jar.update_cookies(cookies)
    assert (await thief.see("/")).path == "/sign-in"
    await thief.close()


async def test_a_session_ends_after_an_hour_of_nothing_and_after_twelve_of_anything(story: Story, nurse: Nurse) -> None:
    story.wall.move(minutes=61)
    assert (await nurse.see("/")).path == "/sign-in"
    await nurse.sign_in()
    for _ in range(14):
        story.wall.move(minutes=50)
        assert (await nurse.see("/")).path == "/"
    story.wall.move(minutes=25)
    assert (await nurse.see("/")).path == "/sign-in"


async def test_after_signing_in_one_is_where_one_wanted_to_be(nurse: Nurse) -> None:
    await nurse.press(await nurse.see("/"), "/sign-out")
    page = await nurse.see("/strays")
    assert page.path == "/sign-in"
    assert (await nurse.press(page, "/sign-in", email=nurse.email, password=PASSWORD)).path == "/strays"


@pytest.mark.parametrize("path", POSTS)
async def test_a_form_that_is_not_of_our_own_page_changes_nothing(story: Story, nurse: Nurse, path: str) -> None:
    token = (await nurse.see("/")).forms("/sign-out")[0].fields["csrf"]
    lead = await hire(story.services, story.origin, "Lea", "lead")
    other = (await lead.see("/")).forms("/sign-out")[0].fields["csrf"]
    assert (await lead.send(path, {})).status == 403
    assert (await lead.send(path, {"csrf": token})).status == 403
    cross = {"Sec-Fetch-Site": "cross-site"}
    assert (await lead.send(path, {"csrf": other}, **cross)).status == 403
    assert (await lead.send(path, {"csrf": other}, Origin="https://evil.example")).status == 403
    await lead.close()


async def test_a_stranger_cannot_sign_somebody_else_in_from_another_page(nurse: Nurse, stranger: Nurse) -> None:
    fields = {"email": nurse.email, "password": PASSWORD}
    assert (await stranger.send("/sign-in", fields, **{"Sec-Fetch-Site": "cross-site"})).status == 403


async def test_a_field_sent_twice_is_refused(story: Story, nurse: Nurse) -> None:
    token = (await nurse.see("/")).forms("/sign-out")[0].fields["csrf"]
    twice = [("csrf", token), ("words", "a"), ("words", "b")]
    async with nurse.web.post(story.origin + "/search", data=twice) as answer:
        assert answer.status == 400


@pytest.mark.parametrize("path", POSTS)
async def test_nobody_does_anything_without_signing_in(stranger: Nurse, path: str) -> None:
    assert (await stranger.send(path, {})).path == "/sign-in"


@pytest.mark.parametrize(("path", "role"), [("/flags/f1/acts", "viewer"), ("/episodes/e1/plan", "reviewer")])
async def test_a_role_may_not_do_what_is_above_it(story: Story, path: str, role: str) -> None:
    somebody = await hire(story.services, story.origin, "Vi", role)
    token = (await somebody.see("/")).forms("/sign-out")[0].fields["csrf"]
    assert (await somebody.send(path, {"csrf": token, "act": "stop"})).status == 403
    await somebody.close()


async def test_a_viewer_sees_and_is_offered_nothing_to_press(story: Story) -> None:
    await story.book(phone=None)
    viewer = await hire(story.services, story.origin, "Vi", "viewer")
    page = await viewer.see("/")
    assert "Ada Byrne" in page.words
    assert page.forms("/flags/") == []
    page = await viewer.see(f"/episodes/{await _only_episode(story)}")
    assert page.forms("/flags/") == page.forms("/episodes/") == []
    await viewer.close()


async def test_an_account_of_another_clinic_sees_nothing_of_this_one(story: Story) -> None:
    await story.book(phone=None)
    other = await hire(story.services, story.origin, "Ola", "lead", "other")
    assert "Ada Byrne" not in (await other.see("/")).words
    assert (await other.see(f"/episodes/{await _only_episode(story)}")).status == 404
    page = await other.press(await other.see("/"), "/search", words="Byrne")
    assert "Nobody found" in page.words
    await other.close()


async def _only_episode(story: Story) -> str:
    from followup.store import worklist

    async with story.services.store.reading() as tx:
        rows, _ = await worklist.find_episodes(tx, clinics=None, booking="B-1")
    return rows[0].episode_id


async def test_a_disabled_account_is_out_at_once(story: Story, nurse: Nurse) -> None:
    from followup.store import staff

    async with story.services.store.transaction() as tx:
        account = await staff.account(tx, nurse.email)
        assert account is not None
        await staff.disable(tx, account.id, story.services.wall())
    assert (await nurse.see("/")).path == "/sign-in"
    assert (await nurse.sign_in()).status == 401


async def test_every_page_says_to_browsers_what_they_must_not_do(nurse: Nurse) -> None:
    for path in ("/", "/strays", "/sign-in", "/nothing/here", "/episodes/none"):
        headers = (await nurse.see(path)).headers
        assert headers["Content-Security-Policy"].startswith("default-src 'none'; script-src 'self'; style-src 'self'")
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert headers["Cache-Control"] == "no-store"
        assert "Strict-Transport-Security" not in headers


async def test_over_https_the_cookie_is_for_this_host_alone(story: Story) -> None:
    services = replace(story.services, public_url="https://desk.glow.example")
    link = urlsplit(await invite(services, "nia@glow.example", "Nia", "reviewer", "")).path
    async with TestServer(make_app(services, TOP / "templates")) as server:
        browser = new_browser(f"http://127.0.0.1:{server.port}")
        fields = {"password": PASSWORD, "again": PASSWORD}
        async with browser.web.post(browser.origin + link, data=fields, allow_redirects=False) as answer:
            cookies = answer.headers.getall("Set-Cookie")
            assert answer.headers["Strict-Transport-Security"].startswith("max-age=")
        await browser.close()
    assert len(cookies) == 2
    for cookie in cookies:
        assert cookie.startswith("__Host-followup")
        assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= {part.strip() for part in cookie.split(";")}
        assert "Domain" not in cookie


async def test_a_page_that_fails_says_so_in_plain_words(nurse: Nurse) -> None:
    assert "There is nothing here" in (await nurse.see("/nowhere")).words
    assert (await nurse.send("/strays", {})).status == 405


async def test_a_database_that_does_not_answer_is_said_so_and_is_a_503(tmp_path: Path, nurse: Nurse) -> None:
    with closing(sqlite3.connect(tmp_path / "story.db")) as database:
        database.execute("ALTER TABLE sessions RENAME TO elsewhere")
    page = await nurse.see("/")
    assert page.status == 503
    assert "nothing is lost" in page.words
    assert page.headers["Retry-After"]


async def test_static_files_are_kept_for_ever_and_only_under_their_present_name(nurse: Nurse) -> None:
    page = await nurse.see("/")
    path = page.html.partition('rel="stylesheet" href="')[2].partition('"')[0]
    seen = await nurse.see(path)
    assert seen.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert seen.headers["Content-Type"] == "text/css; charset=utf-8"
    assert (await nurse.see(path.replace("desk.css", "../pages.py"))).status == 404
    assert (await nurse.see("/static/000000000000/desk.css")).status == 404


async def test_shortcuts_can_be_switched_off(nurse: Nurse) -> None:
    page = await nurse.see("/")
    assert "data-shortcuts" in page.html
    page = await nurse.press(page, "/shortcuts", are="off")
    assert "data-shortcuts" not in page.html


def test_every_page_is_behind_the_door_or_said_to_be_before_it() -> None:
    from followup.web.pages import PAGES
    from followup.web.staff_only import Everybody, StaffOnly

    assert {type(page) for _, _, page in PAGES} == {StaffOnly, Everybody}
    open_to_all = {path for _, path, page in PAGES if isinstance(page, Everybody)}
    assert all(path.startswith(("/sign-in", "/welcome/")) for path in open_to_all)
    assert not [path for method, path, _ in PAGES if method == "GET" and path.endswith(("acts", "close", "plan"))]
