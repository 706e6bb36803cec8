"""What a booking means for its aftercare: the same facts, in any order and however often, end in the same plan."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import permutations
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from followup.domain import events as e
from followup.domain.enrolment import HELD, REPLACED, TAKEN_BACK, Enrolment, on_booking, unmapped
from followup.domain.episode import CheckInState, Completion, EpisodeState
from followup.domain.inputs import BookingStatus as S
from followup.domain.protocol import CheckInPlan
from followup.domain.review import PlanAct, on_plan
from kit.builders import (
    DAY,
    HOUR,
    TREATED,
    Lived,
    a_booking,
    a_clinic,
    a_patient,
    a_protocol,
    after,
    after_events,
    an_episode,
    circumstances,
    decided,
    flags,
    states,
    with_asked,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from followup.domain.decision import Decision
    from followup.domain.episode import Episode
    from followup.domain.inputs import Booking
    from followup.domain.protocol import Protocol

BEFORE = TREATED - DAY
MOVED = {"starts_at": TREATED + 2 * DAY, "ends_at": TREATED + 2 * DAY + HOUR}
WRONG_NUMBER = e.EpisodeHeld("the patient's number is somebody else's")
FACTS = (
    a_booking(1, S.BOOKED),
    a_booking(2, S.BOOKED, starts_at=TREATED + DAY, ends_at=TREATED + DAY + HOUR),
    a_booking(3, S.BOOKED, **MOVED),
    a_booking(4, S.FULFILLED, **MOVED),
)
ENDINGS = (None, a_booking(5, S.CANCELLED), a_booking(5, S.NO_SHOW), a_booking(5, S.ENTERED_IN_ERROR))


def enrolled(
    facts: Sequence[Booking],
    episode: Episode | None = None,
    protocol: Protocol | None = None,
    by: str | None = None,
) -> Enrolment:
    return Enrolment(a_clinic(), "native", "B-1", facts, by, protocol or a_protocol(), episode, a_patient())


def told(*facts: Booking, episode: Episode | None = None, now: datetime = BEFORE, by: str | None = None) -> Decision:
    return on_booking(enrolled(facts, episode, by=by), now)


def opened(*facts: Booking, now: datetime = BEFORE) -> Episode:
    """The episode after these facts, each delivered in turn."""
    episode = arrived(facts, now)
    assert episode is not None
    return episode


def arrived(facts: Iterable[Booking], now: datetime = BEFORE) -> Episode | None:
    known: list[Booking] = []
    episode: Episode | None = None
    for fact in facts:
        if fact not in known:
            known.append(fact)
        decision = on_booking(enrolled(known, episode), now)
        if decision.events:
            episode = after_events(episode, *decision.events) if episode else _first(decision)
        again = on_booking(enrolled(known, episode), now)
        assert again.events == ()
    return episode


def _first(decision: Decision) -> Episode:
    opening = decision.events[0]
    assert isinstance(opening, e.EpisodeOpened)
    return decided(opening.episode, decision)


def core(episode: Episode | None) -> object:
    """What must not depend on the order of arrival."""
    if episode is None:
        return None
    due = [(one.id, one.step, one.due_at, one.state) for one in episode.check_ins]
    took_place = None if episode.state is EpisodeState.CANCELLED else episode.completion
    return episode.id, episode.state, took_place, episode.treated_from, episode.treated_until, due


@pytest.mark.parametrize("ending", ENDINGS, ids=lambda fact: fact.status.value if fact else "none")
def test_every_order_of_arrival_ends_in_the_same_plan(ending: Booking | None) -> None:
    facts = [*FACTS, *([ending] if ending else [])]
    assert len({repr(core(arrived(order))) for order in permutations(facts)}) == 1


@given(st.data())
def test_facts_told_again_and_again_in_any_order_end_in_the_same_plan(data: st.DataObject) -> None:
    facts = data.draw(st.lists(st.sampled_from([*FACTS, *ENDINGS[1:2], a_booking(6, S.BOOKED)]), min_size=1))
    order = data.draw(st.permutations([*facts, *facts]))
    assert core(arrived(order)) == core(arrived(facts))


def test_a_booking_plans_its_check_ins_and_waits_for_its_end() -> None:
    episode = opened(a_booking(1, S.BOOKED))
    assert episode.state is EpisodeState.PLANNED
    assert [one.due_at for one in episode.check_ins] == [after(24), after(72), after(168), after(672)]


def test_what_is_told_of_an_active_plan_is_looked_at_at_once() -> None:
    assert told(a_booking(1, S.FULFILLED), now=after(1)).wake_at == after(1)


def test_a_completion_that_comes_first_opens_and_starts_the_plan() -> None:
    episode = opened(a_booking(4, S.FULFILLED), a_booking(1, S.BOOKED, **MOVED), now=after(1))
    assert (episode.state, episode.completion) == (EpisodeState.ACTIVE, Completion.EXPLICIT)
    assert episode.treated_until == TREATED


def test_an_explicit_completion_after_an_inferred_one_makes_no_second_plan() -> None:
    inferred = an_episode(completion=Completion.INFERRED, booked_as="waits")
    decision = told(a_booking(1, S.BOOKED), a_booking(2, S.FULFILLED), episode=inferred, now=after(2))
    assert decided(inferred, decision) == replace(inferred, completion=Completion.EXPLICIT, booked_as="runs")


def test_a_cancellation_after_an_explicit_completion_holds_the_plan_and_tells_staff() -> None:
    decision = told(a_booking(1, S.FULFILLED), a_booking(2, S.CANCELLED), now=after(2))
    assert _first(decision).state is EpisodeState.ON_HOLD
    assert flags(decision) == ["needs_details/today"]
    assert _first(decision).flags[0].evidence.rule == HELD


def test_a_cancellation_after_an_inferred_completion_ends_the_plan() -> None:
    inferred = an_episode(completion=Completion.INFERRED, booked_as="waits")
    decision = told(a_booking(1, S.BOOKED), a_booking(2, S.CANCELLED), episode=inferred, now=after(2))
    assert decided(inferred, decision).state is EpisodeState.CANCELLED


def test_cancelled_first_and_then_completed_by_a_newer_word_runs() -> None:
    episode = opened(a_booking(1, S.CANCELLED), a_booking(2, S.FULFILLED), now=after(2))
    assert (episode.state, episode.why) == (EpisodeState.ACTIVE, "")


def test_a_no_show_that_is_undone_goes_on_with_what_is_still_due() -> None:
    facts = [a_booking(1, S.FULFILLED), a_booking(2, S.NO_SHOW)]
    episode = opened(*facts, now=after(2))
    assert episode.state is EpisodeState.CANCELLED
    undone = told(*facts, a_booking(3, S.BOOKED, updated_at=after(26)), episode=episode, now=after(26))
    assert decided(episode, undone).state is EpisodeState.ACTIVE


def test_the_hold_comes_again_after_staff_closed_the_first_one() -> None:
    facts = [a_booking(1, S.FULFILLED), a_booking(2, S.CANCELLED), a_booking(3, S.FULFILLED)]
    episode = opened(*facts[:2], now=after(2))
    closed = replace(episode, flags=tuple(replace(flag, state="closed") for flag in episode.flags))  # type: ignore[arg-type] # any state but open
    episode = decided(closed, told(*facts, episode=closed, now=after(3)))
    again = told(*facts, a_booking(4, S.CANCELLED), episode=episode, now=after(4))
    raised = decided(episode, again).flags
    assert len({flag.id for flag in raised}) == len(raised) == 2


def test_a_done_treatment_that_is_given_a_time_to_come_waits_and_staff_are_told() -> None:
    done = an_episode()
    decision = told(a_booking(1, S.FULFILLED), a_booking(2, S.BOOKED, **MOVED), episode=done, now=after(2))
    later = decided(done, decision)
    assert (later.state, later.completion, later.treated_until) == (EpisodeState.PLANNED, None, MOVED["ends_at"])
    assert [flag.evidence.rule for flag in later.flags] == [TAKEN_BACK]


def test_a_done_treatment_replaced_by_another_booking_ends_and_staff_are_told() -> None:
    decision = told(a_booking(1, S.FULFILLED), episode=an_episode(), now=after(2), by="B-2")
    episode = decided(an_episode(), decision)
    assert (episode.state, episode.why) == (EpisodeState.CANCELLED, "superseded by B-2")
    assert [flag.evidence.rule for flag in episode.flags] == [REPLACED]


def test_a_booking_replaced_before_its_time_ends_without_a_flag() -> None:
    planned = opened(a_booking(1, S.BOOKED))
    decision = told(a_booking(1, S.BOOKED), episode=planned, by="B-2")
    assert flags(decision) == []
    assert decided(planned, decision).state is EpisodeState.CANCELLED


def test_a_predecessor_told_after_its_successor_plans_nothing() -> None:
    assert _first(told(a_booking(1, S.BOOKED), by="B-2")).state is EpisodeState.CANCELLED


def test_moving_shifts_what_was_not_asked_and_leaves_what_was() -> None:
    episode = with_asked(an_episode(), "day-1")
    later = {"starts_at": TREATED, "ends_at": after(1)}
    decision = told(a_booking(1, S.FULFILLED), a_booking(2, S.FULFILLED, **later), episode=episode, now=after(26))
    due = {one.step: one.due_at for one in decided(episode, decision).check_ins}
    assert (due["day-1"], due["day-3"]) == (after(24), after(73))


def test_a_dropped_check_in_that_a_new_time_brings_back_is_planned_again() -> None:
    dropped = after_events(
        an_episode(), *(e.CheckInDropped(step, after(25), "no phone") for step in states(an_episode()))
    )
    finished = after_events(dropped, e.EpisodeFinished())
    later = {"starts_at": after(20), "ends_at": after(22), "updated_at": after(26)}
    facts = (a_booking(1, S.FULFILLED), a_booking(2, S.FULFILLED, **later))
    episode = decided(finished, told(*facts, episode=finished, now=after(26)))
    assert episode.state is EpisodeState.ACTIVE, "a finished plan with check-ins to come would never ask them"
    assert set(states(episode).values()) == {"scheduled"}


def test_a_treatment_we_only_took_for_done_waits_again_even_if_its_plan_had_ended() -> None:
    asked = with_asked(an_episode(completion=Completion.INFERRED, booked_as="waits"), "day-1", "day-3", "day-7")
    ended = after_events(asked, *(e.CheckInMissed(step, after(200)) for step in ("day-1", "day-3", "day-7")))
    ended = after_events(ended, e.CheckInDropped("day-28", after(700), "no phone"), e.EpisodeFinished())
    later = {"starts_at": after(900), "ends_at": after(901)}
    facts = (a_booking(1, S.BOOKED), a_booking(2, S.BOOKED, **later))
    episode = decided(ended, told(*facts, episode=ended, now=after(800)))
    assert (episode.state, episode.completion) == (EpisodeState.PLANNED, None)
    assert states(episode)["day-28"] == "scheduled"


def test_a_treatment_taken_for_done_that_is_only_corrected_stays_done() -> None:
    inferred = an_episode(completion=Completion.INFERRED, booked_as="waits")
    assert told(a_booking(1, S.BOOKED), episode=inferred, now=after(2)).events == ()


def test_a_dropped_check_in_that_a_new_time_leaves_in_the_past_stays_dropped() -> None:
    dropped = after_events(an_episode(), e.CheckInDropped("day-1", after(36), "too late to ask"))
    later = {"starts_at": after(0), "ends_at": after(1), "updated_at": after(40)}
    facts = (a_booking(1, S.FULFILLED), a_booking(2, S.FULFILLED, **later))
    assert states(decided(dropped, told(*facts, episode=dropped, now=after(40))))["day-1"] == "dropped"


def test_another_service_brings_its_own_plan_and_keeps_what_was_asked() -> None:
    episode = with_asked(an_episode(), "day-1")
    other = a_protocol(
        CheckInPlan("day-1", 24 * HOUR, ("redness",)), CheckInPlan("day-14", 14 * DAY, ("redness",)), id="lipo"
    )
    changed = a_booking(2, S.FULFILLED, service_id="lipo", service_name="Lipo")
    decision = on_booking(enrolled([a_booking(1, S.FULFILLED), changed], episode, other), after(30))
    after_change = decided(episode, decision)
    assert (after_change.protocol_id, after_change.service_name) == ("lipo", "Lipo")
    assert states(after_change) == {"day-1": "asked", "day-14": "scheduled"}


def test_a_service_without_a_protocol_is_shown_once_while_the_plan_goes_on() -> None:
    episode = an_episode()
    facts = [a_booking(1, S.FULFILLED), a_booking(2, S.FULFILLED, service_id="unknown")]
    decision = on_booking(replace(enrolled(facts, episode), protocol=None), after(2))
    assert flags(decision) == ["needs_details/today"]
    shown = decided(episode, decision)
    assert shown.state is EpisodeState.ACTIVE
    assert on_booking(replace(enrolled(facts, shown), protocol=None), after(3)).events == ()


@pytest.mark.parametrize(
    ("fact", "why"),
    [
        (a_booking(1, S.BOOKED, service_id=None), "the booking names no service"),
        (a_booking(1, S.BOOKED, service_name="Hydra facial"), 'no protocol for the service "Hydra facial"'),
        (a_booking(1, S.FULFILLED), 'no protocol for the service "meso"'),
        (a_booking(1, S.CANCELLED), ""),
        (a_booking(1, None), ""),
    ],
)
def test_a_booking_that_cannot_be_followed_says_why(fact: Booking, why: str) -> None:
    enrolment = replace(enrolled([fact]), protocol=None)
    assert unmapped(enrolment) == why
    assert on_booking(enrolment, BEFORE).events == ()


def test_a_booking_without_a_time_says_so() -> None:
    assert unmapped(enrolled([a_booking(1, S.BOOKED, starts_at=None, ends_at=None)])) == "the booking has no time"


@pytest.mark.parametrize("status", [S.FULFILLED, S.ARRIVED])
def test_what_staff_stopped_no_booking_starts_again(status: S) -> None:
    planned = opened(a_booking(1, S.BOOKED))
    stopped = decided(planned, _plan(planned, PlanAct.STOP))
    episode = decided(stopped, told(a_booking(1, S.BOOKED), a_booking(2, status), episode=stopped, now=after(1)))
    assert (episode.state, episode.why) == (EpisodeState.CANCELLED, "stopped by ana")


def test_staff_may_let_go_on_what_took_place_while_it_was_stopped() -> None:
    planned = opened(a_booking(1, S.BOOKED))
    stopped = decided(planned, _plan(planned, PlanAct.STOP))
    done = decided(stopped, told(a_booking(1, S.BOOKED), a_booking(2, S.FULFILLED), episode=stopped, now=after(1)))
    assert decided(done, _plan(done, PlanAct.RESUME)).state is EpisodeState.ACTIVE


@pytest.mark.parametrize(
    "fact",
    [a_booking(2, S.FULFILLED), a_booking(2, S.BOOKED, **MOVED), a_booking(2, S.ARRIVED, updated_at=after(1))],
    ids=["completed", "moved", "arrived"],
)
def test_a_plan_held_for_a_wrong_number_stays_held_whatever_the_booking_says(fact: Booking) -> None:
    held = after_events(an_episode(completion=Completion.INFERRED, booked_as="waits"), WRONG_NUMBER)
    episode = decided(held, told(a_booking(1, S.BOOKED), fact, episode=held, now=after(2)))
    assert (episode.state, episode.why) == (EpisodeState.ON_HOLD, WRONG_NUMBER.why)


def test_a_hold_is_not_taken_for_news_after_staff_let_the_plan_go_on() -> None:
    facts = [a_booking(1, S.FULFILLED), a_booking(2, S.CANCELLED)]
    held = opened(*facts, now=after(2))
    resumed = decided(held, _plan(held, PlanAct.RESUME))
    assert told(*facts, episode=resumed, now=after(3)).events == ()


def test_a_treatment_told_months_later_is_shown_and_never_sent_in_a_burst() -> None:
    episode = opened(a_booking(1, S.FULFILLED), now=after(24 * 90))
    lived = Lived(episode, circumstances()).until(after(24 * 91), start=after(24 * 90))
    assert lived.texts() == []
    assert set(states(lived.episode).values()) == {CheckInState.DROPPED.value}
    assert [flag.reason.value for flag in lived.episode.flags] == ["not_sent"]


def _plan(episode: Episode, act: PlanAct) -> Decision:
    decision = on_plan(episode, act, "ana", after(0) + timedelta(minutes=1))
    assert not hasattr(decision, "is_conflict")
    return decision
