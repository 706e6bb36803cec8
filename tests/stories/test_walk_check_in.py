"""From a due check-in to a delivered text, or to staff who know why not."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from followup.flows.send_messages import _claim, send_messages
from followup.flows.wake_episodes import wake_episodes
from followup.sms.simulator import faults
from kit.native_events import PHONE
from kit.own_config import config_with
from kit.story import Story, open_story

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


@pytest.fixture
async def story(tmp_path: Path) -> AsyncIterator[Story]:
    async with open_story(tmp_path) as opened:
        yield opened


async def _state(story: Story) -> tuple[str, int]:
    """State and attempts of the last text to the patient."""
    from followup.store import worklist

    async with story.services.store.reading() as tx:
        page = await worklist.episode_page(tx, (await story.episode()).id, None)
    assert page is not None
    message = page.messages[-1].message
    return message.state.value, message.attempt


async def test_a_question_that_falls_due_at_night_waits_for_the_morning(story: Story) -> None:
    await story.book(ends=datetime(2026, 11, 23, 3, 0, tzinfo=UTC))
    await story.until(datetime(2026, 11, 24, 8, 59, tzinfo=UTC))
    assert story.texts() == []
    await story.until(datetime(2026, 11, 24, 9, 0, tzinfo=UTC))
    assert len(story.texts()) == 1


async def test_the_patients_own_clock_decides_where_it_is_known(story: Story) -> None:
    await story.book(zone="America/New_York")
    await story.hours(28.9)  # 14:54 in London, 9:54 … five hours earlier over there
    assert len(story.texts()) == 1
    await story.book(booking="B-2", patient="P-2", phone="+447700900002", ends=story.clock(), zone="Asia/Tokyo")
    await story.hours(24.1)  # midnight in Tokyo
    assert story.texts("+447700900002") == []


async def test_nobody_answers_is_reminded_once_and_then_news_for_staff(tmp_path: Path) -> None:
    async with open_story(tmp_path, config=config_with(tmp_path, per_day="2", per_week="6")) as story:
        await story.book()
        await story.hours(24 + 2.9)
        assert len(story.texts()) == 1
        await story.hours(0.2)
        assert len(story.texts()) == 2
        assert "no reply yet" in story.texts()[1]
        await story.hours(24)
        assert len(story.texts()) == 2
        assert await story.flags() == ["silent"]
        assert (await story.steps())["day-1"] == "missed"


async def test_after_the_last_question_the_plan_is_finished(story: Story) -> None:
    await story.book()
    for days in (1, 2, 4, 21):
        await story.hours(24 * days)
        await story.hours(1)
        await story.reply("0")
    assert (await story.episode()).state == "finished"
    assert set((await story.steps()).values()) == {"answered"}
    assert await story.flags() == []


@pytest.mark.parametrize(
    ("treated", "asked"),
    [
        # 25 October 2026, a Sunday: texts from 12:00, which is 12:00 UTC again that day.
        (datetime(2026, 10, 24, 10, 30, tzinfo=UTC), datetime(2026, 10, 25, 12, 0, tzinfo=UTC)),
        # 28 March 2027, a Sunday: 12:00 is 11:00 UTC from that night on.
        (datetime(2027, 3, 27, 10, 30, tzinfo=UTC), datetime(2027, 3, 28, 11, 0, tzinfo=UTC)),
        (datetime(2027, 3, 27, 11, 30, tzinfo=UTC), datetime(2027, 3, 28, 11, 30, tzinfo=UTC)),
    ],
)
async def test_sending_hours_are_the_clinics_on_the_days_the_clocks_change(
    tmp_path: Path, treated: datetime, asked: datetime
) -> None:
    async with open_story(tmp_path, start=treated) as story:
        await story.book()
        await story.until(asked - timedelta(minutes=1))
        assert story.texts() == []
        await story.until(asked)
        assert len(story.texts()) == 1


async def test_after_a_stop_of_three_days_what_is_stale_is_shown_and_never_sent_in_a_burst(story: Story) -> None:
    await story.book()
    await story.hours(1)
    story.clock.move(hours=74)
    story.wall.move(hours=74)
    await story.settle()
    assert len(story.texts()) == 1
    assert await story.steps() == {"day-1": "dropped", "day-3": "asked", "day-7": "scheduled", "day-28": "scheduled"}
    assert await story.flags() == ["not_sent"]


async def test_a_carrier_that_is_busy_is_tried_again_when_it_said(story: Story) -> None:
    await story.book()
    story.simulator.faults.next_sends(faults.BUSY)
    await story.hours(24)
    assert await _state(story) == ("queued", 1)
    await story.minutes(1)
    assert await _state(story) == ("delivered", 2)
    assert len(story.texts()) == 1


async def test_a_number_that_cannot_be_texted_is_for_a_call_and_not_silence(story: Story) -> None:
    await story.book()
    story.simulator.faults.next_sends(faults.refused(21211))
    await story.hours(60)
    assert await story.flags() == ["unreachable"]
    assert (await story.steps())["day-1"] == "dropped"


async def test_a_text_that_did_not_arrive_is_sent_once_more_hours_later(story: Story) -> None:
    await story.book()
    story.simulator.faults.next_receipts(faults.undelivered(30003))
    await story.hours(24.1)
    assert len(story.texts()) == 1
    await story.hours(2)
    assert len(story.texts()) == 2
    assert await _state(story) == ("delivered", 2)


async def test_a_number_out_of_service_is_for_a_call(story: Story) -> None:
    await story.book()
    story.simulator.faults.next_receipts(faults.undelivered(30005))
    await story.hours(24.1)
    assert await story.flags() == ["unreachable"]


@pytest.mark.parametrize("receipts", [faults.EARLY, faults.REVERSED, faults.Receipts(times=3), faults.DELIVERED])
async def test_receipts_early_late_and_doubled_only_raise_the_state(story: Story, receipts: faults.Receipts) -> None:
    await story.book()
    story.simulator.faults.next_receipts(receipts)
    await story.hours(24)
    assert await _state(story) == ("delivered", 1)
    assert len(story.texts()) == 1


@pytest.mark.parametrize("fault", [faults.ACCEPTED_500, faults.ACCEPTED_DROPPED, faults.BAD_JSON])
async def test_a_text_whose_answer_was_lost_is_found_and_not_sent_again(story: Story, fault: faults.Fault) -> None:
    await story.book()
    story.simulator.faults.next_sends(fault)
    story.simulator.faults.next_receipts(faults.NONE)
    await story.hours(24)
    assert await _state(story) == ("unknown", 1)
    await story.minutes(4)
    assert await _state(story) == ("accepted", 1)
    assert len(story.texts()) == 1


async def test_a_receipt_tells_of_a_text_whose_answer_was_lost(story: Story) -> None:
    await story.book()
    story.simulator.faults.next_sends(faults.ACCEPTED_DROPPED)
    await story.hours(24)
    assert await _state(story) == ("delivered", 1)


@pytest.mark.parametrize("fault", [faults.REFUSED_500, faults.REFUSED_DROPPED])
async def test_a_text_that_is_not_there_after_two_looks_is_sent_again(story: Story, fault: faults.Fault) -> None:
    await story.book()
    story.simulator.faults.next_sends(fault)
    await story.hours(24)
    await story.minutes(3.5)
    assert story.texts() == []
    await story.minutes(2)
    assert len(story.texts()) == 1
    assert await _state(story) == ("delivered", 2)


async def test_a_text_nobody_ever_finds_is_for_a_person_after_three_rounds(story: Story) -> None:
    await story.book()
    story.simulator.faults.choose = lambda _phone, _body: faults.REFUSED_DROPPED
    await story.hours(25)
    assert await story.flags() == ["not_sent"]
    assert story.simulator.creates == 3


async def test_a_worker_that_dies_between_claim_and_answer_sends_nothing_twice(story: Story) -> None:
    await story.book()
    story.clock.move(hours=24)
    story.wall.move(hours=24)
    await wake_episodes(story.services)
    [claimed] = (await _claim(story.services, 10)).claimed
    await story.services.gateways["simulator"].send(claimed.text)  # … and here the power went
    await story.hours(1)
    assert len(story.texts()) == 1
    assert await _state(story) == ("delivered", 1)


async def test_a_worker_that_dies_before_it_sends_loses_nothing(story: Story) -> None:
    await story.book()
    story.clock.move(hours=24)
    story.wall.move(hours=24)
    await wake_episodes(story.services)
    assert len((await _claim(story.services, 10)).claimed) == 1
    await story.hours(1)
    assert len(story.texts()) == 1
    assert await _state(story) == ("delivered", 2)


async def test_a_plan_cancelled_after_the_claim_was_due_sends_nothing(story: Story) -> None:
    await story.book()
    story.clock.move(hours=24)
    story.wall.move(hours=24)
    await wake_episodes(story.services)
    await story.book("booking.no_show")
    assert story.texts() == []
    assert await _state(story) == ("withdrawn", 0)


async def test_texts_leave_at_the_clinics_pace_and_none_is_lost(story: Story) -> None:
    clinic = story.services.catalogue.clinics["glow"]
    assert clinic.sms.per_second == 1.0
    for number in range(15):
        await story.book(booking=f"B-{number}", patient=f"P-{number}", phone=f"+4477009000{number:02d}")
    story.clock.move(hours=24)
    story.wall.move(hours=24)
    await wake_episodes(story.services)
    assert await send_messages(story.services) == 10
    assert await send_messages(story.services) == 0
    story.wall.move(seconds=3)
    assert await send_messages(story.services) == 3
    story.wall.move(seconds=30)
    assert await send_messages(story.services) == 2
    assert story.simulator.creates == 15


async def test_an_episode_that_cannot_be_decided_stands_in_nobodys_way(story: Story) -> None:
    catalogue = replace(story.services.catalogue, protocol_texts={})  # so that no wording is kept
    story.services = replace(story.services, catalogue=catalogue)
    await story.book()
    await story.book(booking="B-2", patient="P-2", phone="+447700900002", service="lipo")
    without = {name: each for name, each in catalogue.protocols.items() if name != "mesotherapy"}
    story.services = replace(story.services, catalogue=replace(catalogue, protocols=without))
    await story.hours(26)
    assert story.texts(PHONE) == []
    assert len(story.texts("+447700900002")) == 1
    assert await story.flags() == ["not_sent"]


async def test_many_texts_that_are_too_late_are_taken_back_in_one_go(story: Story) -> None:
    for number in range(50):
        await story.book(booking=f"B-{number}", patient=f"P-{number}", phone=f"+4477009000{number:02d}")
    story.clock.move(hours=24)
    story.wall.move(hours=24)
    await wake_episodes(story.services)
    story.clock.move(hours=20)
    assert await send_messages(story.services) == 0
    assert await story.flags() == ["not_sent"] * 50
    assert story.simulator.creates == 0
