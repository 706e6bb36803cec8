"""Numbers that change, change hands or take no texts; parents' phones, journeys and clocks that change."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from followup.sms.simulator import faults
from followup.store import patients
from kit.desk import hire
from kit.native_events import PHONE
from kit.own_config import config_with
from kit.story import Story, open_story

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

NEW = "+447700900066"


@pytest.fixture
async def story(tmp_path: Path) -> AsyncIterator[Story]:
    async with open_story(tmp_path) as opened:
        await opened.book()
        yield opened


async def page_of(story: Story, phone: str = PHONE) -> str:
    nurse = await hire(story.services, story.origin)
    page = await nurse.see(f"/episodes/{(await story.episode(phone)).id}")
    await nurse.close()
    return page.words


async def test_a_new_number_gets_the_next_question_and_an_answer_from_the_old_one_is_still_read(story: Story) -> None:
    await story.hours(24.1)
    await story.book("patient.updated", "", phone=NEW)
    await story.reply("1 0")
    episode = await story.episode(NEW)
    assert [one.symptom for one in episode.reports] == ["redness", "swelling"]
    await story.hours(48)
    assert sum("redness" in text for text in story.texts(NEW)) == 1
    assert not any("no reply" in text for text in story.texts())


async def test_a_no_from_the_old_number_does_not_silence_the_new_one(story: Story) -> None:
    await story.hours(24.1)
    await story.book("patient.updated", "", phone=NEW)
    await story.reply("STOP")
    async with story.services.store.reading() as tx:
        assert await patients.opted_out_at(tx, "glow", PHONE) is not None
        assert await patients.opted_out_at(tx, "glow", NEW) is None
    await story.hours(48)
    assert len(story.texts(NEW)) == 1


async def test_a_number_that_changed_hands_is_its_new_patients(story: Story) -> None:
    await story.book("patient.updated", "", phone=NEW)
    await story.book(booking="B-2", patient="P-2", given="Cleo", phone=PHONE)
    await story.hours(24.1)
    await story.reply("2 1", PHONE)
    [cleo], [ada] = await story.episodes(PHONE), await story.episodes(NEW)
    assert (cleo.patient_id, len(cleo.reports)) == ("P-2", 2)
    assert (ada.patient_id, ada.reports) == ("P-1", ())


async def test_a_number_whose_last_holder_wanted_no_texts_gets_none_and_staff_are_told_why(story: Story) -> None:
    await story.hours(24.1)
    await story.reply("STOP")
    await story.book("patient.updated", "", phone=NEW)
    await story.book(booking="B-2", patient="P-2", given="Cleo", phone=PHONE)
    told = len(story.texts())
    await story.hours(40)
    assert len(story.texts()) == told
    flags = [flag for flag in (await story.episode(PHONE)).flags if flag.is_open]
    assert [flag.reason.value for flag in flags] == ["opted_out"]
    assert "in another episode of this phone" in await page_of(story)


@pytest.mark.parametrize(
    ("code", "says"),
    [(30006, "landline"), (21614, "Can't receive texts: call instead"), (30005, "not in service"), (30004, "call")],
)
async def test_a_number_that_takes_no_texts_says_so_and_is_not_silence(story: Story, code: int, says: str) -> None:
    receipt = faults.undelivered(code) if code >= 30000 else None
    if receipt:
        story.simulator.faults.next_receipts(receipt)
    else:
        story.simulator.faults.next_sends(faults.refused(code))
    await story.hours(36)
    assert await story.flags() == ["unreachable"]
    words = await page_of(story)
    assert says in words
    assert "call, and ask for a number that takes texts" in words
    assert "No reply, so nobody knows" not in words


async def test_a_phone_that_is_off_is_tried_once_more_and_then_for_a_call(story: Story) -> None:
    story.simulator.faults.next_receipts(faults.undelivered(30003), faults.undelivered(30003))
    await story.hours(36)
    assert len(story.texts()) == 2
    assert await story.flags() == ["unreachable"]
    assert "phone off, no signal" in await page_of(story)


async def test_silence_is_told_apart_and_says_to_call(story: Story) -> None:
    await story.hours(49)
    assert await story.flags() == ["silent"]
    words = await page_of(story)
    assert "The number takes texts: call, or write once more." in words


async def test_a_no_is_told_apart_and_says_to_call(story: Story) -> None:
    await story.hours(24.1)
    await story.reply("STOP")
    assert await story.flags() == ["opted_out"]
    assert "somebody may have to call" in await page_of(story)


async def test_a_parents_phone_serves_the_child_and_the_parent(story: Story) -> None:
    await story.book(booking="B-2", patient="P-child", given="Zoe")
    await story.hours(24.1 + 4.2)
    openings = {text.split(":")[0] for text in story.texts()}
    assert {"Glow Clinic for A", "Glow Clinic for Z"} <= openings
    await story.reply("Zoe 1 0, Ada 0 0")
    reports = {one.patient_id: [report.severity for report in one.reports] for one in await story.episodes()}
    assert reports == {"P-1": ["none", "none"], "P-child": ["mild", "none"]}


async def test_a_childs_phone_that_is_marked_as_a_carers_gets_texts_that_say_for_whom(tmp_path: Path) -> None:
    """Of the child nothing is known but an id and a name: no birthday, no number of its own."""
    async with open_story(tmp_path) as story:
        await story.book(patient="P-child", given="Zoe", phone_of="carer")
        await story.hours(24.1)
        assert story.texts()[-1].startswith("Glow Clinic for Z: redness")
        await story.reply("2 1")
        episode = await story.episode()
        assert (episode.patient_id, [one.severity for one in episode.reports]) == ("P-child", ["moderate", "mild"])
        assert "a carer’s" in await page_of(story)  # noqa: RUF001 - as the page writes it


async def test_a_child_that_gets_a_phone_of_its_own_is_told_no_name_there(tmp_path: Path) -> None:
    async with open_story(tmp_path) as story:
        await story.book(patient="P-child", given="Zoe", phone_of="carer")
        await story.hours(1)
        await story.book("patient.updated", "", patient="P-child", given="Zoe", phone=NEW, phone_of="patient")
        await story.hours(24)
        assert [text[:20] for text in story.texts(NEW)] == ["Glow Clinic: redness"]
        assert story.texts() == []
        assert "a carer’s" not in await page_of(story, NEW)  # noqa: RUF001 - as the page writes it


async def test_on_a_carers_phone_no_name_is_said_where_the_clinic_allows_none(tmp_path: Path) -> None:
    async with open_story(tmp_path, config=config_with(tmp_path, for_whom='"never"')) as story:
        await story.book(patient="P-child", given="Zoe", phone_of="carer")
        await story.hours(24.1)
        assert story.texts()[-1].startswith("Glow Clinic: redness")


async def test_a_patient_treated_abroad_is_asked_by_the_clock_where_they_are(tmp_path: Path) -> None:
    async with open_story(tmp_path) as story:
        await story.hours(2)
        await story.book(zone="Asia/Tokyo")
        asked = await first_text(story)
        assert asked == datetime(2026, 11, 25, 0, 0, tzinfo=UTC)  # nine in the morning in Tokyo
        assert "at the clinic, Wed 25 Nov, 09:00 where the patient is" in await page_of(story)


async def test_a_patient_who_travels_is_asked_by_the_new_clock(story: Story) -> None:
    await story.hours(20)
    await story.book("patient.updated", "", zone="America/Los_Angeles")
    asked = await first_text(story)
    assert asked == datetime(2026, 11, 24, 17, 0, tzinfo=UTC)  # nine in the morning in California


@pytest.mark.parametrize(
    ("treated", "expected"),
    [
        # Treated at 08:30 on the Saturday before summer time begins or ends: 24 hours later falls before nine there.
        (datetime(2026, 3, 28, 7, 30, tzinfo=UTC), datetime(2026, 3, 29, 11, 0, tzinfo=UTC)),
        (datetime(2026, 10, 24, 7, 30, tzinfo=UTC), datetime(2026, 10, 25, 12, 0, tzinfo=UTC)),
    ],
)
async def test_hours_are_the_clinics_while_clocks_change_during_the_plan(
    tmp_path: Path, treated: datetime, expected: datetime
) -> None:
    async with open_story(tmp_path, start=treated) as story:
        await story.book()
        assert await first_text(story) == expected  # Sundays from noon
        await story.reply("0")
        await story.hours(24 * 3)
        episode = await story.episode()
        third = episode.check_in("day-3")
        assert third is not None
        assert third.asked_at is not None
        assert third.due_at == treated + timedelta(hours=72)
        zone = story.services.catalogue.clinics["glow"].zone
        assert third.asked_at.astimezone(zone).strftime("%H:%M") in {"09:00", "09:30"}


async def first_text(story: Story) -> datetime:
    """When the first text goes."""
    for _ in range(24 * 4):
        if story.texts():
            break
        await story.hours(0.5)
    [text, *_] = story.simulator.texts_to(PHONE)
    return text.created_at
