"""The recovery chart places what was reported where it belongs."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from followup.domain.episode import CheckIn, CheckInState, Episode, EpisodeState, Report
from followup.domain.message import Direction, Kind, Message, MessageState
from followup.domain.protocol import CheckInPlan, ExpectedWindow, Protocol
from followup.domain.understanding.values import Severity, Trend
from followup.web.chart import SHORTEST, Scale, draw

TREATED = datetime(2026, 11, 20, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
PROTOCOL = Protocol(
    id="mesotherapy",
    title="Mesotherapy",
    version="1",
    expected={"redness": ExpectedWindow("redness", 24 * HOUR, 48 * HOUR)},
    check_ins=(CheckInPlan("day-1", 24 * HOUR, ("redness", "swelling")),),
)
EPISODE = Episode(
    id="e1",
    clinic="glow",
    source="native",
    booking_id="b1",
    patient_id="p1",
    protocol_id="mesotherapy",
    protocol_version="1",
    state=EpisodeState.ACTIVE,
    treated_from=None,
    treated_until=TREATED,
    completion=None,
    opened_at=TREATED,
)


def at(hours: float) -> datetime:
    return TREATED + hours * HOUR


def report(hours: float, severity: Severity | None, trend: Trend | None = None, symptom: str = "redness") -> Report:
    return Report(f"{symptom}{hours}", symptom, severity, trend, at(hours), f"m{hours}", "day-1", "", "digit")


def reported(*reports: Report) -> Episode:
    return replace(EPISODE, reports=reports)


def test_every_asked_symptom_has_a_lane_even_without_a_report() -> None:
    chart = draw(EPISODE, PROTOCOL, [], at(1))
    assert [lane.symptom for lane in chart.lanes] == ["redness", "swelling"]
    assert chart.rows == []


def test_a_report_in_the_last_expected_hour_is_not_beyond_and_a_minute_later_is() -> None:
    episode = reported(report(48, Severity.MILD), report(48 + 1 / 60, Severity.MILD))
    points = draw(episode, PROTOCOL, [], at(50)).lanes[0].points
    assert [point.is_beyond for point in points] == [False, True]


def test_none_reported_after_the_window_is_not_beyond() -> None:
    assert not draw(reported(report(72, Severity.NONE)), PROTOCOL, [], at(73)).lanes[0].points[0].is_beyond


def test_a_symptom_without_a_degree_is_drawn_with_a_question_mark_and_never_as_none() -> None:
    episode = reported(report(24, Severity.NONE), report(25, None, Trend.BETTER))
    none, unsure = draw(episode, PROTOCOL, [], at(26)).lanes[0].points
    assert unsure.digit == "?"
    assert unsure.y < none.y
    assert unsure.words == "better"


def test_more_severe_stands_higher() -> None:
    degrees = (Severity.NONE, Severity.MILD, Severity.MODERATE, Severity.SEVERE)
    episode = reported(*(report(hour, degree) for hour, degree in enumerate(degrees, 1)))
    heights = [point.y for point in draw(episode, PROTOCOL, [], at(5)).lanes[0].points]
    assert heights == sorted(heights, reverse=True)
    assert len(set(heights)) == len(degrees)


def test_a_symptom_nobody_asked_about_gets_its_lane_once_it_is_reported() -> None:
    chart = draw(reported(report(5, Severity.MILD, symptom="pain")), PROTOCOL, [], at(6))
    assert chart.symptoms == ["redness", "swelling", "pain"]


def test_the_protocol_may_be_gone() -> None:
    lane = draw(reported(report(100, Severity.MILD)), None, [], at(101)).lanes[0]
    assert lane.window == 0
    assert not lane.points[0].is_beyond


def test_silence_and_a_text_that_did_not_arrive_are_marked() -> None:
    check_in = CheckIn("c1", "day-1", at(24), CheckInState.MISSED, asked_at=at(24))
    lost = Message(
        "m1",
        "glow",
        "e1",
        Direction.OUT,
        Kind.ASK,
        "day-3",
        "+447700900001",
        "",
        MessageState.FAILED,
        at(30),
        at(30),
        at(40),
    )
    marks = draw(replace(EPISODE, check_ins=(check_in,)), PROTOCOL, [lost], at(60)).marks
    assert [mark.kind for mark in marks] == ["missed", "failed"]
    assert marks[0].words == "day-1, no reply"


def test_one_reply_is_one_row_of_the_table() -> None:
    reports = [report(24, Severity.MILD), replace(report(24, Severity.NONE, symptom="swelling"), message_id="m24")]
    reports[0] = replace(reports[0], message_id="m24")
    rows = draw(reported(*reports), PROTOCOL, [], at(25)).rows
    assert [row.by_symptom for row in rows] == [{"redness": "mild", "swelling": "none"}]


def test_a_month_gives_early_days_more_room() -> None:
    week, month = Scale(168.0), Scale(672.0)
    assert week.at(84) == 50
    assert month.at(48) > 25
    assert month.at(672) == 100
    assert month.at(-5) == 0


def test_ticks_do_not_touch() -> None:
    for hours in (1, 100, 200, 700, 2000):
        ticks = [tick for tick, _ in draw(reported(report(hours, Severity.MILD)), PROTOCOL, [], at(hours)).ticks]
        assert all(later - earlier >= 7 for earlier, later in pairwise(ticks))
    assert draw(EPISODE, PROTOCOL, [], at(0)).now == 0
    assert draw(EPISODE, PROTOCOL, [], at(SHORTEST * 3)).now is None
