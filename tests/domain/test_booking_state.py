"""Where a booking stands: the source's own order decides, never the order of arrival."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import permutations

import pytest

from followup.domain.booking_state import Plan, state_of
from followup.domain.inputs import BookingStatus as S
from kit.builders import DAY, HOUR, TREATED, a_booking

NEXT_WEEK = {"starts_at": TREATED + 7 * DAY - HOUR, "ends_at": TREATED + 7 * DAY}
LATER = {"updated_at": TREATED + 2 * HOUR}
"""Said after the treatment's end, so that this end was past by then."""


def plan(*facts: tuple[S, dict[str, object]] | S) -> Plan:
    told = [fact if isinstance(fact, tuple) else (fact, {}) for fact in facts]
    return state_of(a_booking(place, status, **more) for place, (status, more) in enumerate(told)).plan(None)


@pytest.mark.parametrize(
    ("facts", "wanted"),
    [
        ((), Plan.NONE),
        ((S.PENDING,), Plan.WAITS),
        ((S.BOOKED, S.ARRIVED), Plan.WAITS),
        ((S.BOOKED, S.FULFILLED), Plan.RUNS),
        ((S.BOOKED, S.CANCELLED), Plan.CANCELLED),
        ((S.CANCELLED, S.BOOKED), Plan.WAITS),
        ((S.CANCELLED, S.FULFILLED), Plan.RUNS),
        ((S.FULFILLED, S.CANCELLED), Plan.HELD),
        ((S.FULFILLED, S.CANCELLED, S.CANCELLED), Plan.HELD),
        ((S.FULFILLED, S.CANCELLED, S.FULFILLED), Plan.RUNS),
        ((S.FULFILLED, S.CANCELLED, (S.BOOKED, LATER)), Plan.RUNS),
        ((S.FULFILLED, S.NO_SHOW), Plan.NO_SHOW),
        ((S.BOOKED, S.NO_SHOW, S.FULFILLED), Plan.RUNS),
        ((S.FULFILLED, S.NO_SHOW, (S.BOOKED, LATER)), Plan.RUNS),
        ((S.BOOKED, S.NO_SHOW, (S.BOOKED, LATER)), Plan.WAITS),
        ((S.FULFILLED, S.NO_SHOW, S.CANCELLED), Plan.CANCELLED),
        ((S.FULFILLED, S.NO_SHOW, S.CANCELLED, S.CANCELLED), Plan.CANCELLED),
        ((S.FULFILLED, S.ENTERED_IN_ERROR), Plan.ERROR),
        ((S.FULFILLED, S.ENTERED_IN_ERROR, S.CANCELLED), Plan.CANCELLED),
        ((S.FULFILLED, (S.BOOKED, LATER)), Plan.RUNS),
        ((S.FULFILLED, (S.BOOKED, {"starts_at": None, "ends_at": None})), Plan.RUNS),
        ((S.FULFILLED, (S.BOOKED, NEXT_WEEK)), Plan.TAKEN_BACK),
        ((S.FULFILLED, (S.BOOKED, NEXT_WEEK), (S.ARRIVED, NEXT_WEEK)), Plan.TAKEN_BACK),
        ((S.FULFILLED, (S.BOOKED, NEXT_WEEK), (S.FULFILLED, NEXT_WEEK)), Plan.RUNS),
        ((S.FULFILLED, (S.BOOKED, NEXT_WEEK), S.CANCELLED), Plan.CANCELLED),
        ((S.FULFILLED, S.NO_SHOW, (S.BOOKED, NEXT_WEEK)), Plan.WAITS),
    ],
)
def test_the_last_word_stands_but_a_treatment_that_took_place_is_remembered(facts: tuple[S, ...], wanted: Plan) -> None:
    assert plan(*facts) is wanted


def test_a_booking_that_was_replaced_asks_for_nothing_whatever_else_it_says() -> None:
    assert state_of([a_booking(1, S.FULFILLED)]).plan("B-2") is Plan.SUPERSEDED
    assert state_of([]).plan("B-2") is Plan.SUPERSEDED


def test_arrival_counts_for_nothing() -> None:
    facts = [a_booking(1, S.BOOKED), a_booking(2, S.BOOKED, **NEXT_WEEK), a_booking(3, S.CANCELLED), a_booking(4, None)]
    assert len({state_of(order) for order in permutations(facts)}) == 1


def test_where_a_fact_has_no_sequence_the_time_of_change_decides() -> None:
    first = a_booking(9, S.BOOKED)
    second = replace(a_booking(10, S.CANCELLED), sequence=None)
    assert state_of([second, first]).status is S.CANCELLED


@pytest.mark.parametrize(
    ("one", "other"),
    [(S.ENTERED_IN_ERROR, S.CANCELLED), (S.CANCELLED, S.NO_SHOW), (S.NO_SHOW, S.FULFILLED), (S.BOOKED, S.PENDING)],
)
def test_of_two_facts_of_the_same_moment_the_more_final_stands(one: S, other: S) -> None:
    facts = [a_booking(1, one), a_booking(1, other)]
    assert state_of(facts).status is one
    assert state_of(reversed(facts)).status is one


def test_details_only_add_to_what_is_known() -> None:
    state = state_of([a_booking(1, S.BOOKED), a_booking(2, None, ends_at=None, starts_at=None, service_name="Meso")])
    assert (state.status, state.ends_at, state.service_name) == (S.BOOKED, TREATED, "Meso")


@pytest.mark.parametrize("status", [S.BOOKED, None])
def test_another_start_makes_the_old_end_meaningless(status: S | None) -> None:
    moved = a_booking(2, status, starts_at=TREATED + DAY, ends_at=None)
    assert state_of([a_booking(1, S.BOOKED), moved]).treated_until == TREATED + DAY


def test_the_same_start_again_keeps_the_end() -> None:
    assert state_of([a_booking(1, S.BOOKED), a_booking(2, S.FULFILLED, ends_at=None)]).treated_until == TREATED


def test_another_service_does_not_keep_the_old_name() -> None:
    state = state_of([a_booking(1, S.BOOKED, service_name="Meso"), a_booking(2, S.BOOKED, service_id="lipo")])
    assert (state.service_id, state.service_name) == ("lipo", None)


def test_a_late_old_fact_fills_what_is_empty_and_changes_nothing_else() -> None:
    newer = a_booking(5, S.FULFILLED, starts_at=None, service_name=None, updated_at=TREATED + timedelta(minutes=1))
    older = a_booking(1, S.BOOKED, service_name="Meso", ends_at=TREATED + DAY)
    state = state_of([newer, older])
    assert (state.status, state.ends_at, state.service_name) == (S.FULFILLED, TREATED, "Meso")
    assert state.starts_at == TREATED - HOUR
