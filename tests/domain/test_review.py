"""What staff do with a flag, a plan and a text of their own: the first one counts, the second is told who it was."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from followup.domain import events as e
from followup.domain.decision import Decision
from followup.domain.episode import Completion, EpisodeState
from followup.domain.flag import FlagState, Reason
from followup.domain.inputs import Act, ContactMade, Outcome, ReviewAct
from followup.domain.message import Kind, MessageState
from followup.domain.review import LONGEST_NOTE, PlanAct, Refusal, on_plan, on_review, take_back, write_to_patient
from followup.domain.triage import raise_flag, without_words
from followup.domain.understanding.values import Urgency
from kit.builders import a_patient, after, after_events, an_episode, circumstances, decided, queued

FINDING = without_words(Reason.SILENT, Urgency.REVIEW, "why", after(49), an_episode())
FLAGGED = after_events(an_episode(), raise_flag(an_episode(), FINDING, "x", after(49)))
FLAG = FLAGGED.flags[0]
CLOSED = after_events(FLAGGED, e.FlagClosed(FLAG.id, "ana", after(50), Outcome.ADVISED, ""))
ENDED = {EpisodeState.FINISHED, EpisodeState.CANCELLED}


def act(what: Act, version: int = 1, who: str = "ben", outcome: Outcome | None = None, **more: Any) -> ReviewAct:
    return ReviewAct(FLAG.id, what, who, version, outcome, **more)


def done(decision: Decision | Refusal) -> Decision:
    assert isinstance(decision, Decision)
    return decision


def refused(decision: Decision | Refusal) -> Refusal:
    assert isinstance(decision, Refusal)
    return decision


@pytest.mark.parametrize(
    ("what", "on_open", "on_closed"),
    [
        (act(Act.CLAIM), [e.FlagClaimed], "this flag is closed"),
        (act(Act.CLAIM, note="calling now"), [e.FlagClaimed, e.NoteAdded], "this flag is closed"),
        (act(Act.ACKNOWLEDGE), [e.FlagAcknowledged], "this flag is closed"),
        (act(Act.NOTE, note="called"), [e.NoteAdded], [e.NoteAdded]),
        (act(Act.NOTE, note="  "), "the note is empty", "the note is empty"),
        (act(Act.CLOSE, outcome=Outcome.ADVISED), [e.FlagClosed], "this flag is closed already"),
        (act(Act.ASSIGN, owner="cal"), [e.FlagAssigned], "this flag is closed"),
        (act(Act.ASSIGN), "nobody was chosen to have it", "nobody was chosen to have it"),
        (act(Act.SNOOZE, until=after(55)), [e.FlagSnoozed], "this flag is closed"),
        (act(Act.SNOOZE), "a flag is snoozed until a time within 7 days", "this flag is closed"),
        (act(Act.SNOOZE, until=after(51)), "a flag is snoozed until a time within 7 days", "this flag is closed"),
        (act(Act.UNDO), "it is too late to undo that", "it is too late to undo that"),
        (act(Act.CLOSE), "closing needs an outcome", "this flag is closed already"),
        (act(Act.REOPEN), "this flag is open", [e.FlagReopened]),
    ],
)
def test_every_act_on_an_open_and_on_a_closed_flag(what: ReviewAct, on_open: object, on_closed: object) -> None:
    for episode, wanted in ((FLAGGED, on_open), (CLOSED, on_closed)):
        version = episode.flags[0].version
        answer = on_review(episode, replace(what, version=version), after(51))
        if isinstance(answer, Refusal):
            assert answer.why == wanted
            assert not answer.is_conflict
        else:
            assert [type(event) for event in answer.events] == wanted


def test_whoever_comes_second_is_told_who_was_first() -> None:
    first = decided(FLAGGED, done(on_review(FLAGGED, act(Act.CLAIM, who="ana"), after(50))))
    refusal = refused(on_review(first, act(Act.CLAIM, who="ben"), after(50)))
    assert (refusal.who, refusal.version, refusal.is_conflict) == ("ana", 2, True)
    assert "ana" in refusal.why


def test_a_new_report_in_between_is_a_conflict_too() -> None:
    again = after_events(FLAGGED, raise_flag(FLAGGED, FINDING, "y", after(60)))
    refusal = refused(on_review(again, act(Act.CLOSE, outcome=Outcome.REASSURED), after(61)))
    assert (refusal.who, refusal.is_conflict) == ("", True)


def test_a_new_report_after_a_colleague_is_nobodys_doing() -> None:
    claimed = decided(FLAGGED, done(on_review(FLAGGED, act(Act.CLAIM, who="ana"), after(50))))
    again = after_events(claimed, raise_flag(claimed, FINDING, "y", after(60)))
    assert refused(on_review(again, act(Act.NOTE, 2, note="called"), after(61))).who == ""


@pytest.mark.parametrize("outcome", list(Outcome))
def test_a_flag_closed_as_mistaken_was_never_one(outcome: Outcome) -> None:
    closed = decided(FLAGGED, done(on_review(FLAGGED, act(Act.CLOSE, outcome=outcome), after(50)))).flags[0]
    assert closed.state is (FlagState.MISTAKEN if outcome is Outcome.MISTAKEN else FlagState.CLOSED)
    assert (closed.closed_by, closed.outcome, closed.is_open) == ("ben", outcome, False)


def test_a_reopened_flag_is_open_and_unseen() -> None:
    version = CLOSED.flags[0].version
    flag = decided(CLOSED, done(on_review(CLOSED, act(Act.REOPEN, version), after(51)))).flags[0]
    assert (flag.is_open, flag.outcome, flag.acknowledged_by, flag.version) == (True, None, "", version + 1)


def test_a_flag_that_is_not_there_is_refused() -> None:
    assert refused(on_review(an_episode(), act(Act.CLAIM), after(51))).why == "there is no such flag"


def test_a_note_without_end_is_refused() -> None:
    assert not refused(on_review(FLAGGED, act(Act.NOTE, note="x" * (LONGEST_NOTE + 1)), after(51))).is_conflict


@pytest.mark.parametrize("state", list(EpisodeState))
def test_staff_stop_what_runs_and_let_go_on_what_does_not(state: EpisodeState) -> None:
    episode = an_episode(state=state)
    stop, resume = (on_plan(episode, what, "ana", after(30)) for what in (PlanAct.STOP, PlanAct.RESUME))
    assert isinstance(stop, Refusal) is (state in ENDED)
    assert isinstance(resume, Refusal) is (state not in {EpisodeState.ON_HOLD, EpisodeState.CANCELLED})


def test_a_stopped_plan_says_who_stopped_it_and_wakes_no_more() -> None:
    decision = done(on_plan(an_episode(), PlanAct.STOP, "ana", after(30)))
    stopped = decided(an_episode(), decision)
    assert (stopped.state, stopped.why, stopped.was_stopped) == (EpisodeState.CANCELLED, "stopped by ana", True)
    assert decision.wake_at is None


@pytest.mark.parametrize(
    ("hours", "state", "completion"),
    [(-5, EpisodeState.PLANNED, None), (5, EpisodeState.ACTIVE, Completion.EXPLICIT)],
)
def test_a_plan_goes_on_where_it_would_be_by_now(
    hours: float, state: EpisodeState, completion: Completion | None
) -> None:
    held = an_episode(state=EpisodeState.ON_HOLD, completion=None, why="held")
    decision = done(on_plan(held, PlanAct.RESUME, "ana", after(hours)))
    resumed = decided(held, decision)
    assert (resumed.state, resumed.completion, resumed.why) == (state, completion, "")
    assert decision.wake_at == after(hours)


def test_staff_write_to_a_patient_in_their_own_words() -> None:
    [text] = queued(done(write_to_patient(an_episode(), circumstances(), " Please call us. ", "ana", after(30))))
    assert (text.kind, text.body, text.who) == (Kind.STAFF, "Please call us.", "ana")


@pytest.mark.parametrize(
    ("body", "patient", "why"),
    [
        ("  ", a_patient(), "empty"),
        ("x" * 1601, a_patient(), "at most 1600"),
        ("hello", a_patient(opted_out_at=after(1)), "opted out"),
        ("hello", a_patient(consent=None), "no consent"),
        ("hello", a_patient(phone=None), "no phone"),
    ],
)
def test_a_text_that_cannot_go_says_why(body: str, patient: object, why: str) -> None:
    answer = write_to_patient(an_episode(), circumstances(patient=patient), body, "ana", after(30))
    assert why in refused(answer).why


UNDOABLE = [
    act(Act.CLAIM),
    act(Act.ACKNOWLEDGE),
    act(Act.ASSIGN, owner="cal"),
    act(Act.SNOOZE, until=after(55)),
]


@pytest.mark.parametrize("what", UNDOABLE, ids=lambda what: what.act.value)
def test_an_act_is_taken_back_within_a_minute_by_whoever_did_it(what: ReviewAct) -> None:
    acted = decided(FLAGGED, done(on_review(FLAGGED, what, after(51), after(1))))
    for who, wall in (("ana", after(1)), ("ben", after(1) + timedelta(seconds=61))):
        assert "too late" in refused(on_review(acted, act(Act.UNDO, 2, who=who), after(51), wall)).why
    # Machine time counts: in a demo care time runs ahead.
    undone = decided(acted, done(on_review(acted, act(Act.UNDO, 2), after(99), after(1) + timedelta(seconds=59))))
    flag = undone.flags[0]
    assert (flag.owner, flag.acknowledged_by, flag.snoozed_until, flag.version, flag.before) == ("", "", None, 3, None)


def test_whatever_comes_in_between_cannot_be_undone_any_more() -> None:
    claimed = decided(FLAGGED, done(on_review(FLAGGED, act(Act.CLAIM), after(51))))
    noted = decided(claimed, done(on_review(claimed, act(Act.NOTE, 2, note="rang"), after(51))))
    assert "too late" in refused(on_review(noted, act(Act.UNDO, 3), after(51))).why


def test_a_take_over_that_is_undone_gives_the_flag_back() -> None:
    claimed = decided(FLAGGED, done(on_review(FLAGGED, act(Act.CLAIM, who="ana"), after(51))))
    taken = decided(claimed, done(on_review(claimed, act(Act.CLAIM, 2), after(51))))
    assert decided(taken, done(on_review(taken, act(Act.UNDO, 3), after(51)))).flags[0].owner == "ana"


def test_what_cannot_wait_is_never_snoozed() -> None:
    urgent = after_events(FLAGGED, raise_flag(FLAGGED, replace(FINDING, urgency=Urgency.NOW), "y", after(50)))
    refusal = refused(on_review(urgent, act(Act.SNOOZE, 2, until=after(52)), after(51)))
    assert refusal.why == "what cannot wait is not snoozed"


def test_a_closing_says_whether_contact_was_made_and_a_reopening_forgets_it() -> None:
    what = act(Act.CLOSE, outcome=Outcome.ADVISED, contact=ContactMade.TRIED)
    closed = decided(FLAGGED, done(on_review(FLAGGED, what, after(51))))
    assert closed.flags[0].contact is ContactMade.TRIED
    assert decided(closed, done(on_review(closed, act(Act.REOPEN, 2), after(52)))).flags[0].contact is None


def test_a_text_of_ones_own_is_taken_back_before_it_leaves() -> None:
    episode = an_episode()
    [text] = queued(done(write_to_patient(episode, circumstances(), "Hm", "ana", after(30), held_until=after(31))))
    assert text.hands_off_until == after(31)
    assert "your own" in refused(take_back(text, episode, "ben", after(30))).why
    on_its_way = replace(text, state=MessageState.ATTEMPTING, attempt=1)
    assert "too late" in refused(take_back(on_its_way, episode, "ana", after(30))).why
    [event] = done(take_back(text, episode, "ana", after(30))).events
    assert isinstance(event, e.MessageSettled)
    assert (event.message.state, event.message.hands_off_until) == (MessageState.WITHDRAWN, None)
