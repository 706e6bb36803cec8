"""Staff say what a reply means: the reports change, triage looks again, and nothing closes by itself."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from followup.domain import events as e
from followup.domain.conversation import on_reply
from followup.domain.corrected import ReportCorrected, UnderstandingCorrected
from followup.domain.correction import Correction, Read, mark_of, on_correction, without_identity
from followup.domain.decision import Decision
from followup.domain.review import Refusal
from followup.domain.understanding.as_json import explained
from followup.domain.understanding.from_json import understanding_of
from followup.domain.understanding.values import Handling, Severity
from kit.builders import (
    a_patient,
    a_reply,
    after,
    an_episode,
    circumstances,
    decided,
    flags,
    queued,
    vocabularies,
    with_asked,
)
from kit.understood import understood

if TYPE_CHECKING:
    from followup.domain.episode import Episode

AROUND = circumstances()
SIGNS = {sign.code: sign for sign in vocabularies()["en"].signs}


@dataclass
class Answered:
    """A patient who wrote one reply, and somebody who corrects what was made of it."""

    episode: Episode
    read: Read

    def correct(self, **said: object) -> Decision | Refusal:
        seen = str(said.pop("seen", mark_of(self.read.understanding)))
        correction = Correction(self.read.message.id, "ana@glow.example", seen, **said)  # type: ignore[arg-type] # as the test says
        return on_correction(self.episode, self.read, correction, SIGNS, after(26))

    def corrected(self, **said: object) -> Decision:
        decision = self.correct(**said)
        assert isinstance(decision, Decision)
        return decision


def answered(text: str, hours: float = 25) -> Answered:
    asked = with_asked(an_episode(), "day-1")
    decision = on_reply(asked, AROUND, a_reply(text, after(hours)), vocabularies(), after(hours))
    heard = next(event for event in decision.events if isinstance(event, e.ReplyReceived))
    return Answered(decided(asked, decision), Read(heard.message, heard.understanding, AROUND.protocol, AROUND.patient))


def severities(episode: Episode) -> dict[str, str]:
    return {one.symptom: str(one.severity) for one in episode.reports}


def test_a_corrected_severity_takes_the_place_of_the_report_and_triage_looks_again() -> None:
    story = answered("1 0")
    decision = story.corrected(symptoms=(("redness", Severity.SEVERE),))
    after_it = decided(story.episode, decision)
    assert severities(after_it) == {"redness": "severe", "swelling": "none"}
    assert len(after_it.reports) == len(story.episode.reports)
    assert flags(decision) == ["severe/today: redness"]
    assert "corrected by staff" in after_it.flags[-1].evidence.rule


def test_an_alarm_sign_that_was_missed_is_flagged_as_urgently_as_it_is() -> None:
    decision = answered("1 0").corrected(signs=("vision_change",))
    assert flags(decision) == ["alarm_sign/now: vision_change"]


def test_an_alarm_sign_that_is_none_leaves_the_flag_open_for_a_person_to_close() -> None:
    story = answered("1 0 and I can't breathe")
    assert [flag.subject for flag in story.episode.flags] == ["breathing_difficulty"]
    decision = story.corrected(signs=())
    after_it = decided(story.episode, decision)
    assert flags(decision) == []
    assert [flag.is_open for flag in after_it.flags] == [True]
    (event,) = (event for event in decision.events if isinstance(event, UnderstandingCorrected))
    assert event.right.alarm_signs == ()


def test_what_was_flagged_already_is_not_raised_once_more() -> None:
    story = answered("3 0")
    again = story.corrected(symptoms=(("swelling", Severity.MILD),), signs=())
    assert [type(event) for event in again.events] == [UnderstandingCorrected, ReportCorrected]


def test_a_symptom_that_was_not_mentioned_says_nothing_any_more() -> None:
    story = answered("1 0")
    after_it = decided(story.episode, story.corrected(symptoms=(("redness", None),)))
    assert severities(after_it) == {"redness": "None", "swelling": "none"}
    assert after_it.latest_report("redness") is None


def test_understood_rightly_changes_no_report_and_still_is_an_example() -> None:
    story = answered("1 0")
    decision = story.corrected(is_right=True)
    (event,) = decision.events
    assert isinstance(event, UnderstandingCorrected)
    assert (event.example, event.hours, event.right.handling) == ("1 0", 25.0, Handling.AUTO)
    assert decided(story.episode, decision).reports == story.episode.reports


def test_a_doubtful_all_clear_that_staff_confirm_is_reported() -> None:
    story = answered("no redness no swelling blorp")
    assert story.read.understanding.handling is not Handling.AUTO
    confirmed = decided(story.episode, story.corrected(is_right=True))
    assert severities(confirmed) == {"redness": "none", "swelling": "none"}


def test_a_correction_texts_nobody_and_wakes_nothing_earlier() -> None:
    story = answered("1 0")
    decision = story.corrected(signs=("breathing_difficulty",))
    assert queued(decision) == []
    assert decision.wake_at == story.episode.wake_at


def test_the_second_of_two_who_correct_at_once_is_told() -> None:
    refused = answered("1 0").correct(seen="older", symptoms=(("redness", Severity.NONE),))
    assert isinstance(refused, Refusal)
    assert refused.is_conflict


def test_a_sign_nobody_knows_is_refused() -> None:
    assert isinstance(answered("1 0").correct(signs=("hiccups",)), Refusal)


def test_an_example_names_nobody() -> None:
    patient = a_patient(given="Ada Mary", family="Byrne")
    said = "ada byrne here, 07700 900123 or ada@example.org, Mary says 38.5 at 10:30, 2 0"
    assert (
        without_identity(said, patient) == "[name] [name] here, [number] or [address], [name] says 38.5 at 10:30, 2 0"
    )


@pytest.mark.parametrize(
    "text", ["1 0", "can't breathe, call me, blorp", "no fever, redness is better", "", "🤷", "hives are gone now"]
)
def test_an_understanding_is_read_back_as_it_was_kept(text: str) -> None:
    was = understood(text)
    assert understanding_of(json.loads(json.dumps(explained(was)))) == was
