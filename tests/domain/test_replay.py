"""What another protocol would have made of reports that are past."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from followup.domain.episode import Episode, Report
from followup.domain.flag import Evidence, Flag, FlagState, Reason
from followup.domain.inputs import Outcome
from followup.domain.protocol import ExpectedWindow, Protocol
from followup.domain.replay import Fate, findings, replay, replayed
from followup.domain.understanding.values import Severity, Trend, Urgency
from kit.builders import HOUR, a_protocol, after, an_episode, with_asked

if TYPE_CHECKING:
    from datetime import datetime


def allowing(hours: float, **changes: object) -> Protocol:
    expected = {name: ExpectedWindow(name, None, hours * HOUR) for name in ("redness", "swelling")}
    return a_protocol(expected=expected, **changes)


def a_report(symptom: str, hours: float, severity: Severity = Severity.MILD, trend: Trend | None = None) -> Report:
    message = f"message-{hours}"
    return Report(f"{message}-{symptom}", symptom, severity, trend, after(hours), message, "", f"{symptom} 1", "digit")


def a_flag(
    hours: float,
    reason: Reason = Reason.PERSISTING,
    subject: str = "redness",
    outcome: Outcome | None = Outcome.ADVISED,
    rule: str = "",
) -> Flag:
    states = {None: FlagState.ACTIVE, Outcome.MISTAKEN: FlagState.MISTAKEN}
    closed_at: datetime | None = after(hours + 5) if outcome else None
    return Flag(
        id=f"{reason}-{subject}-{hours}",
        reason=reason,
        urgency=Urgency.TODAY,
        subject=subject,
        raised_at=after(hours),
        last_raised_at=after(hours),
        evidence=Evidence("redness 1", rule, after(hours), hours, 48.0),
        state=states.get(outcome, FlagState.CLOSED),
        closed_at=closed_at,
        outcome=outcome,
    )


def past(*reports: Report, flags: tuple[Flag, ...] = ()) -> Episode:
    return replace(with_asked(an_episode(), "day-1", "day-3"), reports=reports, flags=flags)


def fates(episode: Episode, protocol: Protocol) -> list[str]:
    return [f"{case.fate}: {case.reason}" for case in replayed(episode, protocol)]


def test_the_same_windows_find_the_same_flags() -> None:
    episode = past(a_report("redness", 72), flags=(a_flag(72),))
    assert fates(episode, allowing(48)) == ["kept: persisting"]


@pytest.mark.parametrize(
    ("outcome", "fate"),
    [
        (Outcome.MISTAKEN, Fate.SPARED),
        (Outcome.REASSURED, Fate.MISSED),
        (Outcome.RECALLED, Fate.MISSED),
        (None, Fate.UNREVIEWED),
    ],
)
def test_a_longer_window_spares_what_was_a_mistake_and_misses_what_was_real(
    outcome: Outcome | None, fate: Fate
) -> None:
    episode = past(a_report("redness", 72), flags=(a_flag(72, outcome=outcome),))
    assert [case.fate for case in replayed(episode, allowing(96))] == [fate]


def test_a_real_flag_is_not_missed_where_the_same_reply_is_flagged_for_something_else() -> None:
    worse = a_report("redness", 72, Severity.MODERATE, Trend.WORSE)
    episode = past(worse, flags=(a_flag(72), a_flag(72, Reason.WORSENING)))
    assert fates(episode, allowing(96)) == ["seen otherwise: persisting", "kept: worsening"]


def test_what_is_flagged_days_later_does_not_make_up_for_it() -> None:
    episode = past(a_report("redness", 72), a_report("redness", 200), flags=(a_flag(72),))
    assert fates(episode, allowing(96)) == ["missed: persisting", "added: persisting"]


def test_a_shorter_window_adds_a_flag_once_however_often_it_was_reported() -> None:
    episode = past(a_report("redness", 24), a_report("redness", 30))
    assert fates(episode, allowing(12)) == ["added: persisting"]


def test_a_flag_that_was_open_takes_later_reports_with_it() -> None:
    episode = past(a_report("redness", 72), a_report("redness", 74), flags=(a_flag(72),))
    assert fates(episode, allowing(48)) == ["kept: persisting"]


def test_what_does_not_hang_on_windows_stays_as_it_was() -> None:
    flags = (
        a_flag(30, Reason.SILENT, ""),
        a_flag(31, Reason.UNCLEAR, ""),
        a_flag(32, Reason.ALARM_SIGN, "fever_chills"),
    )
    assert fates(past(flags=flags), allowing(1000)) == ["kept: silent", "kept: unclear", "kept: alarm_sign"]


@pytest.mark.parametrize(
    ("hours", "rule", "fate"),
    [
        (72, 'alarm sign: "blisters"', Fate.SPARED),
        (400, 'alarm sign: "blisters"', Fate.KEPT),
        (72, 'alarm sign: "blisters", "open sore"', Fate.KEPT),
        (72, "", Fate.KEPT),
    ],
)
def test_a_sign_the_protocol_now_expects_is_spared_in_its_words_and_its_time(
    hours: float, rule: str, fate: Fate
) -> None:
    sign = "blister_ulcer_necrosis"
    flag = a_flag(hours, Reason.ALARM_SIGN, sign, Outcome.MISTAKEN, rule)
    protocol = allowing(
        48,
        harmless_signs=frozenset({sign}),
        harmless_until={sign: 336 * HOUR},
        harmless_words=frozenset({(sign, "blister")}),
    )
    assert [case.fate for case in replayed(past(flags=(flag,)), protocol)] == [fate]


def test_each_reply_is_judged_with_what_was_known_when_it_came() -> None:
    reports = (
        a_report("redness", 24, Severity.MODERATE),
        a_report("redness", 72, Severity.NONE),
        a_report("redness", 90, Severity.MILD),
    )
    labels = [(one.label, one.evidence.hours_since_treatment) for one in findings(past(*reports), allowing(80))]
    assert labels == [("returned: redness", 90), ("persisting: redness", 90)]


def test_episodes_are_counted_side_by_side_for_each_hundred_check_ins() -> None:
    one = past(a_report("redness", 72), flags=(a_flag(72, outcome=Outcome.MISTAKEN),))
    other = past(a_report("redness", 100), flags=(a_flag(100), a_flag(30, Reason.SILENT, "")))
    found = replay([one, other], allowing(96))
    assert (found.episodes, found.check_ins) == (2, 4)
    assert (found.before, found.after) == ({"persisting": 2, "silent": 1}, {"persisting": 1, "silent": 1})
    assert [case.fate for case in found.changes] == [Fate.SPARED]
    assert found.per_hundred(3) == 75
    assert found.with_more(found).before == {"persisting": 4, "silent": 2}
    assert replay([], allowing(48)).per_hundred(0) == 0
