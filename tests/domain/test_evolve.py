"""The one place that makes a state from what has happened: only what an event names changes."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import get_args

import pytest

from followup.domain import events as e
from followup.domain.corrected import ReportCorrected, UnderstandingCorrected
from followup.domain.episode import CheckInState, Completion, EpisodeState, Report
from followup.domain.evolve import NoEpisodeError, evolve, fold
from followup.domain.flag import FlagState, Reason
from followup.domain.inputs import Act, Outcome
from followup.domain.mentioning import ColleaguesMentioned, MentionRead
from followup.domain.message import MessageState
from followup.domain.talking import FINISHED, TalkBegun, TalkEnded
from followup.domain.triage import raise_flag, without_words
from followup.domain.understanding.values import Question, Severity, Understanding, Urgency
from followup.domain.wishes import NumberAsked, NumberConfirmed, PatientOptedIn, PatientOptedOut
from kit.builders import PHONE, TREATED, a_message, after, after_events, an_episode

EPISODE = an_episode()
FINDING = without_words(Reason.SILENT, Urgency.REVIEW, "why", after(49), EPISODE)
RAISED = raise_flag(EPISODE, FINDING, "x", after(49))
FLAGGED = after_events(EPISODE, RAISED)
FLAG = FLAGGED.flags[0]
REPORT = Report("r", "redness", Severity.MILD, None, after(25), "m", "day-1", "1", "number")
HEARD = Understanding("0", "en", "1", Question.FREE)

CHANGES: tuple[tuple[e.Event, set[str]], ...] = (
    (e.EpisodeOpened(FLAGGED), set()),
    (e.BookingChanged("held"), {"booked_as"}),
    (
        e.EpisodeMoved(TREATED, after(5), (), "other", "2", "Other"),
        {
            "treated_from",
            "treated_until",
            "check_ins",
            "protocol_id",
            "protocol_version",
            "service_name",
        },
    ),
    (e.TreatmentCompleted(Completion.INFERRED), {"completion"}),
    (e.EpisodeHeld("why"), {"state", "why"}),
    (e.EpisodeCancelled("why"), {"state", "why"}),
    (e.EpisodeReturned(EpisodeState.PLANNED, None), {"state", "completion"}),
    (e.EpisodeFinished(), {"state"}),
    (e.PatientWelcomed(after(1)), {"welcomed_at"}),
    (e.CheckInAsked("day-1", after(24)), {"check_ins"}),
    (e.CheckInReminded("day-1", after(27)), {"check_ins"}),
    (e.CheckInClarified("day-1", after(27)), {"check_ins"}),
    (e.CheckInAnswered("day-1", after(27)), {"check_ins"}),
    (e.CheckInMissed("day-1", after(48)), {"check_ins"}),
    (e.CheckInDropped("day-1", after(48), "why"), {"check_ins"}),
    (e.MessageQueued(a_message()), set()),
    (e.MessageSettled(a_message(), MessageState.QUEUED), set()),
    (e.ReplyReceived(a_message(), HEARD), set()),
    (e.SymptomReported(REPORT), {"reports"}),
    (ReportCorrected(REPORT), {"reports"}),
    (UnderstandingCorrected("m", HEARD, HEARD, "1 0", 24.0, "ana", after(25)), set()),
    (raise_flag(FLAGGED, replace(FINDING, subject="redness"), "y", after(50)), {"flags"}),
    (raise_flag(FLAGGED, FINDING, "y", after(50)), {"flags"}),
    (e.FlagClaimed(FLAG.id, "ana", after(50)), {"flags"}),
    (e.FlagAcknowledged(FLAG.id, "ana", after(50)), {"flags"}),
    (e.FlagAssigned(FLAG.id, "ana", after(50), "ben"), {"flags"}),
    (e.FlagSnoozed(FLAG.id, "ana", after(50), after(52)), {"flags"}),
    (e.FlagActUndone(FLAG.id, "ana", after(50), Act.CLAIM), {"flags"}),
    (e.NoteAdded(FLAG.id, "ana", after(50), "note"), {"flags"}),
    (e.FlagClosed(FLAG.id, "ana", after(50), Outcome.ADVISED, ""), {"flags"}),
    (e.FlagReopened(FLAG.id, "ana", after(50), ""), {"flags"}),
    (PatientOptedOut(PHONE, after(1), "STOP"), set()),
    (PatientOptedIn(PHONE, after(1)), set()),
    (NumberAsked(after(1)), {"confirm_asked_at"}),
    (NumberConfirmed(PHONE, after(1)), set()),
    (ColleaguesMentioned(FLAG.id, "ana", after(50), ("ben",)), {"flags"}),
    (MentionRead(FLAG.id, "ben", after(50)), {"flags"}),
    (TalkBegun("ana", after(50)), {"talk"}),
    (TalkEnded("ana", after(50), FINISHED), set()),
)


@pytest.mark.parametrize(("event", "changed"), CHANGES, ids=lambda one: type(one).__name__)
def test_an_event_changes_what_it_names_and_nothing_else(event: e.Event, changed: set[str]) -> None:
    evolved = evolve(FLAGGED, event)
    different = {one.name for one in fields(FLAGGED) if getattr(FLAGGED, one.name) != getattr(evolved, one.name)}
    assert different == changed


def test_no_event_was_forgotten() -> None:
    assert {type(event) for event, _ in CHANGES} == set(get_args(e.Event))


@pytest.mark.parametrize(("event", "_changed"), CHANGES, ids=lambda one: type(one).__name__)
def test_only_an_opening_needs_no_episode(event: e.Event, _changed: set[str]) -> None:
    if isinstance(event, e.EpisodeOpened):
        assert fold(None, [event]) == event.episode
    else:
        with pytest.raises(NoEpisodeError):
            evolve(None, event)


def test_a_check_in_remembers_when_each_thing_happened_to_it() -> None:
    steps = (
        e.CheckInAsked("day-1", after(24)),
        e.CheckInReminded("day-1", after(27)),
        e.CheckInAnswered("day-1", after(28)),
    )
    check_in = after_events(EPISODE, *steps).check_in("day-1")
    assert check_in is not None
    times = (check_in.asked_at, check_in.reminded_at, check_in.answered_at, check_in.state)
    assert times == (after(24), after(27), after(28), CheckInState.ANSWERED)
    assert after_events(EPISODE, *steps).check_in("day-3") == EPISODE.check_in("day-3")


@pytest.mark.parametrize(
    "event",
    [
        e.FlagClaimed(FLAG.id, "ana", after(50)),
        e.NoteAdded(FLAG.id, "ana", after(50), "note"),
        e.FlagClosed(FLAG.id, "ana", after(50), Outcome.MISTAKEN, ""),
    ],
    ids=lambda one: type(one).__name__,
)
def test_every_touch_of_a_flag_counts_and_is_somebodys(event: e.Event) -> None:
    [flag] = evolve(FLAGGED, event).flags
    assert (flag.version, flag.touched_by) == (2, "ana")


def test_a_flag_another_event_is_about_is_the_same_object() -> None:
    assert evolve(FLAGGED, e.FlagClaimed("another", "ana", after(50))).flags[0] is FLAG


def test_closed_as_mistaken_is_a_state_of_its_own() -> None:
    closed = evolve(FLAGGED, e.FlagClosed(FLAG.id, "ana", after(50), Outcome.MISTAKEN, "")).flags[0]
    assert closed.state is FlagState.MISTAKEN


def test_a_plan_that_stays_where_it_is_keeps_why_it_is_there() -> None:
    held = evolve(EPISODE, e.EpisodeHeld("wrong number"))
    assert evolve(held, e.EpisodeReturned(EpisodeState.ON_HOLD, Completion.EXPLICIT)).why == "wrong number"
    assert evolve(held, e.EpisodeReturned(EpisodeState.ACTIVE, Completion.EXPLICIT)).why == ""


@pytest.mark.parametrize("event", [e.ReplyReceived(a_message(), HEARD), raise_flag(FLAGGED, FINDING, "y", after(51))])
def test_whatever_the_patient_says_ends_a_snooze(event: e.Event) -> None:
    snoozed = evolve(FLAGGED, e.FlagSnoozed(FLAG.id, "ana", after(50), after(54)))
    assert snoozed.flags[0].is_snoozed(after(51))
    [flag] = evolve(snoozed, event).flags
    assert (flag.is_snoozed(after(51)), flag.version, flag.touched_by) == (False, 3, "")
    assert not snoozed.flags[0].is_snoozed(after(54))
