"""From a booking to a planned aftercare, whatever order the booking system tells it in."""

from __future__ import annotations

import itertools
import shutil
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, cast

import pytest

from followup.flows.drain_inbox import drain_inbox
from followup.settings import BadSettingsError
from kit.hand_clock import MONDAY
from kit.native_events import PHONE, native_event
from kit.sources import TOP
from kit.story import Story, open_story

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from pathlib import Path

    from followup.bookings import Adapter, Request
    from followup.domain.inputs import Booking

DAY = timedelta(days=1)


@pytest.fixture
async def story(tmp_path: Path) -> AsyncIterator[Story]:
    async with open_story(tmp_path) as opened:
        yield opened


async def test_a_completed_treatment_is_asked_about_a_day_later_and_not_before(story: Story) -> None:
    assert await story.book() == 202
    await story.hours(23.9)
    assert story.texts() == []
    await story.hours(0.2)
    assert len(story.texts()) == 1
    assert story.texts()[0].startswith("Glow Clinic: redness")


async def test_a_booking_that_nobody_completes_counts_as_done_half_an_hour_after_its_end(story: Story) -> None:
    await story.book("booking.booked", ends=story.clock() + timedelta(hours=1))
    await story.hours(1.4)
    assert (await story.episode()).state == "planned"
    await story.hours(0.2)
    episode = await story.episode()
    assert (episode.state, episode.completion) == ("active", "inferred")


async def test_a_service_without_a_protocol_opens_nothing_and_is_shown_to_staff(story: Story) -> None:
    assert await story.book(service="hydra-facial") == 202
    await story.hours(30)
    assert story.texts() == []
    assert [(stray.kind, stray.why) for stray in await story.strays()] == [
        ("booking", 'no protocol for the service "hydra-facial"')
    ]


@pytest.mark.parametrize("lack", [{"consent": None}, {"phone": None}, {"phone": "12"}, {"consent": "withdrawn"}])
async def test_without_consent_or_a_phone_nothing_is_sent_and_staff_know(story: Story, lack: dict[str, Any]) -> None:
    await story.book(**lack)
    await story.hours(30)
    assert story.simulator.creates == 0
    assert await story.flags() == ["needs_details"]


async def test_a_phone_that_comes_later_is_texted(story: Story) -> None:
    await story.book(phone=None)
    await story.hours(2)
    await story.book("patient.updated", "", consent=None)
    await story.hours(23)
    assert len(story.texts()) == 1


async def test_consent_that_is_taken_back_holds_before_the_next_text(story: Story) -> None:
    await story.book()
    await story.hours(20)
    await story.book("consent.changed", "", phone=None, consent="withdrawn")
    await story.hours(10)
    assert story.texts() == []


async def test_a_cancellation_after_an_inferred_completion_ends_the_plan(story: Story) -> None:
    await story.book("booking.booked", ends=story.clock() + timedelta(hours=1))
    await story.hours(2)
    await story.book("booking.cancelled")
    await story.hours(30)
    assert (await story.episode()).state == "cancelled"
    assert story.texts() == []


async def test_a_cancellation_after_an_explicit_completion_is_for_staff_to_decide(story: Story) -> None:
    await story.book()
    await story.hours(1)
    await story.book("booking.cancelled")
    await story.hours(30)
    assert (await story.episode()).state == "on_hold"
    assert await story.flags() == ["needs_details"]
    assert story.texts() == []


async def test_a_cancellation_that_names_no_patient_reaches_whoever_was_booked(story: Story) -> None:
    await story.book("booking.cancelled", patient=None, consent=None, sequence=2, at=story.clock() + DAY)
    await story.book("booking.booked", sequence=1, ends=story.clock() + timedelta(hours=1))
    await story.hours(30)
    assert story.texts() == []


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
async def test_moved_twice_under_new_ids_leaves_one_plan_in_any_order(story: Story, order: tuple[int, ...]) -> None:
    now = story.clock()
    told = [
        native_event("booking.booked", "B-1", at=now, ends=now + DAY),
        native_event("booking.booked", "B-2", at=now, ends=now + 2 * DAY, supersedes="B-1"),
        native_event("booking.booked", "B-3", at=now, ends=now + 3 * DAY, supersedes="B-2"),
    ]
    for number in order:
        await story.post(told[number])
        await story.settle()
    live = {each.booking_id for each in await story.episodes() if each.state == "planned"}
    assert live == {"B-3"}
    await story.hours(4 * 24 + 1)
    assert len(story.texts()) == 1


async def test_bookings_that_replace_each_other_in_a_ring_replace_nothing(story: Story) -> None:
    now = story.clock()
    for booking, other in (("B-1", "B-2"), ("B-2", "B-3"), ("B-3", "B-1")):
        await story.post(native_event("booking.booked", booking, at=now, ends=now + DAY, supersedes=other))
        await story.settle()
    assert {each.state.value for each in await story.episodes()} == {"planned"}


async def test_two_patients_of_one_booking_are_asked_each(story: Story) -> None:
    await story.book(patient="P-1", phone=PHONE)
    await story.book(patient="P-2", phone="+447700900002")
    await story.hours(25)
    assert len(story.texts(PHONE)) == len(story.texts("+447700900002")) == 1


# One booking's life; each fact is told with the source's own order, and every order of arrival must end alike.
LIFE: tuple[dict[str, Any], ...] = (
    {"kind": "booking.booked", "sequence": 1, "ends": MONDAY + timedelta(hours=1)},
    {"kind": "booking.rescheduled", "sequence": 2, "ends": MONDAY + timedelta(hours=2)},
    {"kind": "booking.completed", "sequence": 3, "ends": MONDAY + timedelta(hours=3)},
    {"kind": "booking.cancelled", "sequence": 4, "patient": None, "consent": None},
)
ENDS = {3: ("active", "explicit", 1), 4: ("on_hold", "explicit", 0)}


@pytest.mark.parametrize("facts", [3, 4])
async def test_every_order_of_a_bookings_facts_with_repetitions_ends_alike(story: Story, facts: int) -> None:
    await story.hours(4)
    phones = []
    for number, order in enumerate(itertools.permutations(range(facts))):
        phones.append(f"+4477009000{number:02d}")
        for position in (*order, *order[:2]):
            fact = {"at": MONDAY + timedelta(hours=LIFE[position]["sequence"]), "phone": phones[-1], **LIFE[position]}
            who = {"booking": f"B-{number}", "patient": f"P-{number}", **fact}
            await story.post(native_event(**{**who, "patient": who["patient"] and f"P-{number}"}))
            await story.settle()
    episodes = [await story.episode(phone) for phone in phones]
    await story.hours(25)
    ended = {
        (one.state.value, one.completion, len(story.texts(phone))) for one, phone in zip(episodes, phones, strict=True)
    }
    assert ended == {ENDS[facts]}


async def test_the_same_call_twice_is_one_and_another_body_under_its_id_is_refused(story: Story) -> None:
    event = native_event("booking.completed", at=story.clock(), ends=story.clock())
    other = native_event("booking.completed", "B-2", at=story.clock(), ends=story.clock())
    assert [await story.post(event, "evt-x") for _ in range(2)] == [202, 200]
    assert await story.post(other, "evt-x") == 409
    await story.settle()
    assert len(await story.episodes()) == 1


async def test_a_call_that_nobody_signed_is_refused_and_not_kept(story: Story) -> None:
    story.secret = "whsec_" + "A" * 32
    assert await story.post(native_event("booking.completed", at=story.clock(), ends=story.clock())) == 401
    await story.settle()
    assert await story.episodes() == []


async def test_a_no_show_is_not_asked_and_one_that_is_taken_back_is(story: Story) -> None:
    await story.book(sequence=1)
    await story.book("booking.no_show", sequence=2, at=story.clock() + timedelta(minutes=1))
    assert (await story.episode()).state == "cancelled"
    await story.book(sequence=3, at=story.clock() + timedelta(minutes=2))
    await story.hours(25)
    assert len(story.texts()) == 1


class _Failing:
    """An adapter with a mistake of ours in it."""

    def __init__(self, adapter: Adapter) -> None:
        self.name = adapter.name
        self.is_signed = adapter.is_signed
        self.key = adapter.key
        self.check = adapter.check
        self.tries = 0

    def read(self, _: Request) -> Sequence[Booking]:
        self.tries += 1
        raise ZeroDivisionError("Ada Byrne")


async def test_what_we_fail_to_read_is_tried_five_times_and_then_shown_while_all_else_goes_on(story: Story) -> None:
    adapters = story.services.adapters
    await story.post(native_event("booking.completed", at=story.clock(), ends=story.clock()))
    failing = _Failing(adapters["native"])
    broken = replace(story.services, adapters={"native": cast("Adapter", failing)})
    for _ in range(7):
        await drain_inbox(broken)
        story.wall.move(minutes=11)
    assert failing.tries == 5
    assert [stray.why for stray in await story.strays()] == ["could not be read: our mistake"]
    await story.book(booking="B-2")
    assert len(await story.episodes()) == 1


async def test_a_configuration_that_lost_a_protocol_patients_still_follow_is_refused(tmp_path: Path) -> None:
    async with open_story(tmp_path) as story:
        await story.book()
    smaller = tmp_path / "config"
    shutil.copytree(TOP / "config", smaller)
    (smaller / "protocols" / "mesotherapy.toml").unlink()
    clinic = smaller / "clinics" / "glow.toml"
    written = clinic.read_text(encoding="utf-8").replace('= "mesotherapy"', '= "mesotherapy_lipolytic"')
    clinic.write_text(written, encoding="utf-8")
    with pytest.raises(BadSettingsError, match='"glow" still follow the protocol "mesotherapy"'):
        async with open_story(tmp_path, config=smaller):
            pass
