"""The sharpest test of an adapter: one appointment's life, told in every order and more than once, ends in one way."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import TYPE_CHECKING, Any

import pytest

from followup.bookings import Setting
from followup.bookings.acuity.records import read_appointment
from followup.bookings.find import find_adapters
from followup.domain.inputs import Booking
from kit.booking_facts import Desk
from kit.booking_lives import LIVES, life

if TYPE_CHECKING:
    from collections.abc import Mapping

    from followup.bookings import Request

ADAPTERS = find_adapters()
START, HOUR = datetime(2026, 11, 20, 11, tzinfo=UTC), timedelta(hours=1)
ENDS = ("", "cancelled", "no-show")
STATES = {
    # With a completion before it a cancellation is for staff to judge; without one it ends the plan.
    ("completed", ""): "active",
    ("completed", "cancelled"): "on_hold",
    ("completed", "no-show"): "cancelled",
    ("", ""): "planned",
    ("", "cancelled"): "cancelled",
    ("", "no-show"): "cancelled",
}


@dataclass(frozen=True)
class Snapshot:
    """A question that was asked at some time."""

    asked_at: datetime
    setting: Setting = field(default_factory=Setting)

    async def get(self, *path: str, query: Mapping[str, str] | None = None) -> Any:
        raise NotImplementedError


every_life = pytest.mark.parametrize(("system", "end"), [(system, end) for system in LIVES for end in ENDS])


def facts_of(system: str, request: Request) -> list[Booking]:
    return [each for each in ADAPTERS[system].read(request) if isinstance(each, Booking)]


@every_life
def test_every_order_with_every_repetition_ends_in_the_same_episodes(system: str, end: str) -> None:
    told = [facts_of(system, request) for request in life(system, end)]
    in_order = Desk()
    for facts in told:
        in_order.hear(facts)
    expected = in_order.plans()

    for order in permutations(told):
        desk = Desk()
        for count, facts in enumerate(order):
            desk.hear(facts)
            for earlier in order[:count]:
                desk.hear(earlier)
        assert desk.plans() == expected
        assert desk.people == in_order.people


@every_life
def test_only_the_newest_time_is_planned_and_ends_as_it_was_told(system: str, end: str) -> None:
    desk = Desk()
    for request in life(system, end):
        desk.hear(facts_of(system, request))

    newest = max(desk.episodes.values(), key=lambda episode: episode.treated_until)
    others = [episode for episode in desk.episodes.values() if episode is not newest]
    has_completed = "completed" if "completed" in LIVES[system][1] else ""
    assert newest.state.value == STATES[has_completed, end]
    assert newest.treated_until.isoformat()[:13] == "2026-12-03T08"
    assert {episode.state.value for episode in others} <= {"cancelled"}


def test_every_adapter_that_can_tell_a_life_is_asked_to() -> None:
    # Native has its own (test_walk_booking); Acuity only says that there is news: below, what it answers when asked.
    assert set(ADAPTERS) - set(LIVES) == {"native", "acuity"}


@pytest.mark.parametrize("end", ENDS)
def test_snapshots_of_an_acuity_appointment_in_any_order_end_as_the_last_one_said(end: str) -> None:
    last = {"datetime": "2026-12-03T10:00:00+0100"}
    gone = {"cancelled": {"canceled": True}, "no-show": {"canceled": True, "noShow": True}}
    records: list[dict[str, Any]] = [
        {"datetime": "2026-12-01T10:00:00+0100"},
        {"datetime": "2026-12-02T10:00:00+0100"},
        last,
        *([{**last, **gone[end]}] if end else []),
    ]
    told = [
        [
            read_appointment(
                {"id": 7, "appointmentTypeID": 1, "duration": "45", **record}, Snapshot(START + count * HOUR)
            )
        ]
        for count, record in enumerate(records)
    ]
    in_order = Desk()
    for facts in told:
        in_order.hear(facts)
    for order in permutations(told):
        desk = Desk()
        for count, facts in enumerate(order):
            desk.hear(facts)
            for earlier in order[:count]:
                desk.hear(earlier)
        assert desk.plans() == in_order.plans()
    [episode] = in_order.episodes.values()
    assert (episode.state.value, episode.treated_until.isoformat()[:10]) == (STATES["", end], "2026-12-03")
