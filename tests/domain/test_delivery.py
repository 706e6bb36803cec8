"""Where a text can go from where it is: never twice, never at night, never lost without a person knowing."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import permutations
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from followup.domain import events as e
from followup.domain.delivery import (
    LEASE,
    Attempted,
    CarrierError,
    ErrorKind,
    Handover,
    on_attempt,
    on_claim,
    on_lease_over,
    on_look,
    on_receipt,
    on_withdrawn,
    valid_for,
)
from followup.domain.episode import EpisodeState
from followup.domain.inputs import ReceiptState as R
from followup.domain.message import Kind, MessageState
from followup.domain.wishes import PatientOptedOut
from kit.builders import (
    LONDON,
    a_clinic,
    a_message,
    a_patient,
    a_receipt,
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
    from datetime import datetime

    from followup.domain.decision import Decision
    from followup.domain.episode import Patient
    from followup.domain.inputs import Receipt
    from followup.domain.message import Message

WALL = after(10_000)
"""Machine time is another clock: nothing of it may be compared with care time."""
ASKED = with_asked(an_episode(), "day-1")
MINUTE = timedelta(minutes=1)
GONE = CarrierError(ErrorKind.PERMANENT, "Number not in service")
OFF = CarrierError(ErrorKind.TEMPORARY, "Phone off")
OURS = CarrierError(ErrorKind.OURS, "Account suspended")
NO = CarrierError(ErrorKind.OPTED_OUT, "Opted out")
ACCEPTED = Attempted(Handover.ACCEPTED, "SM9")
UNKNOWN = Attempted(Handover.UNKNOWN, detail="timed out")


def claimed(
    message: Message | None = None,
    now: datetime | None = None,
    state: EpisodeState = EpisodeState.ACTIVE,
    patient: Patient | None = None,
) -> Message:
    return on_claim(message or a_message(), patient or a_patient(), a_clinic(), LONDON, state, now or after(24), WALL)


def settled(decision: Decision, before: Message) -> Message:
    return next((event.message for event in decision.events if isinstance(event, e.MessageSettled)), before)


def attempted(message: Message, outcome: Attempted) -> Message:
    return settled(on_attempt(message, outcome, ASKED, after(24), WALL), message)


def received(message: Message, receipt: Receipt, error: CarrierError | None = None) -> Message:
    return settled(on_receipt(message, receipt, error, ASKED, after(24), WALL), message)


# Claiming


def test_a_claim_is_an_attempt_that_is_known_before_a_byte_leaves() -> None:
    message = claimed()
    assert (message.state, message.attempt, message.attempted_at) == (MessageState.ATTEMPTING, 1, after(24))
    assert message.hands_off_until == WALL + LEASE


def test_a_text_goes_to_the_number_the_patient_has_now() -> None:
    assert claimed(patient=a_patient(phone="+447700900999")).phone == "+447700900999"


@pytest.mark.parametrize(
    ("patient", "state", "why"),
    [
        (a_patient(opted_out_at=after(1)), EpisodeState.ACTIVE, "opted out"),
        (a_patient(consent="withdrawn"), EpisodeState.ACTIVE, "no consent"),
        (a_patient(phone=None), EpisodeState.ACTIVE, "no phone"),
        (a_patient(), EpisodeState.ON_HOLD, "the plan is on_hold"),
        (a_patient(), EpisodeState.CANCELLED, "the plan is cancelled"),
    ],
)
def test_what_may_not_go_any_more_is_withdrawn_with_why(patient: Patient, state: EpisodeState, why: str) -> None:
    message = claimed(patient=patient, state=state)
    assert (message.state, message.why) == (MessageState.WITHDRAWN, why)


def test_an_answer_goes_whatever_the_plan_does() -> None:
    assert claimed(a_message(Kind.SAFETY), state=EpisodeState.CANCELLED).state is MessageState.ATTEMPTING


@pytest.mark.parametrize("kind", [Kind.ASK, Kind.REMIND, Kind.WELCOME, Kind.ASK_LATE, Kind.REMIND_LATE])
def test_at_night_what_nobody_asked_for_waits_for_the_morning(kind: Kind) -> None:
    message = claimed(a_message(kind, useful_until=after(60)), now=after(36))
    assert (message.state, message.not_before, message.attempt) == (MessageState.QUEUED, after(47), 0)


@pytest.mark.parametrize(("late", "state"), [(14, "attempting"), (16, "queued")])
def test_an_answer_goes_at_night_if_it_can_go_within_a_quarter_of_an_hour(late: int, state: str) -> None:
    night = after(36)
    answer = a_message(Kind.SAFETY, at=night, useful_until=night + timedelta(hours=12))
    assert claimed(answer, now=night + late * MINUTE).state == state


def test_what_is_of_no_use_any_more_is_withdrawn() -> None:
    assert claimed(now=after(36.1)).why == "too late"
    assert claimed(a_message(useful_until=after(46)), now=after(36)).why == "too late"


def test_a_text_that_was_held_back_until_it_was_too_late_says_by_what() -> None:
    held = attempted(claimed(), Attempted(Handover.REFUSED, code=20003, error=OURS))
    assert claimed(held, now=after(36.1)).why == "too late (it was held back: Account suspended)"


def test_the_carrier_may_deliver_while_it_is_of_use_and_not_into_the_night() -> None:
    assert valid_for(a_message(), a_clinic(), LONDON, after(24)) == timedelta(hours=10)
    assert valid_for(a_message(useful_until=after(25)), a_clinic(), LONDON, after(24)) == timedelta(hours=1)
    assert valid_for(a_message(Kind.SAFETY), a_clinic(), LONDON, after(24)) == timedelta(hours=12)


# Withdrawn


@pytest.mark.parametrize(
    ("why", "patient", "flag"),
    [("too late", a_patient(), "not_sent/today"), ("opted out", a_patient(opted_out_at=after(1)), "opted_out/today")],
)
def test_a_question_that_was_withdrawn_is_shown(why: str, patient: object, flag: str) -> None:
    message = a_message(state=MessageState.WITHDRAWN, why=why)
    decision = on_withdrawn(message, ASKED, circumstances(patient=patient), after(36))
    assert flags(decision) == [flag]
    assert states(decided(ASKED, decision))["day-1"] == "dropped"
    assert decision.wake_at == after(36)


def test_a_question_withdrawn_with_its_whole_plan_is_no_flag_of_its_own() -> None:
    ended = replace(ASKED, state=EpisodeState.CANCELLED)
    message = a_message(state=MessageState.WITHDRAWN, why="the plan is cancelled")
    assert flags(on_withdrawn(message, ended, circumstances(), after(25))) == []


@pytest.mark.parametrize("state", [EpisodeState.ACTIVE, EpisodeState.FINISHED])
def test_silence_after_a_question_that_never_left_is_no_silence(state: EpisodeState) -> None:
    missed = after_events(replace(ASKED, state=state), e.CheckInMissed("day-1", after(48)))
    message = a_message(state=MessageState.WITHDRAWN, why="too late")
    decision = on_withdrawn(message, missed, circumstances(), after(72))
    assert flags(decision) == ["not_sent/today"]
    assert states(decided(missed, decision))["day-1"] == "dropped"


def test_what_staff_wrote_and_did_not_go_is_shown_to_them() -> None:
    message = a_message(Kind.STAFF, step="", state=MessageState.WITHDRAWN, why="too late")
    assert flags(on_withdrawn(message, ASKED, circumstances(), after(60))) == ["not_sent/today"]


def test_a_withdrawn_reminder_or_answer_is_no_news() -> None:
    for kind in (Kind.REMIND, Kind.THANKS, Kind.CLARIFY):
        message = a_message(kind, state=MessageState.WITHDRAWN, why="too late")
        assert flags(on_withdrawn(message, ASKED, circumstances(), after(36))) == []


# Attempts


def test_accepted_is_accepted() -> None:
    message = attempted(claimed(), ACCEPTED)
    assert (message.state, message.carrier_id, message.hands_off_until) == (MessageState.ACCEPTED, "SM9", None)


def test_try_later_backs_off_longer_each_time_and_listens_to_the_carrier() -> None:
    message, pauses = a_message(), []
    for _ in range(12):
        message = attempted(claimed(message), Attempted(Handover.TRY_LATER, code=20429))
        assert message.hands_off_until is not None
        pauses.append(message.hands_off_until - WALL)
    assert pauses == sorted(pauses)
    assert (pauses[0], pauses[-1]) == (timedelta(seconds=5), timedelta(minutes=10))
    asked_to_wait = attempted(claimed(), Attempted(Handover.TRY_LATER, after=timedelta(seconds=42)))
    assert asked_to_wait.hands_off_until == WALL + timedelta(seconds=42)


@pytest.mark.parametrize(
    ("error", "flag"),
    [(GONE, "unreachable/today"), (None, "unreachable/today"), (NO, "opted_out/today")],
)
def test_a_refusal_for_good_is_for_a_person_and_the_question_was_never_asked(
    error: CarrierError | None, flag: str
) -> None:
    decision = on_attempt(claimed(), Attempted(Handover.REFUSED, code=1, error=error), ASKED, after(24), WALL)
    assert flags(decision) == [flag]
    assert states(decided(ASKED, decision))["day-1"] == "dropped"
    opted_out = [event for event in decision.events if isinstance(event, PatientOptedOut)]
    assert bool(opted_out) is (error is NO)


def test_our_own_mistake_keeps_the_text_and_says_what_holds_it_back() -> None:
    decision = on_attempt(claimed(), Attempted(Handover.REFUSED, code=20003, error=OURS), ASKED, after(24), WALL)
    message = settled(decision, a_message())
    assert (message.state, message.error_code, message.why) == (MessageState.QUEUED, 20003, "Account suspended")
    assert flags(decision) == []


def test_the_end_of_an_attempt_is_no_news_after_the_carriers_own_word() -> None:
    for state in (MessageState.SENT, MessageState.DELIVERED, MessageState.FAILED, MessageState.QUEUED):
        for outcome in (ACCEPTED, UNKNOWN, Attempted(Handover.TRY_LATER), Attempted(Handover.REFUSED, error=GONE)):
            message = replace(claimed(), state=state, carrier_id="SM9")
            assert on_attempt(message, outcome, ASKED, after(24), WALL).events == ()


# Not known


def test_an_attempt_nobody_came_back_from_is_looked_for_and_never_simply_repeated() -> None:
    message = on_lease_over(claimed(), WALL)
    assert (message.state, message.hands_off_until) == (MessageState.UNKNOWN, WALL + timedelta(minutes=3))
    assert on_lease_over(a_message(state=MessageState.SENT), WALL).state is MessageState.SENT


def test_found_in_the_carriers_list_is_accepted() -> None:
    message = settled(on_look(attempted(claimed(), UNKNOWN), "SM9", ASKED, after(25), WALL), a_message())
    assert (message.state, message.carrier_id) == (MessageState.ACCEPTED, "SM9")


def test_not_found_twice_is_sent_again_and_after_three_rounds_a_person_decides() -> None:
    message, episode = a_message(), ASKED
    attempts: list[str] = []
    while message.state is MessageState.QUEUED:
        message = attempted(claimed(message), UNKNOWN)
        attempts.append(message.state.value)
        for _ in range(2):
            assert message.state is MessageState.UNKNOWN
            decision = on_look(message, None, episode, after(25), WALL)
            message = settled(decision, message)
    assert attempts == ["unknown"] * 3
    assert message.state is MessageState.FAILED
    assert flags(decision) == ["not_sent/today"]
    assert states(decided(episode, decision))["day-1"] == "dropped"


def test_not_found_when_it_is_too_late_anyway_is_for_a_person() -> None:
    once = settled(on_look(attempted(claimed(), UNKNOWN), None, ASKED, after(37), WALL), a_message())
    decision = on_look(once, None, ASKED, after(37), WALL)
    assert settled(decision, once).state is MessageState.FAILED
    assert flags(decision) == ["not_sent/today"]


def test_a_look_is_no_news_once_its_fate_is_known() -> None:
    for found in (None, "SM8"):
        assert on_look(a_message(state=MessageState.SENT), found, ASKED, after(25), WALL).events == ()


def test_a_receipt_proves_that_a_lost_attempt_was_accepted() -> None:
    for word in (R.ACCEPTED, R.SENT, None):
        message = received(attempted(claimed(), UNKNOWN), a_receipt(word))
        assert message.state is (MessageState.SENT if word is R.SENT else MessageState.ACCEPTED)
        assert (message.carrier_id, message.hands_off_until) == ("SM9", None)


def test_a_late_receipt_stops_the_second_try_of_a_text_that_was_not_found() -> None:
    message = attempted(claimed(attempted(claimed(), Attempted(Handover.TRY_LATER, code=20429))), UNKNOWN)
    for _ in range(2):
        message = settled(on_look(message, None, ASKED, after(25), WALL), message)
    assert message.state is MessageState.QUEUED
    assert received(message, a_receipt(R.SENT, attempt=2)).state is MessageState.SENT


def test_a_receipt_after_we_had_given_up_corrects_us() -> None:
    given_up = a_message(state=MessageState.FAILED, attempt=3)
    assert received(given_up, a_receipt(R.DELIVERED, attempt=3)).state is MessageState.DELIVERED


# Receipts


@pytest.mark.parametrize("last", [R.DELIVERED, R.FAILED, R.SENT])
def test_every_order_of_201_and_receipts_ends_alike(last: R) -> None:
    evidence = [ACCEPTED, a_receipt(R.ACCEPTED), a_receipt(R.SENT), a_receipt(None), a_receipt(last, 30005)]
    assert len({repr(_after_all(order, GONE)) for order in permutations(evidence)}) == 1


@given(st.data())
def test_receipts_told_five_times_in_any_order_end_as_told_once_in_order(data: st.DataObject) -> None:
    last, error = data.draw(st.sampled_from([(R.DELIVERED, None), (R.FAILED, GONE), (R.FAILED, OFF), (R.SENT, None)]))
    evidence = [ACCEPTED, a_receipt(R.ACCEPTED), a_receipt(R.SENT), a_receipt(last, 30003 if error else None)]
    order = data.draw(st.permutations(evidence * 5))
    assert _after_all(order, error) == _after_all(evidence, error)


def _after_all(evidence: object, error: CarrierError | None) -> tuple[object, ...]:
    message = claimed()
    assert isinstance(evidence, (list, tuple))
    for one in evidence:
        message = attempted(message, one) if isinstance(one, Attempted) else received(message, one, error)
    return message.state, message.rounds, message.carrier_id, message.error_code, message.why, message.not_before


def test_delivered_never_goes_back_and_of_two_final_words_the_first_stands() -> None:
    for first, second in ((R.DELIVERED, R.FAILED), (R.FAILED, R.DELIVERED)):
        message = received(attempted(claimed(), ACCEPTED), a_receipt(first, 30005), GONE)
        decision = on_receipt(message, a_receipt(second, 30005), GONE, ASKED, after(25), WALL)
        assert decision.events == ()


def test_undelivered_for_good_is_for_a_person_and_unreachable_is_not_silent() -> None:
    message = attempted(claimed(), ACCEPTED)
    decision = on_receipt(message, a_receipt(R.FAILED, 30005), GONE, ASKED, after(25), WALL)
    assert flags(decision) == ["unreachable/today"]
    assert states(decided(ASKED, decision))["day-1"] == "dropped"
    assert decision.wake_at == after(25)


def test_a_failed_reminder_is_shown_while_its_question_stands() -> None:
    message = attempted(claimed(a_message(Kind.REMIND)), ACCEPTED)
    decision = on_receipt(message, a_receipt(R.FAILED, 30005), GONE, ASKED, after(25), WALL)
    assert flags(decision) == ["unreachable/today"]
    assert states(decided(ASKED, decision))["day-1"] == "asked"


def test_a_phone_that_was_off_is_tried_once_more_hours_later_by_the_patients_clock() -> None:
    message = received(attempted(claimed(), ACCEPTED), a_receipt(R.FAILED, 30003), OFF)
    assert (message.state, message.not_before) == (MessageState.QUEUED, after(26))
    assert message.hands_off_until is None or message.hands_off_until <= WALL
    again = attempted(claimed(message, now=after(26)), replace(ACCEPTED, carrier_id="SM10"))
    decision = on_receipt(again, a_receipt(R.FAILED, 30003, 2, "SM10"), OFF, ASKED, after(26), WALL)
    assert settled(decision, again).state is MessageState.FAILED
    assert flags(decision) == ["unreachable/today"]


def test_of_the_try_before_only_an_arrival_is_news() -> None:
    waiting = received(attempted(claimed(), ACCEPTED), a_receipt(R.FAILED, 30003), OFF)
    trying = claimed(waiting, now=after(26))
    accepted = attempted(trying, replace(ACCEPTED, carrier_id="SM10"))
    for message in (waiting, trying, accepted):
        assert received(message, a_receipt(R.SENT)) == message
        assert received(message, a_receipt(R.FAILED, 30003), OFF) == message
        assert received(message, a_receipt(R.DELIVERED)).state is MessageState.DELIVERED


def test_a_phone_that_was_off_is_not_tried_when_that_would_be_too_late() -> None:
    message = attempted(claimed(a_message(useful_until=after(25))), ACCEPTED)
    assert received(message, a_receipt(R.FAILED, 30003), OFF).state is MessageState.FAILED


def test_a_question_that_fails_after_it_was_answered_takes_nothing_back() -> None:
    answered = after_events(ASKED, e.CheckInAnswered("day-1", after(25)))
    message = attempted(claimed(), ACCEPTED)
    decision = on_receipt(message, a_receipt(R.FAILED, 30005), GONE, answered, after(26), WALL)
    assert states(decided(answered, decision))["day-1"] == "answered"
