"""From a patient's words to staff who know, and an answer that says so."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from followup.flows.reconcile import Reconciled
from kit.native_events import PHONE, native_event
from kit.sources import TOP
from kit.story import Story, open_story

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

OTHER = "+447700900002"


@pytest.fixture
async def story(tmp_path: Path) -> AsyncIterator[Story]:
    async with open_story(tmp_path) as opened:
        yield opened


@pytest.fixture
async def asked(story: Story) -> Story:
    """A patient who was asked a day after the treatment, a minute ago."""
    await story.book()
    await story.hours(24)
    await story.minutes(1)
    assert len(story.texts()) == 1
    return story


async def test_an_answer_in_digits_is_thanked_at_once_and_settles_the_question(asked: Story) -> None:
    await asked.reply("1 0")
    assert len(asked.texts()) == 2
    assert "thank you, saved" in asked.texts()[1]
    episode = await asked.episode()
    assert {report.symptom: report.severity for report in episode.reports} == {"redness": "mild", "swelling": "none"}
    assert (await asked.steps())["day-1"] == "answered"
    assert await asked.flags() == []
    await asked.hours(20)
    assert len(asked.texts()) == 2


async def test_redness_after_its_window_is_flagged_with_the_words_and_the_numbers(asked: Story) -> None:
    await asked.reply("1 0")
    await asked.hours(48)
    await asked.reply("2 0")
    assert "persisting: redness" in await asked.flags()
    flag = next(flag for flag in await asked.flag_values() if flag.reason == "persisting")
    assert flag.evidence.said == "2 0"
    assert flag.evidence.window_hours == 48
    assert flag.evidence.hours_since_treatment == pytest.approx(72.02, abs=0.02)
    assert "will look at this" in asked.texts()[-1]


async def test_an_alarm_sign_at_night_brings_the_safety_text_at_once(asked: Story) -> None:
    await asked.until(datetime(2026, 11, 25, 3, 0, tzinfo=UTC))
    before = len(asked.texts())
    await asked.reply("I can't breathe properly")
    assert "Call 999 now" in asked.texts()[before]
    assert (await asked.flags())[0] == "alarm_sign: breathing_difficulty"
    assert (await asked.flag_values())[0].urgency == "now"


async def test_what_cannot_be_read_is_asked_once_more_and_then_for_a_person(asked: Story) -> None:
    await asked.reply("banana")
    assert any("unclear" in text for text in asked.texts())
    await asked.reply("banana")
    assert await asked.flags() == ["unclear"]
    assert sum("unclear" in text for text in asked.texts()) == 1


async def test_after_stop_nothing_is_sent_and_what_is_written_then_is_for_a_call(asked: Story) -> None:
    await asked.reply("STOP")
    assert await asked.flags() == ["opted_out"]
    await asked.reply("it hurts a lot, severe pain")
    await asked.hours(24 * 8)
    assert len(asked.texts()) == 1
    assert "opted_out" in await asked.flags()
    assert any(flag.evidence.said == "it hurts a lot, severe pain" for flag in await asked.flag_values())


async def test_start_resumes_what_is_still_due_and_yes_does_not(asked: Story) -> None:
    await asked.reply("STOP")
    await asked.hours(1)
    await asked.reply("yes")
    await asked.hours(48)
    assert len(asked.texts()) == 1
    await asked.reply("START")
    await asked.hours(24 * 4)
    assert len(asked.texts()) == 2


async def test_a_wish_for_no_more_texts_in_own_words_counts_like_stop(asked: Story) -> None:
    await asked.reply("please don't text me any more")
    await asked.hours(24 * 8)
    assert len(asked.texts()) == 1
    assert await asked.flags() == ["opted_out"]


async def test_stop_holds_for_every_episode_of_the_phone(asked: Story) -> None:
    await asked.book(booking="B-2")
    await asked.reply("STOP")
    await asked.hours(24 * 8)
    assert len(asked.texts()) == 1


async def test_an_answer_that_comes_after_silence_is_credited_to_its_question(asked: Story) -> None:
    await asked.hours(30)
    assert await asked.flags() == ["silent"]
    await asked.reply("0")
    assert (await asked.steps())["day-1"] == "answered"


async def test_what_is_written_after_the_end_is_read_all_the_same(story: Story) -> None:
    await story.book()
    for days in (1, 2, 4, 21):
        await story.hours(24 * days)
        await story.hours(1)
        await story.reply("0")
    await story.hours(24 * 30)
    await story.reply("there is pus coming out of my cheek")
    assert any(flag.startswith("alarm_sign") for flag in await story.flags())


async def test_an_unknown_number_is_a_stray_and_its_stop_holds(story: Story) -> None:
    await story.reply("STOP", OTHER, to=story.simulator.number)
    [stray] = await story.strays()
    assert (stray.kind, stray.phone, stray.body) == ("reply", OTHER, "STOP")
    await story.book(phone=OTHER)
    await story.hours(30)
    assert story.texts(OTHER) == []


async def test_a_picture_without_words_is_for_a_person(asked: Story) -> None:
    await asked.reply("", media=1)
    assert await asked.flags() == ["unclear"]


async def test_a_text_that_is_posted_three_times_is_read_once(asked: Story) -> None:
    await asked.reply("3 0", deliveries=3)
    assert await asked.flags() == ["severe: redness"]
    assert len(asked.texts()) == 2
    assert (await asked.flag_values())[0].times_raised == 1


async def test_a_reply_that_never_reached_us_is_fetched_with_its_true_time(asked: Story) -> None:
    await asked.reply("3 0", deliveries=0)
    assert await asked.flags() == []
    await asked.minutes(20)
    assert await asked.reconcile() == Reconciled(asked=True, replies=1, resolved=0)
    assert await asked.flags() == ["severe: redness"]
    flag = (await asked.flag_values())[0]
    assert flag.evidence.reported_at == datetime(2026, 11, 24, 10, 1, tzinfo=UTC)
    assert await asked.reconcile() == Reconciled(asked=True, replies=0, resolved=0)


async def test_a_carrier_that_cannot_be_asked_is_said_so(asked: Story) -> None:
    await asked.simulator.stop()
    assert (await asked.reconcile()).asked is False


async def test_two_patients_on_one_phone_are_never_guessed_between(story: Story) -> None:
    await story.book()
    await story.book(booking="B-2", patient="P-2")
    await story.hours(26)
    await story.reply("2 0")
    assert "unclear" in await story.flags()


async def test_somebody_elses_number_holds_the_plan_until_staff_have_the_right_one(asked: Story) -> None:
    await asked.reply("wrong number")
    await asked.hours(24 * 8)
    assert (await asked.episode()).state == "on_hold"
    assert await asked.flags() == ["needs_details"]
    assert len(asked.texts()) == 1


async def test_a_spanish_patient_is_asked_and_read_in_spanish(story: Story) -> None:
    await story.book(language="es")
    await story.hours(24.1)
    assert "rojez" in story.texts()[0]
    await story.reply("un poco roja, sin hinchazón")
    reports = {report.symptom: report.severity for report in (await story.episode()).reports}
    assert reports == {"redness": "mild", "swelling": "none"}


@pytest.mark.parametrize("text", ["", " ", "😀" * 200, "\x00\x07", "0" * 1600, "<script>alert(1)</script>"])
async def test_nothing_a_patient_types_is_lost_or_breaks_anything(asked: Story, text: str) -> None:
    await asked.reply(text)
    episode = await asked.episode()
    is_seen = bool(await asked.flags()) or any(one.clarified_at for one in episode.check_ins) or bool(episode.reports)
    assert is_seen


async def test_a_call_that_the_carrier_did_not_sign_is_refused(asked: Story) -> None:
    url = f"{asked.origin}/hooks/sms/simulator/reply"
    form = {"MessageSid": "SM" + "0" * 32, "From": PHONE, "To": asked.simulator.number, "Body": "3 0"}
    async with asked.web.post(url, data=form, headers={"X-Twilio-Signature": "x"}) as answer:
        assert answer.status == 403
    await asked.settle()
    assert await asked.flags() == []


def _two_clinics(directory: Path) -> Path:
    """Two clinics that text from pools of numbers, so that a reply's own number tells nothing."""
    shutil.copytree(TOP / "config", directory / "config")
    glow = directory / "config" / "clinics" / "glow.toml"
    written = glow.read_text(encoding="utf-8").replace('sender = "+447400123456"', f'sender = "MG{"a" * 32}"')
    glow.write_text(written, encoding="utf-8")
    dawn = written.replace('"glow', '"dawn').replace("Glow", "Dawn").replace("MG" + "a" * 32, "MG" + "b" * 32)
    (glow.parent / "dawn.toml").write_text(dawn, encoding="utf-8")
    return directory / "config"


async def test_a_reply_to_a_pool_of_numbers_goes_to_the_clinic_that_asked(tmp_path: Path) -> None:
    async with open_story(tmp_path, config=_two_clinics(tmp_path)) as story:
        at = story.clock()
        event = native_event("booking.completed", at=at, ends=at)
        await story.post(event)
        await story.hours(1)
        await story.post(native_event("booking.completed", at=at, ends=story.clock()), source="dawn-native")
        await story.hours(25)
        assert [text.split(":")[0] for text in story.texts()] == ["Glow Clinic", "Dawn Clinic"]
        await story.reply("3 0")
        assert (await story.episode(clinic="dawn")).check_ins[0].state == "answered"
        await story.reply("STOP")
        dawn, glow = await story.episode(clinic="dawn"), await story.episode(clinic="glow")
        assert [flag.reason for flag in dawn.flags] == ["severe", "opted_out"]
        assert [flag.reason for flag in glow.flags] == []
