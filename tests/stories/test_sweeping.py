"""What was kept long enough goes, and its keys stay: a repeat that comes late is still a repeat."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select
from typer.testing import CliRunner

from followup.__main__ import make_app
from followup.flows.fetch_pictures import fetch_pictures
from followup.flows.replay_bookings import NOT_KEPT, replay_bookings
from followup.flows.sweep_out import RAW_KEPT, sweep_out
from followup.sms.simulator.account import MediaFile
from followup.sms.simulator.webhooks import Poster, reply_form
from followup.store import strays
from followup.store.picture_tables import pictures
from followup.store.tables import inbox, messages
from kit.desk import hire
from kit.hand_clock import MONDAY
from kit.native_events import PHONE, native_event
from kit.photographs import a_photograph
from kit.sources import TOP
from kit.story import SECRET, SOURCE, Story, open_story

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from pathlib import Path

    from followup.sms.simulator.account import Text

DAY = 24
STRANGER = "+447700900077"


@pytest.fixture
async def story(tmp_path: Path) -> AsyncIterator[Story]:
    async with open_story(tmp_path) as opened:
        yield opened


async def raw(story: Story) -> int:
    """How many calls are still there as they came."""
    async with story.services.store.reading() as tx:
        return int(await tx.value(select(func.count()).select_from(inbox).where(func.length(inbox.c.body) > 0)))


async def texts_in(story: Story) -> list[str]:
    async with story.services.store.reading() as tx:
        return [body for (body,) in await tx.rows(select(messages.c.body).where(messages.c.direction == "in"))]


def pass_by(story: Story, days: float) -> None:
    """So much time in which nobody looks at anything."""
    for clock in (story.clock, story.wall):
        clock.move(hours=days * DAY)


async def replied(story: Story) -> Text:
    await story.book()
    await story.hours(24.1)
    text = await story.simulator.type_reply(PHONE, "1 0")
    await story.settle()
    return text


async def test_raw_calls_are_emptied_once_their_time_is_over_and_not_before(story: Story) -> None:
    await replied(story)
    pass_by(story, RAW_KEPT.days - 2)
    await sweep_out(story.services)
    assert await raw(story) >= 3
    pass_by(story, 3)
    await sweep_out(story.services)
    assert await raw(story) == 0
    assert [one.severity for one in (await story.episode()).reports if one.symptom == "redness"] == ["mild"]


async def test_a_text_that_comes_again_after_that_is_still_one_reply(story: Story) -> None:
    text = await replied(story)
    await story.reconcile()
    pass_by(story, RAW_KEPT.days + 1)
    await sweep_out(story.services)
    await story.settle()
    told, reports = len(story.texts()), (await story.episode()).reports
    await repeated(story, text)  # the carrier posts it once more, under its MessageSid
    found = await story.reconcile()  # and lists it, since for so long nobody had asked
    assert (found.asked, found.replies) == (True, 0)
    assert (await texts_in(story), await story.strays()) == (["1 0"], [])
    assert (len(story.texts()), (await story.episode()).reports) == (told, reports)


async def repeated(story: Story, text: Text) -> None:
    carrier, poster = story.simulator, Poster(story.simulator.auth_token)
    await poster.post(carrier.reply_url, reply_form(text, carrier.account_sid, carrier.api_url))
    await poster.close()
    assert [post.status for post in poster.posts] == [204]
    await story.settle()


async def test_a_call_that_comes_again_after_that_is_a_duplicate_and_opens_nothing(story: Story) -> None:
    event = native_event("booking.completed", "B-1", at=story.clock(), ends=story.clock())
    assert await story.post(event, "evt-once") == 202
    await story.settle()
    pass_by(story, RAW_KEPT.days + 1)
    await sweep_out(story.services)
    await story.settle()
    before = await story.episode()
    assert await story.post(event, "evt-once") == 200
    await story.settle()
    assert await story.episodes() == [before]
    assert await raw(story) == 0


async def test_a_replay_says_which_calls_cannot_be_read_again(story: Story) -> None:
    await story.book()
    pass_by(story, RAW_KEPT.days + 1)
    await sweep_out(story.services)
    await story.book(booking="B-2", patient="P-2", phone=STRANGER)
    found = [one async for one in replay_bookings(story.services, SOURCE, MONDAY, is_dry=True)]
    assert [(one.was, one.now) for one in found] == [("applied", NOT_KEPT), ("applied", "stale")]


def test_the_verb_says_so_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asyncio.run(_lived_and_swept(tmp_path))
    told = {"DATABASE_URL": f"sqlite:///{tmp_path}/story.db", "TWILIO_API_URL": "http://127.0.0.1:9"}
    secret = {"FOLLOWUP_SECRET_KEY": "k" * 48, "GLOW_BOOKING_SECRET": SECRET, "TWILIO_AUTH_TOKEN": "t" * 32}
    for name, value in {**told, **secret, "TWILIO_ACCOUNT_SID": "AC1", "FOLLOWUP_CONFIG": str(TOP / "config")}.items():
        monkeypatch.setenv(name, value)
    asked = ["bookings", "replay", "--source", SOURCE, "--days", "9000"]
    said = CliRunner().invoke(make_app(), asked)
    assert (said.exit_code, said.output.splitlines()[0]) == (0, "0 calls read, 0 would change something.")
    assert said.output.splitlines()[1].startswith("1 more came in that time and cannot be read again")
    [one] = json.loads(CliRunner().invoke(make_app(), [*asked, "--json"]).output)
    assert (one["was"], one["now"]) == ("applied", NOT_KEPT)


async def _lived_and_swept(directory: Path) -> None:
    async with open_story(directory) as story:
        await story.book()
        pass_by(story, RAW_KEPT.days + 1)
        await sweep_out(story.services)


async def test_what_waits_and_what_staff_have_before_them_is_kept_however_old(story: Story) -> None:
    await story.book(booking="B-9", service="nonesuch")
    [stray] = await story.strays()
    await story.post(native_event("booking.completed", "B-1", at=story.clock(), ends=story.clock()))
    pass_by(story, 3 * RAW_KEPT.days)
    await sweep_out(story.services)
    assert await raw(story) == 2
    await story.settle()  # what waited is read at last: its time begins now
    nurse = await hire(story.services, story.origin)
    await nurse.press(await nurse.see("/strays"), f"/strays/{stray.id}/close")
    await sweep_out(story.services)
    assert await raw(story) == 1
    await nurse.close()


async def test_a_strangers_words_and_picture_go_long_after_somebody_dealt_with_them(story: Story) -> None:
    await story.reply("who is this?", STRANGER, files=[MediaFile(a_photograph(), "image/jpeg")])
    await fetch_pictures(story.services)
    assert await sealed(story) == 1
    nurse = await hire(story.services, story.origin)
    [stray] = await story.strays()
    await nurse.press(await nurse.see("/strays"), f"/strays/{stray.id}/close")
    await nurse.close()
    pass_by(story, RAW_KEPT.days - 1)
    await sweep_out(story.services)
    assert (await held(story, stray.id), await sealed(story)) == (["who is this?", STRANGER], 1)
    pass_by(story, 2)
    await sweep_out(story.services)
    assert (await held(story, stray.id), await sealed(story)) == (["", None], 0)


async def held(story: Story, stray_id: str) -> Sequence[str | None]:
    async with story.services.store.transaction() as tx:
        stray = await strays.load(tx, stray_id)
    assert stray is not None
    return [stray.body, stray.phone]


async def sealed(story: Story) -> int:
    async with story.services.store.reading() as tx:
        return int(await tx.value(select(func.count()).select_from(pictures).where(pictures.c.sealed.is_not(None))))
