"""What staff see of patients' pictures: in a row, large, and why one is not to be seen; and who may look."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from aiohttp import web

from followup.flows.fetch_pictures import fetch_pictures
from followup.sms.simulator.account import MediaFile
from followup.store import journal, pictures
from followup.web import make_app
from kit.desk import Nurse, hire, new_browser
from kit.photographs import a_photograph, looked_at
from kit.sources import TOP
from kit.story import Story, open_story

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from followup.domain.picture import Picture


@pytest.fixture
async def story(tmp_path: Path) -> AsyncIterator[Story]:
    """A patient who sent a picture a day after the treatment, and another two days later."""
    async with open_story(tmp_path) as opened:
        await opened.book()
        await opened.hours(25)
        await opened.reply("", files=[MediaFile(a_photograph())])
        await opened.hours(48)
        await opened.reply("2 0 <b>look</b>", files=[MediaFile(a_photograph("PNG"), "image/png")])
        await fetch_pictures(opened.services)
        yield opened


@pytest.fixture
async def nurse(story: Story) -> AsyncIterator[Nurse]:
    hired = await hire(story.services, story.origin, role="viewer", clinic="glow")
    yield hired
    await hired.close()


async def path_of(story: Story) -> str:
    return f"/episodes/{(await story.episode()).id}"


async def kept(story: Story) -> list[Picture]:
    async with story.services.store.reading() as tx:
        return await pictures.of_episode(tx, "glow", (await story.episode()).id)


async def looks(story: Story) -> list[tuple[str, str]]:
    """Who looked at which picture, by the journal."""
    async with story.services.store.reading() as tx:
        lines = await journal.lines_of(tx, "glow", [(await story.episode()).id])
    return [(line.who, line.body["picture"]) for line in lines if line.event == "PictureSeen"]


async def look(nurse: Nurse, path: str) -> bytes:
    async with nurse.web.get(nurse.origin + path) as answer:
        assert (answer.status, answer.content_type) == (200, "image/jpeg")
        return await answer.read()


async def test_pictures_stand_in_their_order_each_with_its_time_and_words(story: Story, nurse: Nurse) -> None:
    page = await nurse.see(await path_of(story))
    first, second = await kept(story)
    places = [page.html.index(f'src="/pictures/{one.id}/small"') for one in (first, second)]
    assert places == sorted(places)
    assert 'alt="Picture 1 of 2 from the patient, 25 h after treatment; opens large in a new page"' in page.html
    assert f'<a href="/pictures/{first.id}" target="_blank" rel="noopener">' in page.html
    assert "<b>look</b>" not in page.html
    assert page.html.count(f'href="#picture-{first.id}"') == 1  # from its text in the timeline


async def test_a_picture_is_given_to_the_clinics_staff_and_the_journal_says_who_looked(
    story: Story, nurse: Nurse
) -> None:
    first, second = await kept(story)
    for path, longest in ((f"/pictures/{first.id}", 800), (f"/pictures/{first.id}/small", 480)):
        async with nurse.web.get(nurse.origin + path) as answer:
            assert (answer.status, answer.content_type) == (200, "image/jpeg")
            assert answer.headers["Cache-Control"] == "no-store"
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert "sandbox" in answer.headers["Content-Security-Policy"]
            assert max(looked_at(await answer.read()).size) == longest
    assert await looks(story) == [(nurse.email, first.id)]
    story.wall.now += timedelta(minutes=6)
    for one in (second, first, first):
        await look(nurse, f"/pictures/{one.id}/small")
    assert await looks(story) == [(nurse.email, one.id) for one in (first, second, first)]


async def test_nobody_else_sees_a_picture_or_learns_that_there_is_one(story: Story) -> None:
    [first, _] = await kept(story)
    stranger = new_browser(story.origin)
    other = await hire(story.services, story.origin, "Olga", "admin", "sun")
    for path in (f"/pictures/{first.id}", f"/pictures/{first.id}/small"):
        assert (await stranger.see(path)).path == "/sign-in"
        assert (await other.see(path)).status == 404
    assert (await other.see("/pictures/ffffffffffffffffffffffffffffffff")).status == 404
    assert await looks(story) == []
    await stranger.close()
    await other.close()


async def test_what_is_not_to_be_seen_says_why(story: Story, nurse: Nurse) -> None:
    await story.reply("", files=[MediaFile(b"\0\0\0\x18ftyp3gp4", "video/3gpp")])
    waits = (await nurse.see(await path_of(story))).words
    assert "Not here yet." in waits
    await fetch_pictures(story.services)
    page = await nurse.see(await path_of(story))
    assert "It cannot be shown: it is a video, no picture." in page.words
    assert "The carrier still has it" in page.words
    assert page.html.count("<img ") == 2
    refused = (await kept(story))[2]
    assert (await nurse.see(f"/pictures/{refused.id}")).status == 404


async def test_with_another_secret_key_staff_see_that_it_cannot_be_opened(story: Story, nurse: Nurse) -> None:
    services = replace(story.services, secret_key="another key that is as long as it needs to be")
    runner = web.AppRunner(make_app(services, TOP / "templates"), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    later = await hire(services, f"http://127.0.0.1:{runner.addresses[0][1]}", "Lea", "viewer", "glow")
    page = await later.see(await path_of(story))
    assert page.words.count("sealed with another secret key") >= 2
    assert "<img " not in page.html
    [first, _] = await kept(story)
    answer = await later.see(f"/pictures/{first.id}")
    assert (answer.status, "sealed with another secret key" in answer.words) == (410, True)
    await later.close()
    await runner.cleanup()
    assert nurse.email


async def test_a_lead_reads_in_the_journal_who_looked_at_a_picture(story: Story, nurse: Nurse) -> None:
    [first, _] = await kept(story)
    await look(nurse, f"/pictures/{first.id}/small")
    lead = await hire(story.services, story.origin, "Lena", "lead", "glow")
    assert "Looked at a picture from the patient" in (await lead.see("/journal")).words
    await lead.close()


async def test_a_picture_from_an_unknown_number_can_be_looked_at_and_meets_nobody_unasked(story: Story) -> None:
    files = [MediaFile(a_photograph()), MediaFile(b"BEGIN:VCARD", "text/vcard")]
    await story.simulator.type_reply("+447700900555", "", files=files, to=story.simulator.number)
    await story.settle()
    await fetch_pictures(story.services)
    reviewer = await hire(story.services, story.origin, "Rita", "reviewer", "glow")
    for path in ("/", "/strays"):
        page = await reviewer.see(path)
        assert "<img " not in page.html
        assert "It cannot be shown: it is a contact card, no picture." in page.words
        [address] = re.findall(r"/pictures/[0-9a-f]{32}", page.html)
    assert max(looked_at(await look(reviewer, address)).size) == 800
    await reviewer.close()
