"""What staff must see, and how soon: every reason at its threshold."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from followup.domain.decision import Decision
from followup.domain.episode import Report
from followup.domain.flag import Evidence, FlagState, Reason
from followup.domain.protocol import ExpectedWindow
from followup.domain.reports import missing, reports_of
from followup.domain.triage import Finding, News, find, raise_flag, without_words
from followup.domain.understanding import Asked, read
from followup.domain.understanding.values import (
    AlarmHeard,
    Handling,
    Question,
    Severity,
    SignState,
    Trend,
    Understanding,
    Urgency,
)
from kit.builders import CORE, HOUR, a_protocol, after, an_episode, decided, vocabularies

if TYPE_CHECKING:
    from followup.domain.episode import Episode
    from followup.domain.protocol import Protocol

MINUTE = 1 / 60


def a_report(symptom: str, hours: float, severity: Severity | None, trend: Trend | None = None) -> Report:
    return Report(f"{symptom}{hours}", symptom, severity, trend, after(hours), "SM", "day-1", "", "")


def found(
    hours: float, *reports: Report, before: tuple[Report, ...] = (), protocol: Protocol | None = None
) -> list[str]:
    heard = Understanding("", "en", "1", Question.COMBINED_0_3, handling=Handling.AUTO)
    episode = replace(an_episode(), reports=before)
    findings = find(News(episode, protocol or a_protocol(), heard, reports, after(hours)))
    return [f"{finding.label}/{finding.urgency}" for finding in findings]


def read_as(text: str, hours: float = 25) -> list[Finding]:
    heard = read(text, vocabularies()["en"], Asked(Question.COMBINED_0_3, CORE, hours))
    reports = reports_of(heard, "SM", "day-1", after(hours))
    return list(find(News(an_episode(), a_protocol(), heard, reports, after(hours))))


@pytest.mark.parametrize(
    ("severity", "flags"),
    [
        (Severity.NONE, []),
        (Severity.MILD, ["persisting: redness/review"]),
        (Severity.MODERATE, ["persisting: redness/today"]),
        (Severity.SEVERE, ["severe: redness/today", "persisting: redness/today"]),
        (Severity.PRESENT, ["persisting: redness/today"]),
    ],
)
def test_what_is_there_after_its_window_persists(severity: Severity, flags: list[str]) -> None:
    assert found(72, a_report("redness", 72, severity)) == flags


@pytest.mark.parametrize(("hours", "is_flagged"), [(24, False), (48, False), (48 + MINUTE, True), (1000, True)])
def test_the_last_instant_of_the_window_is_still_expected(hours: float, is_flagged: bool) -> None:  # noqa: FBT001 - a column
    assert bool(found(hours, a_report("redness", hours, Severity.MILD))) is is_flagged


def test_severe_is_for_a_person_at_any_time() -> None:
    assert found(1, a_report("swelling", 1, Severity.SEVERE)) == ["severe: swelling/today"]


def test_a_symptom_the_plan_does_not_name_has_the_longest_of_its_windows() -> None:
    assert found(167, a_report("other", 167, Severity.MILD)) == []
    assert found(169, a_report("other", 169, Severity.MILD)) == ["persisting: other/review"]


def test_a_symptom_that_is_never_expected_persists_from_the_first_minute() -> None:
    protocol = replace(a_protocol(), expected={"redness": ExpectedWindow("redness", None, None)})
    assert found(MINUTE, a_report("redness", MINUTE, Severity.MILD), protocol=protocol) == ["persisting: redness/today"]


def test_a_word_on_everything_never_persists_by_itself() -> None:
    assert found(500, a_report("overall", 500, Severity.MILD)) == []


@pytest.mark.parametrize("trend", [Trend.BETTER, Trend.SAME])
def test_a_change_without_a_degree_says_that_it_is_there(trend: Trend) -> None:
    assert found(72, a_report("redness", 72, None, trend)) == ["persisting: redness/today"]


def test_said_to_be_worse_is_worse_whatever_was_said_before() -> None:
    assert found(5, a_report("redness", 5, Severity.MILD, Trend.WORSE)) == ["worsening: redness/today"]


@pytest.mark.parametrize(
    ("was", "now", "flags"),
    [
        (Severity.MILD, Severity.MODERATE, ["worsening: redness/today"]),
        (Severity.MODERATE, Severity.MILD, []),
        (Severity.MILD, Severity.MILD, []),
        (Severity.NONE, Severity.MILD, ["worsening: redness/today"]),
        (Severity.MILD, Severity.PRESENT, []),
    ],
)
def test_more_than_in_the_report_before_is_worse(was: Severity, now: Severity, flags: list[str]) -> None:
    before = (a_report("redness", 10, was),)
    assert found(20, a_report("redness", 20, now), before=before) == flags


def test_there_then_gone_and_there_again_has_returned() -> None:
    before = (a_report("redness", 10, Severity.MILD), a_report("redness", 20, Severity.NONE))
    assert found(30, a_report("redness", 30, Severity.MILD), before=before) == ["returned: redness/today"]


def test_a_reply_that_arrived_earlier_is_compared_only_with_what_came_before_it() -> None:
    later = (a_report("redness", 40, Severity.NONE),)
    assert found(20, a_report("redness", 20, Severity.MODERATE), before=later) == []


@pytest.mark.parametrize(
    ("state", "urgency"),
    [(SignState.NOW, Urgency.NOW), (SignState.POSSIBLY_NEGATED, Urgency.TODAY), (SignState.RESOLVED, Urgency.TODAY)],
)
def test_an_alarm_sign_that_is_perhaps_denied_or_gone_is_still_for_today(state: SignState, urgency: Urgency) -> None:
    sign = AlarmHeard("breathing_difficulty", Urgency.NOW, state, ())
    heard = Understanding("", "en", "1", Question.FREE, alarm_signs=(sign,), handling=Handling.HUMAN)
    [finding] = find(News(an_episode(), a_protocol(), heard, (), after(5)))
    assert (finding.label, finding.urgency) == ("alarm_sign: breathing_difficulty", urgency)


@pytest.mark.parametrize(
    ("text", "label", "urgency"),
    [("HELP", "asked_for_contact", Urgency.NOW), ("call me please", "asked_for_contact", Urgency.TODAY)],
)
def test_whoever_wants_a_person_gets_one(text: str, label: str, urgency: Urgency) -> None:
    [finding] = read_as(text)
    assert (finding.label, finding.urgency) == (label, urgency)


def test_what_nobody_could_read_is_for_a_person_with_the_words_in_question() -> None:
    [finding] = read_as("qwxz vbnm")
    assert finding.reason is Reason.UNCLEAR
    assert finding.evidence.rule == 'not understood: "qwxz vbnm"'


def test_a_flag_says_why_in_the_patients_words_with_the_rule_and_the_numbers() -> None:
    [finding] = read_as("2 0", 72 + MINUTE)
    assert finding.evidence == Evidence("2 0", "above none after its window", after(72 + MINUTE), 72 + MINUTE, 48)


def test_the_same_again_is_one_flag_with_newer_evidence() -> None:
    episode = _flagged(an_episode(), 50, Urgency.REVIEW, "one")
    [flag] = _flagged(episode, 60, Urgency.TODAY, "two").flags
    assert (flag.times_raised, flag.urgency, flag.raised_at, flag.last_raised_at) == (
        2,
        Urgency.TODAY,
        after(50),
        after(60),
    )


def test_the_same_again_never_makes_a_flag_less_urgent() -> None:
    episode = _flagged(an_episode(), 50, Urgency.NOW, "one")
    assert _flagged(episode, 60, Urgency.REVIEW, "two").flags[0].urgency is Urgency.NOW


def test_a_flag_of_the_same_cause_after_a_closed_one_has_an_id_of_its_own() -> None:
    episode = an_episode()
    for hours in (50, 60, 70):
        closed = tuple(replace(flag, state=FlagState.CLOSED) for flag in episode.flags)
        episode = _flagged(replace(episode, flags=closed), hours, Urgency.TODAY, "the same")
    assert len({flag.id for flag in episode.flags}) == 3
    assert [flag.is_open for flag in episode.flags] == [False, False, True]


def _flagged(episode: Episode, hours: float, urgency: Urgency, cause: str) -> Episode:
    finding = without_words(Reason.NOT_SENT, urgency, "why", after(hours), episode)
    return decided_by(episode, finding, cause)


def decided_by(episode: Episode, finding: Finding, cause: str) -> Episode:

    event = raise_flag(episode, finding, cause, finding.evidence.reported_at)
    return decided(episode, Decision((event,), None))


def test_flags_about_different_symptoms_stand_side_by_side() -> None:
    flags = {finding.label for finding in read_as("2 2", 72)}
    assert flags == {"persisting: redness", "persisting: swelling"}


def test_a_reply_that_is_not_certain_reports_complaints_and_never_an_all_clear() -> None:
    heard = read("1 0", vocabularies()["en"], Asked(Question.FREE))
    assert heard.handling is Handling.CLARIFY
    assert [report.symptom for report in reports_of(heard, "SM", "", after(5))] == ["redness"]


def test_a_word_on_everything_answers_for_every_symptom() -> None:
    heard = read("all good", vocabularies()["en"], Asked(Question.COMBINED_0_3, CORE))
    assert missing(CORE, heard) == ()


def test_hours_since_treatment_are_numbers_to_the_minute() -> None:
    finding = without_words(Reason.SILENT, Urgency.REVIEW, "why", after(0) + 1.5 * HOUR, an_episode())
    assert finding.evidence.hours_since_treatment == 1.5
