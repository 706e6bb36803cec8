"""Staff are told off-screen until somebody deals with a flag: through Apprise, to a real local server."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from followup.domain.inputs import Act, Outcome, ReviewAct
from followup.domain.notifying import LEASE
from followup.flows.notify_staff import notify_staff
from followup.flows.review_flag import review_flag
from followup.flows.say_alive import say_alive
from followup.notify import Failed, Nobody, Told
from followup.notify.by_apprise import AppriseNotifier, is_address
from followup.store import worklist
from followup.store.worklist import FlagRow
from followup.worker import note_alive
from kit.native_events import PHONE
from kit.pager import Pager, open_pager, telling
from kit.story import Story, open_story

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from pathlib import Path

    from followup.flows.services import Services

FRIGHTENED = "1 0 and I can't breathe"
MINUTES = timedelta(minutes=1)
FIRST, SECOND = "Glow Clinic: now, alarm sign", "Glow Clinic: now, alarm sign, again (2nd)"


@pytest.fixture
async def pager() -> AsyncIterator[Pager]:
    async with open_pager() as opened:
        yield opened


@pytest.fixture
async def story(tmp_path: Path, pager: Pager) -> AsyncIterator[Story]:
    """A patient who was asked a day after the treatment, at a clinic that has a nurse told and then a lead."""
    async with open_story(tmp_path) as opened:
        rules = pager.rule(0 * MINUTES, "nurse"), pager.rule(10 * MINUTES, "lead")
        opened.services = telling(opened.services, *rules, pager.rule(0 * MINUTES, "chat", urgency="today"))
        await opened.book()
        await opened.hours(24)
        yield opened


async def later(story: Story, minutes: float) -> None:
    """Time passes, and staff are told what is due by then."""
    await story.minutes(minutes)
    await notify_staff(story.services)


async def act(story: Story, what: Act, outcome: Outcome | None = None) -> None:
    [flag] = await story.flag_values()
    done = ReviewAct(flag.id, what, "nia@glow.example", flag.version, outcome)
    assert isinstance(await review_flag(story.services, flag.id, done, None), FlagRow)


async def test_an_alarm_sign_goes_to_the_nurse_at_once_and_to_the_lead_on_the_minute(
    story: Story, pager: Pager
) -> None:
    await story.reply(FRIGHTENED)
    await notify_staff(story.services)
    assert pager.titles == [("nurse", FIRST)]
    await later(story, 9.9)
    assert pager.titles == [("nurse", FIRST)]
    await later(story, 0.1)
    assert pager.titles == [("nurse", FIRST), ("lead", SECOND)]
    assert await notify_staff(story.services) == 0


@pytest.mark.parametrize("what", [Act.CLAIM, Act.ACKNOWLEDGE, Act.CLOSE])
async def test_it_is_quiet_as_soon_as_somebody_deals_with_it(story: Story, pager: Pager, what: Act) -> None:
    await story.reply(FRIGHTENED)
    await notify_staff(story.services)
    await act(story, what, outcome=Outcome.REFERRED if what is Act.CLOSE else None)
    for _ in range(6):
        await later(story, 15)
    assert pager.titles == [("nurse", FIRST)]


async def test_a_flag_that_was_closed_before_its_minute_is_never_told(story: Story, pager: Pager) -> None:
    await story.reply(FRIGHTENED)
    await act(story, Act.CLOSE, outcome=Outcome.MISTAKEN)
    await later(story, 60)
    assert pager.heard == []


async def test_what_is_told_holds_nothing_of_the_patient_but_an_id_in_a_link(story: Story, pager: Pager) -> None:
    await story.reply(FRIGHTENED)
    await notify_staff(story.services)
    episode, [flag] = await story.episode(), await story.flag_values()
    [(_, title, body)] = pager.heard
    assert body == f"A flag waits for you: {story.origin}/episodes/{episode.id}#flag-{flag.id}"
    for secret in ("Ada", "Byrne", PHONE, "breathe", episode.booking_id, episode.patient_id):
        assert secret not in title + body


async def test_a_contact_that_is_down_holds_up_nobody_and_is_told_when_it_is_back(story: Story, pager: Pager) -> None:
    pager.down.add("nurse")
    await story.reply(FRIGHTENED)
    assert await notify_staff(story.services) == 1
    await later(story, 10)
    assert pager.titles == [("lead", SECOND)]
    pager.down.clear()
    await later(story, 5)
    assert pager.titles == [("lead", SECOND), ("nurse", FIRST)]


async def test_a_flag_for_today_waits_for_opening_hours(story: Story, pager: Pager) -> None:
    await story.hours(14)  # it is midnight
    await story.reply("please call me back")
    await notify_staff(story.services)
    await later(story, 8.9 * 60)
    assert pager.heard == []
    await later(story, 10)
    assert pager.titles == [("chat", "Glow Clinic: today, asked for contact")]


class Cut:
    """A notifier whose process dies: before the call, or after it."""

    def __init__(self, *, tells: bool) -> None:
        self._inner = AppriseNotifier() if tells else Nobody()

    async def tell(self, urls: Sequence[str], title: str, body: str) -> Told | Failed:
        await self._inner.tell(urls, title, body)
        raise asyncio.CancelledError


@pytest.mark.parametrize("tells", [False, True])
async def test_a_crash_between_commit_and_call_loses_nothing_and_at_worst_repeats(
    story: Story, pager: Pager, *, tells: bool
) -> None:
    await story.reply(FRIGHTENED)
    dying: Services = replace(story.services, notifier=Cut(tells=tells))
    with pytest.raises(asyncio.CancelledError):
        await notify_staff(dying)
    assert len(pager.heard) == tells
    assert await notify_staff(story.services) == 0  # the lease of whoever died
    story.wall.now += LEASE
    assert await notify_staff(story.services) == 1
    assert pager.titles == [("nurse", FIRST)] * (1 + tells)


async def test_a_contact_that_the_clinic_took_out_of_its_file_is_not_told(story: Story, pager: Pager) -> None:
    pager.down.add("nurse")
    await story.reply(FRIGHTENED)
    await notify_staff(story.services)
    pager.down.clear()
    story.services = telling(story.services, pager.rule(0 * MINUTES, "lead"))
    await later(story, 1)
    assert pager.titles == [("lead", SECOND)]


async def test_the_journal_says_that_staff_were_told(story: Story) -> None:
    await story.reply(FRIGHTENED)
    await notify_staff(story.services)
    async with story.services.store.reading() as tx:
        page = await worklist.episode_page(tx, (await story.episode()).id, None)
    assert page is not None
    assert [line.body["number"] for line in page.journal if line.event == "StaffNotified"] == [1]


async def test_an_address_nobody_can_read_is_said_to_be_none_without_naming_it() -> None:
    outcome = await AppriseNotifier().tell(("carrier-pigeon://secret",), "t", "b")
    assert outcome == Failed("an address that Apprise cannot read", is_final=True)
    assert is_address("mailto://user:password@example.org")
    assert not is_address("carrier-pigeon://secret")


async def test_the_dead_mans_switch_is_called_while_everything_is_in_order_and_only_then(story: Story) -> None:
    calls: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        calls.append(request.path)
        return web.Response()

    app = web.Application()
    app.router.add_get("/ping/me", answer)
    async with TestServer(app) as server:
        services = replace(story.services, ping_url=str(server.make_url("/ping/me")))
        assert not await say_alive(services)  # no worker has run yet
        await note_alive(services)
        assert await say_alive(services)
        assert not await say_alive(replace(services, ping_url=str(server.make_url("/nowhere"))))
        assert not await say_alive(story.services)  # nobody to call
        story.wall.now += timedelta(minutes=2)
        assert not await say_alive(services)
    assert calls == ["/ping/me"]


@pytest.mark.postgres
async def test_several_workers_tell_each_contact_once(tmp_path: Path, pager: Pager, postgres_url: str) -> None:
    async with open_story(tmp_path, url=postgres_url) as story:
        story.services = telling(story.services, pager.rule(0 * MINUTES, "nurse", "lead"))
        for number in range(5):
            await story.book(booking=f"B-{number}", patient=f"P-{number}", phone=f"+44770090000{number}")
        await story.hours(24)
        for number in range(5):
            await story.reply(FRIGHTENED, f"+44770090000{number}")
        await asyncio.gather(*(notify_staff(story.services) for _ in range(3)))
        await notify_staff(story.services)
        assert sorted(pager.titles) == sorted([("nurse", FIRST), ("lead", FIRST)] * 5)
        assert len(set(pager.heard)) == 10
