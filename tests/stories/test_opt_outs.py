"""A patient's no to texts: written down by staff, kept with its words, and ended by the patient alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from followup.flows.tokens import add_token
from followup.store import opt_out_ledger
from followup.store.tables import opt_outs
from kit.desk import hire
from kit.native_events import PHONE
from kit.story import Story, open_story

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from kit.desk import Nurse, Seen

SAID = "rang us: no more texts please"
DAYS = 24


@pytest.fixture
async def story(tmp_path: Path) -> AsyncIterator[Story]:
    """A patient who was treated just now."""
    async with open_story(tmp_path) as opened:
        await opened.book()
        yield opened


@pytest.fixture
async def nurse(story: Story) -> AsyncIterator[Nurse]:
    hired = await hire(story.services, story.origin)
    yield hired
    await hired.close()


async def episode_page(story: Story, nurse: Nurse) -> Seen:
    if (await nurse.see("/")).path == "/sign-in":
        await nurse.sign_in()  # a session ends when nobody uses it for a while
    return await nurse.see(f"/episodes/{(await story.episode()).id}")


async def test_staff_write_down_a_no_and_nothing_is_sent_any_more(story: Story, nurse: Nurse) -> None:
    page = await nurse.press(await episode_page(story, nurse), "/episodes/*/opt-out", words=SAID)
    assert SAID in page.words
    assert "written down by Nia Nurse" in page.words
    assert "wants no texts" in page.words
    assert page.forms("/episodes/*/opt-out") == []
    await story.hours(8 * DAYS)
    assert story.texts() == []
    assert "opted_out" in await story.flags()


async def test_what_is_open_stays_open_and_asks_for_a_call(story: Story, nurse: Nurse) -> None:
    await story.hours(24.1)
    await story.reply("3 3")
    before = await story.flags()
    await nurse.press(await episode_page(story, nurse), "/episodes/*/opt-out", words=SAID)
    assert sorted(await story.flags()) == sorted([*before, "opted_out"])


async def test_a_no_holds_for_everybody_with_that_phone_until_the_patients_own_start(
    story: Story, nurse: Nurse
) -> None:
    await story.book(booking="B-2", patient="P-2")
    await nurse.press(await episode_page(story, nurse), "/episodes/*/opt-out", words=SAID)
    await story.hours(30)
    assert story.texts() == []
    await story.reply("START")
    await story.hours(6 * DAYS)
    assert story.texts() != []
    await episode_page(story, nurse)
    pages = [await nurse.see(f"/episodes/{one.id}") for one in await story.episodes()]
    assert any("texts again, by START" in page.words for page in pages)


async def test_nobody_else_ends_a_no_neither_the_booking_system_nor_a_new_session_nor_a_yes(story: Story) -> None:
    await story.hours(24.1)
    await story.reply("STOP")
    told = len(story.texts())
    await story.book("consent.changed", "", consent="granted")
    await story.book("patient.updated", "", given="Ada")
    await story.reply("YES")
    await story.hours(2 * DAYS)
    await story.book(booking="B-2")
    await story.hours(8 * DAYS)
    assert len(story.texts()) == told
    assert [wish for wish, *_ in await ledger(story)] == ["out"]
    await story.reply("START")
    await story.hours(21 * DAYS)
    assert len(story.texts()) > told
    assert [wish for wish, *_ in await ledger(story)] == ["out", "in"]


async def test_a_no_by_text_is_in_the_ledger_with_its_words_and_sender(story: Story, nurse: Nurse) -> None:
    await story.hours(24.1)
    await story.reply("STOP")
    page = await episode_page(story, nurse)
    assert "no more texts, STOP, by text from " + PHONE in page.words.replace(" ,", ",")


async def ledger(story: Story) -> list[tuple[str, str, str, str]]:
    async with story.services.store.reading() as tx:
        said = await opt_out_ledger.told(tx, "glow", PHONE, "")
    return [(one.wish.value, one.words, one.said_by, one.sender) for one in said]


async def test_every_no_and_yes_there_ever_was_stays_in_the_ledger(story: Story, nurse: Nurse) -> None:
    await story.hours(24.1)
    await story.reply("STOP")
    await story.minutes(1)
    await story.reply("START")
    await nurse.press(await episode_page(story, nurse), "/episodes/*/opt-out", words=SAID)
    ours = story.simulator.number
    assert await ledger(story) == [
        ("out", "STOP", "", ours),
        ("in", "START", "", ours),
        ("out", SAID, "nia@glow.example", ""),
    ]


async def test_a_no_shows_in_every_episode_of_the_phone(story: Story, nurse: Nurse) -> None:
    await story.hours(24.1)
    await story.reply("please stop texting me")
    await story.book(booking="B-2", patient="P-2", given="Ben")
    await episode_page(story, nurse)
    for episode in await story.episodes():
        page = await nurse.see(f"/episodes/{episode.id}")
        assert "stop texting me" in page.words
        assert story.simulator.number in page.words
        assert ("in another episode" in page.words) == (episode.booking_id == "B-2")


async def test_a_no_of_a_phone_that_no_episode_knew_yet_is_in_the_ledger_of_a_later_one(story: Story) -> None:
    other = "+447700900088"
    await story.reply("STOP", other)
    await story.book(booking="B-9", patient="P-9", phone=other)
    async with story.services.store.reading() as tx:
        [said] = await opt_out_ledger.told(tx, "glow", other, "")
    assert (said.words, said.episode_id, said.sender) == ("STOP", "", story.simulator.number)


async def test_a_no_that_only_the_carrier_knew_is_mirrored_with_its_sender(story: Story) -> None:
    story.simulator.reply_url = "http://127.0.0.1:9/nobody-listens"
    await story.reply("STOP")
    await story.hours(24.1)
    assert await ledger(story) == [("out", "the carrier says so", "carrier", story.simulator.number)]
    assert "opted_out" in await story.flags()
    assert story.texts() == []


async def test_a_no_in_the_middle_keeps_the_flag_that_is_open_and_asks_for_a_call(story: Story) -> None:
    await story.hours(24.1)
    await story.reply("3 3")
    before = await story.flags()
    await story.reply("STOP")
    assert sorted(await story.flags()) == sorted([*before, "opted_out"])
    [asks] = [one for one in await story.flag_values() if one.reason == "opted_out"]
    assert asks.urgency == "today"
    await story.minutes(1)
    await story.reply("START")
    assert sorted(await story.flags()) == sorted([*before, "opted_out"])


async def test_a_no_without_words_or_said_twice_is_refused(story: Story, nurse: Nurse) -> None:
    old = await episode_page(story, nurse)
    page = await nurse.press(old, "/episodes/*/opt-out", words="  ")
    assert (page.status, "how the patient put it" in page.words) == (422, True)
    await nurse.press(old, "/episodes/*/opt-out", words=SAID)
    page = await nurse.press(old, "/episodes/*/opt-out", words="again")
    assert (page.status, "wants no texts already" in page.words) == (422, True)
    async with story.services.store.reading() as tx:
        assert await tx.value(select(opt_outs.c.words)) == SAID


async def test_whoever_may_only_look_writes_nothing_down(story: Story) -> None:
    looks = await hire(story.services, story.origin, "Vic", "viewer")
    page = await episode_page(story, looks)
    assert page.forms("/episodes/*/opt-out") == []
    assert "Nothing was said against texts" in page.words
    await looks.close()


async def test_a_program_writes_a_no_down_by_the_api(story: Story) -> None:
    token = await add_token(story.services.store, "crm", "", story.wall())
    url = f"{story.origin}/api/v1/episodes/{(await story.episode()).id}/opt-out"
    bearer = {"Authorization": f"Bearer {token}"}
    async with story.web.post(url, json={"words": SAID}, headers=bearer) as answer:
        assert answer.status == 200
    async with story.web.post(url, json={"words": SAID}, headers=bearer) as answer:
        assert answer.status == 409
    nobody = url.replace((await story.episode()).id, "nobody")
    async with story.web.post(nobody, json={"words": SAID}, headers=bearer) as answer:
        assert answer.status == 404
