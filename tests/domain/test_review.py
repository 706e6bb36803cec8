"""What staff do with a flag, a plan and a text of their own: the first one counts, the second is told who it was."""

from __future__ import annotations

from dataclasses import replace

import pytest

from followup.domain import events as e
from followup.domain.decision import Decision
from followup.domain.episode import Completion, EpisodeState
from followup.domain.flag import FlagState, Reason
from followup.domain.inputs import Act, Outcome, ReviewAct
from followup.domain.message import Kind
from followup.domain.review import LONGEST_NOTE, PlanAct, Refusal, on_plan, on_review, write_to_patient
from followup.domain.triage import raise_flag, without_words
from followup.domain.understanding.values import Urgency
from kit.builders import a_patient, after, after_events, an_episode, circumstances, decided, queued

FINDING = without_words(Reason.SILENT, Urgency.REVIEW, "why", after(49), an_episode())
FLAGGED = after_events(an_episode(), raise_flag(an_episode(), FINDING, "x", after(49)))
FLAG = FLAGGED.flags[0]
CLOSED = after_events(FLAGGED, e.FlagClosed(FLAG.id, "ana", after(50), Outcome.ADVISED, ""))
ENDED = {EpisodeState.FINISHED, EpisodeState.CANCELLED}


def act(what: Act, version: int = 1, who: str = "ben", outcome: Outcome | None = None, note: str = "") -> ReviewAct:
    return ReviewAct(FLAG.id, what, who, version, outcome, note)


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
