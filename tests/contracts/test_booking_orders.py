"""The sharpest test of an adapter: one appointment's life, told in every order and more than once, ends in one way."""

from __future__ import annotations

from itertools import permutations
from typing import TYPE_CHECKING

import pytest

from followup.bookings.find import find_adapters
from followup.domain.inputs import Booking
from kit.booking_facts import Desk
from kit.booking_lives import LIVES, life

if TYPE_CHECKING:
    from followup.bookings import Request

ADAPTERS = find_adapters()
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
    # Native has its own; Acuity only says that there is news, and its answers have an order of their own.
    assert set(ADAPTERS) - set(LIVES) == {"native", "acuity"}
