"""Staff with passkeys: added by their owner, good as both factors, for this site alone, gone when they are removed."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp.test_utils import TestServer

from followup.flows.accounts import disable_account, reset_account
from followup.flows.ceremonies import site_of
from followup.store import factors, journal, passkeys, staff
from followup.store.house_tables import journal as lines
from followup.store.passkey_tables import passkey_challenges
from followup.web import make_app
from kit.authenticator import Authenticator, Held
from kit.desk import Form, Nurse, hire, new_browser
from kit.sources import TOP
from kit.story import Story, open_story

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from followup.flows.services import Services
    from followup.store.staff import Account
    from kit.desk import Seen

SITE = "http://localhost:8080"


@dataclass
class Desk:
    """A desk that browsers would make passkeys for, a nurse signed in at it, and her security key."""

    story: Story
    services: Services
    origin: str
    nurse: Nurse
    key: Authenticator = field(default_factory=lambda: Authenticator(SITE))

    def browser(self) -> Nurse:
        """Another browser of hers, in which nobody is signed in."""
        opened = new_browser(self.origin)
        opened.email = self.nurse.email
        return opened

    async def account(self) -> Account:
        """Hers."""
        async with self.services.store.reading() as tx:
            found = await staff.account(tx, self.nurse.email)
        assert found is not None
        return found

    async def events(self) -> list[tuple[str, str, str]]:
        """What the journal says of passkeys: the event, who, and the passkey's name."""
        async with self.services.store.reading() as tx:
            found = await tx.rows(lines.select().where(lines.c.event.like("Passkey%")).order_by(lines.c.seq))
        return [(row.event, row.who, journal.read_body(row.body)["name"]) for row in found]


@pytest.fixture
async def story(tmp_path: Path) -> AsyncIterator[Story]:
    async with open_story(tmp_path) as opened:
        yield opened


@asynccontextmanager
async def opened_desk(story: Story, **changed: Any) -> AsyncIterator[Desk]:
    services = replace(story.services, public_url=SITE, **changed)
    async with TestServer(make_app(services, TOP / "templates")) as server:
        origin = str(server.make_url("")).rstrip("/")
        nurse = await hire(services, origin)
        yield Desk(story, services, origin, nurse)
        await nurse.close()


@pytest.fixture
async def desk(story: Story) -> AsyncIterator[Desk]:
    async with opened_desk(story) as opened:
        yield opened


@pytest.fixture
async def elsewhere(desk: Desk) -> AsyncIterator[Nurse]:
    browser = desk.browser()
    yield browser
    await browser.close()


async def asked(nurse: Nurse, page: Seen, action: str, **fields: str) -> tuple[int, dict[str, Any]]:
    """What the page's script gets to ask the authenticator by."""
    answer = await nurse.send(f"{action}/options", {**form_of(page, action).fields, **fields})
    return answer.status, json.loads(answer.html)


def form_of(page: Seen, action: str) -> Form:
    """The form that leads exactly there: others lead further."""
    return next(form for form in page.forms(action) if form.action == action)


async def give_made(nurse: Nurse, page: Seen, answer: str, name: str = "") -> Seen:
    """What the authenticator made, sent with the account page's form."""
    fields = form_of(page, "/account/passkeys").fields
    return await nurse.send("/account/passkeys", {**fields, "answer": answer, "name": name})


async def add(desk: Desk, nurse: Nurse | None = None, name: str = "Laptop", origin: str = "", **fields: str) -> Seen:
    nurse = nurse or desk.nurse
    page = await nurse.see("/account")
    status, options = await asked(nurse, page, "/account/passkeys", **fields)
    assert status == 200, options
    return await give_made(nurse, page, desk.key.make(options, origin), name)


async def show(desk: Desk, browser: Nurse, key: Authenticator | None = None, origin: str = "") -> Seen:
    """Presses the button on the sign-in page."""
    page = await browser.see("/sign-in")
    status, options = await asked(browser, page, "/sign-in/passkey")
    assert status == 200, options
    return await browser.press(page, "/sign-in/passkey", answer=(key or desk.key).show(options, origin))


async def show_in_new(desk: Desk, key: Authenticator | None = None) -> Seen:
    """In a browser that has never seen her."""
    browser = desk.browser()
    seen = await show(desk, browser, key)
    await browser.close()
    return seen


async def test_a_passkey_alone_lets_its_owner_in(desk: Desk, elsewhere: Nurse) -> None:
    page = await add(desk)
    assert (page.status, page.path) == (200, "/account")
    assert "Laptop added just now, not used yet" in page.words
    assert (await show(desk, elsewhere)).path == "/"
    assert "Nia Nurse" in (await elsewhere.see("/")).words
    assert "last used just now" in (await elsewhere.see("/account")).words


async def test_it_counts_as_both_factors_where_an_account_has_a_code_too(desk: Desk, elsewhere: Nurse) -> None:
    await add(desk)
    async with desk.services.store.transaction() as tx:
        account = await desk.account()
        await factors.offer(tx, account.id, "sealed")
        await factors.confirm(tx, account.id, desk.services.wall(), 1, [])
    assert "Your second factor" in (await elsewhere.sign_in()).words
    assert (await show(desk, elsewhere)).path == "/"


async def test_several_are_kept_apart_and_one_that_is_removed_opens_nothing(desk: Desk, elsewhere: Nurse) -> None:
    await add(desk, name="  Work   laptop ")
    desk.story.wall.move(minutes=1)
    page = await add(desk, name="")
    assert "Work laptop" in page.words
    assert desk.key.held[0].handle == desk.key.held[1].handle
    assert len(page.forms("/account/passkeys/*/remove")) == 2
    assert (await show(desk, elsewhere)).path == "/"
    page = await desk.nurse.press(page, "/account/passkeys/*/remove")
    assert "Work laptop" not in page.words
    assert (await elsewhere.see("/")).path == "/"
    await desk.nurse.press(page, "/account/passkeys/*/remove")
    assert (await elsewhere.see("/")).path == "/sign-in"
    refused = await show(desk, elsewhere)
    assert (refused.status, "opens nothing here" in refused.words) == (401, True)
    assert (await desk.nurse.see("/")).path == "/"
    removed = ("PasskeyRemoved", desk.nurse.email)
    assert (await desk.events())[2:] == [(*removed, "Work laptop"), (*removed, "Passkey")]


async def test_nobody_removes_somebody_elses(desk: Desk, elsewhere: Nurse) -> None:
    page = await add(desk)
    [form] = page.forms("/account/passkeys/*/remove")
    other = await hire(desk.services, desk.origin, "Cal")
    own = form_of(await other.see("/account"), "/account/passkeys").fields["csrf"]
    assert (await other.send(form.action, {"csrf": own})).status == 404
    assert (await show(desk, elsewhere)).path == "/"
    await other.close()


async def test_a_challenge_is_answered_once_and_not_for_long(desk: Desk, elsewhere: Nurse) -> None:
    await add(desk)
    page = await elsewhere.see("/sign-in")
    _, options = await asked(elsewhere, page, "/sign-in/passkey")
    answer = desk.key.show(options)
    assert (await elsewhere.press(page, "/sign-in/passkey", answer=answer)).path == "/"
    assert (await elsewhere.press(page, "/sign-in/passkey", answer=answer)).status == 401
    assert (await elsewhere.press(page, "/sign-in/passkey", answer=desk.key.show(options))).status == 401
    _, options = await asked(elsewhere, page, "/sign-in/passkey")
    desk.story.wall.move(minutes=6)
    assert (await elsewhere.press(page, "/sign-in/passkey", answer=desk.key.show(options))).status == 401


async def test_a_challenge_that_we_did_not_make_is_none(desk: Desk, elsewhere: Nurse) -> None:
    await add(desk)
    page = await elsewhere.see("/sign-in")
    answer = desk.key.show({"rpId": "localhost", "challenge": "A" * 43})
    assert (await elsewhere.press(page, "/sign-in/passkey", answer=answer)).status == 401
    account_page = await desk.nurse.see("/account")
    _, to_make = await asked(desk.nurse, account_page, "/account/passkeys")
    answer = desk.key.show({"rpId": "localhost", "challenge": to_make["challenge"]})
    assert (await elsewhere.press(page, "/sign-in/passkey", answer=answer)).status == 401


@pytest.mark.parametrize("origin", ["http://localhost:8081", "https://localhost:8080", "http://evil.example"])
async def test_another_site_cannot_use_what_it_was_shown(desk: Desk, elsewhere: Nurse, origin: str) -> None:
    await add(desk)
    assert (await show(desk, elsewhere, origin=origin)).status == 401
    assert (await add(desk, name="Planted", origin=origin)).status == 422
    assert "Planted" not in (await desk.nurse.see("/account")).words


async def test_whoever_did_not_prove_to_be_there_is_not_let_in(desk: Desk, elsewhere: Nurse) -> None:
    await add(desk)
    desk.key.is_verifying = False
    assert (await show(desk, elsewhere)).status == 401
    assert (await add(desk)).status == 422


async def test_a_signature_of_another_key_is_none(desk: Desk) -> None:
    await add(desk)
    forged = replace(desk.key.held[0], key=Held("localhost", "").key)
    assert (await show_in_new(desk, Authenticator(SITE, held=[forged]))).status == 401
    assert (await show_in_new(desk)).path == "/"


async def test_a_passkey_that_says_it_is_somebody_elses_is_none(desk: Desk) -> None:
    await add(desk)
    renamed = replace(desk.key.held[0], handle="AAAA")
    assert (await show_in_new(desk, Authenticator(SITE, held=[renamed]))).status == 401


async def test_an_unknown_passkey_opens_nothing(desk: Desk, elsewhere: Nurse) -> None:
    stranger = Authenticator(SITE)
    stranger.make({"rp": {"id": "localhost"}, "user": {"id": "AAAA"}, "challenge": "AAAA"})
    assert (await show(desk, elsewhere, stranger)).status == 401


@pytest.mark.parametrize(
    "answer", ["", "{}", "[]", "7", "{" * 900, '{"id": "a", "response": {"clientDataJSON": "bm90IGpzb24"}}', "\u0000"]
)
async def test_nonsense_is_refused_in_words(desk: Desk, elsewhere: Nurse, answer: str) -> None:
    page = await elsewhere.see("/sign-in")
    assert (await elsewhere.press(page, "/sign-in/passkey", answer=answer)).status == 401
    page = await desk.nurse.see("/account")
    assert (await give_made(desk.nurse, page, answer)).status == 422


async def test_a_passkey_whose_count_goes_back_is_good_no_longer(desk: Desk) -> None:
    await add(desk)
    clone = replace(desk.key.held[0])
    assert (await show_in_new(desk)).path == "/"
    copied = await show_in_new(desk, Authenticator(SITE, held=[clone]))
    assert (copied.status, "may be two of that passkey" in copied.words) == (401, True)
    assert (await show_in_new(desk)).status == 401
    assert "good no longer" in (await desk.nurse.see("/account")).words
    email = desk.nurse.email
    assert await desk.events() == [("PasskeyAdded", email, "Laptop"), ("PasskeyRefused", email, "Laptop")]


async def test_a_passkey_that_counts_nothing_is_good_for_ever(desk: Desk) -> None:
    desk.key.step = 0
    await add(desk)
    assert [(await show_in_new(desk)).path for _ in range(3)] == ["/", "/", "/"]


async def test_a_disabled_account_is_out_and_stays_out(desk: Desk, elsewhere: Nurse) -> None:
    await add(desk)
    await show(desk, elsewhere)
    await disable_account(desk.services, desk.nurse.email)
    assert (await elsewhere.see("/")).path == "/sign-in"
    assert (await show(desk, elsewhere)).status == 401


async def test_a_reset_takes_them_away(desk: Desk, elsewhere: Nurse) -> None:
    await add(desk)
    await reset_account(desk.services, desk.nurse.email)
    assert (await show(desk, elsewhere)).status == 401
    assert (await desk.events())[-1] == ("PasskeyRemoved", "command line", "Laptop")


async def test_answers_are_not_tried_for_ever(desk: Desk, elsewhere: Nurse) -> None:
    await add(desk)
    page = await elsewhere.see("/sign-in")
    _, options = await asked(elsewhere, page, "/sign-in/passkey")
    wrong = desk.key.show(options, "http://evil.example")
    statuses = [(await elsewhere.press(page, "/sign-in/passkey", answer=wrong)).status for _ in range(12)]
    assert statuses.count(401) <= 6
    assert statuses[-1] == 429


async def test_challenges_are_not_asked_for_without_end(desk: Desk, elsewhere: Nurse) -> None:
    page = await elsewhere.see("/sign-in")
    statuses = [(await asked(elsewhere, page, "/sign-in/passkey"))[0] for _ in range(63)]
    assert (statuses[0], statuses[-1]) == (200, 429)
    desk.story.wall.move(minutes=20)
    assert (await asked(elsewhere, page, "/sign-in/passkey"))[0] == 200
    async with desk.services.store.reading() as tx:
        assert len(await tx.rows(passkey_challenges.select())) == 1


async def test_a_browser_left_open_is_not_enough_to_add_one(desk: Desk) -> None:
    desk.story.wall.move(minutes=11)
    page = await desk.nurse.see("/account")
    assert "Your password, once more" in page.words
    for password in ("", "not it"):
        status, said = await asked(desk.nurse, page, "/account/passkeys", password=password)
        assert (status, "password is not right" in said["fault"]) == (422, True)
    assert (await add(desk, password="a few good words")).status == 200


async def test_one_account_cannot_finish_what_another_began(desk: Desk) -> None:
    other = await hire(desk.services, desk.origin, "Cal")
    _, options = await asked(desk.nurse, await desk.nurse.see("/account"), "/account/passkeys")
    page = await other.see("/account")
    refused = await give_made(other, page, desk.key.make(options))
    assert refused.status == 422
    await other.close()


async def test_where_a_second_factor_is_required_a_passkey_is_one_and_a_password_beside_it_is_none(
    story: Story,
) -> None:
    async with opened_desk(story, requires_second_factor=True) as desk:
        assert (await desk.nurse.see("/")).path == "/account"
        await add(desk)
        assert (await desk.nurse.see("/")).path == "/"
        browser = desk.browser()
        refused = await browser.sign_in()
        assert (refused.status, "yours is your passkey" in refused.words) == (401, True)
        assert (await browser.see("/account")).path == "/sign-in"
        assert (await show(desk, browser)).path == "/"
        await browser.close()


@pytest.mark.parametrize(
    ("public_url", "site"),
    [
        ("https://desk.clinic.example", ("desk.clinic.example", "https://desk.clinic.example")),
        ("https://Desk.clinic.example:8443/", ("desk.clinic.example", "https://desk.clinic.example:8443")),
        ("http://localhost:8080", ("localhost", "http://localhost:8080")),
        ("http://desk.clinic.example", None),
        ("https://192.0.2.7", None),
        ("http://127.0.0.1:8080", None),
        ("https://[::1]:8080", None),
    ],
)
def test_passkeys_are_for_https_with_a_name_and_for_localhost(public_url: str, site: tuple[str, str] | None) -> None:
    found = site_of(public_url)
    assert (found and (found.host, found.origin)) == site


async def test_where_browsers_make_none_nothing_offers_one(story: Story) -> None:
    nurse = await hire(story.services, story.origin)
    await nurse.send("/sign-out", form_of(await nurse.see("/"), "/sign-out").fields)
    assert "passkey" not in (await nurse.see("/sign-in")).html
    await nurse.sign_in()
    page = await nurse.see("/account")
    assert page.forms("/account/passkeys") == []
    assert "https and a name" in page.words
    assert (await nurse.send("/sign-in/passkey/options", {})).status == 422
    await nurse.close()


def test_serving_does_not_load_the_library_before_somebody_uses_it() -> None:
    code = "import sys, followup.app, followup.web; print('webauthn' in sys.modules)"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603 - ours
    assert said.stdout.strip() == "False"


async def test_nothing_in_the_database_answers_a_challenge(desk: Desk) -> None:
    await add(desk)
    async with desk.services.store.reading() as tx:
        [kept] = await passkeys.passkeys_of(tx, (await desk.account()).id)
    secret = desk.key.held[0].key.private_numbers().private_value
    assert f"{secret:x}" not in str(kept)
    assert desk.nurse.email not in str(kept)
