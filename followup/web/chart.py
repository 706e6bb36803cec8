"""The recovery chart: each symptom as it was reported, hour by hour, against the window in which it is expected."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

from followup.domain.episode import CheckInState
from followup.domain.message import Direction, MessageState
from followup.web.zoom import views

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from followup.domain.episode import CheckIn, Episode, Report
    from followup.domain.message import Message
    from followup.domain.protocol import Protocol
    from followup.web.zoom import Span, View

HOUR = timedelta(hours=1)
WHOLE = 100.0
"""Percent of the width."""
LANE, TOP, STEP = 84, 14, 20
"""Height of a lane, where "severe" stands in it, and how far below the next degree stands; in pixels."""
DEGREES = ("severe", "moderate", "mild", "none")
SHORTEST, LINEAR_UP_TO = 72.0, 8 * 24
"""Hours. The chart shows at least so many; beyond so many, early days get more room than late ones."""
TICKS = (0, 6, 12, 24, 48, 72, 96, 120, 144, 168, 240, 336, 504, 672, 1008, 1344, 2016)
CLOSEST = 7.5
"""Percent of the width between two ticks, so that their words do not touch on a phone."""
MARKS = {
    CheckInState.SCHEDULED: "planned",
    CheckInState.ASKED: "asked, no reply yet",
    CheckInState.ANSWERED: "answered",
    CheckInState.MISSED: "no reply",
    CheckInState.DROPPED: "not asked",
}


@dataclass(frozen=True, slots=True)
class Point:
    """One report: where it stands, the digit beside it and the words behind it."""

    x: float
    y: int
    digit: str
    is_beyond: bool
    words: str
    hours: float

    @property
    def label_y(self) -> int:
        """Where its digit is written: above, or below where there is no room."""
        return self.y - 9 if self.y > TOP else self.y + 19


@dataclass(frozen=True, slots=True)
class Lane:
    """One symptom. `window` is the share of the width in which it is expected, with the hours it means."""

    symptom: str
    window: float
    window_hours: float
    points: Sequence[Point]
    line: Sequence[Point]
    """Every report, those too that stand before or after what is shown: the line leads there."""

    @property
    def strokes(self) -> Sequence[tuple[Point, Point]]:
        """From each report to the next, as far as it comes through what is shown."""
        return [(one, other) for one, other in pairwise(self.line) if other.x >= 0 and one.x <= WHOLE]


@dataclass(frozen=True, slots=True)
class Mark:
    """A check-in, or a text that did not arrive, on the line of time."""

    x: float
    kind: str
    words: str


@dataclass(frozen=True, slots=True)
class Row:
    """All that one reply reported, for the table."""

    at: datetime
    hours: float
    step: str
    by_symptom: dict[str, str]


@dataclass(frozen=True, slots=True)
class Chart:
    """Everything to draw; places are percent of the width."""

    ticks: Sequence[tuple[float, str]]
    lanes: Sequence[Lane]
    marks: Sequence[Mark]
    now: float | None
    rows: Sequence[Row]
    views: Sequence[View]
    is_zoomed: bool

    @property
    def symptoms(self) -> Sequence[str]:
        """The table's columns."""
        return [lane.symptom for lane in self.lanes]


@dataclass(frozen=True, slots=True)
class Scale:
    """Hours since treatment to percent of the width; of a part of the time, what stands outside it is too."""

    last: float
    part: Span | None = None

    def at(self, hours: float) -> float:
        """Where this hour stands."""
        if self.part:
            return round(WHOLE * (hours - self.part.first) / self.part.hours, 2)
        share = max(0.0, hours) / self.last
        return round(WHOLE * min(1.0, share if self.last <= LINEAR_UP_TO else math.sqrt(share)), 2)

    def shows(self, hours: float) -> bool:
        """Whether this hour is in it."""
        return self.part.first <= hours <= self.part.last if self.part else hours <= self.last


def draw(
    episode: Episode,
    protocol: Protocol | None,
    messages: Sequence[Message],
    now: datetime,
    part: Span | None = None,
) -> Chart:
    """The chart of one episode, up to now or its last event, or that part of it."""
    end = _last_hour(episode, now)
    scale = Scale(end, part)
    passed = episode.hours_since_treatment(now)
    return Chart(
        ticks=_ticks(scale),
        lanes=[_lane(episode, protocol, symptom, scale) for symptom in _symptoms(episode, protocol)],
        marks=sorted([*_check_ins(episode, scale), *_failures(episode, messages, scale)], key=lambda mark: mark.x),
        now=scale.at(passed) if passed >= 0 and scale.shows(passed) else None,
        rows=_rows(episode),
        views=views(part, end, passed),
        is_zoomed=part is not None,
    )


def _last_hour(episode: Episode, now: datetime) -> float:
    """Up to the newest report or question, and to the next question where it is near."""
    reports = [episode.hours_since_treatment(report.reported_at) for report in episode.reports]
    settled = [one for one in episode.check_ins if one.state is not CheckInState.SCHEDULED]
    asked = [episode.hours_since_treatment(_stands_at(one)) for one in settled]
    planned = [episode.hours_since_treatment(one.due_at) for one in episode.check_ins]
    following = [hour for hour in planned if episode.hours_since_treatment(now) < hour <= LINEAR_UP_TO]
    return 1.04 * max([SHORTEST, *reports, *asked, *following[:1]])


def _symptoms(episode: Episode, protocol: Protocol | None) -> list[str]:
    asked = [symptom for plan in (protocol.check_ins[:1] if protocol else ()) for symptom in plan.ask]
    return list(dict.fromkeys([*asked, *(report.symptom for report in episode.reports)]))


def _lane(episode: Episode, protocol: Protocol | None, symptom: str, scale: Scale) -> Lane:
    hours = protocol.window(symptom) / HOUR if protocol and symptom in protocol.expected else 0.0
    reports = sorted((one for one in episode.reports if one.symptom == symptom), key=lambda one: one.reported_at)
    line = [_point(episode, report, hours, scale) for report in reports]
    shown = [point for point in line if scale.shows(point.hours) or not scale.part]
    return Lane(symptom, min(WHOLE, max(0.0, scale.at(hours))), hours, shown, line)


def _point(episode: Episode, report: Report, window: float, scale: Scale) -> Point:
    hours = episode.hours_since_treatment(report.reported_at)
    severity = report.severity
    digit = severity.digit if severity else None
    is_present = severity.is_present if severity else True
    # Without a degree it stands between mild and moderate, with a question mark: there, and nobody knows how much.
    y = TOP + STEP * 3 // 2 if digit is None else TOP + STEP * (3 - digit)
    return Point(
        x=scale.at(hours),
        y=y,
        digit="?" if digit is None else str(digit),
        is_beyond=is_present and hours > window > 0,
        words=_said(report),
        hours=hours,
    )


def _said(report: Report) -> str:
    degree = str(report.severity) if report.severity else ""
    return ", ".join(part for part in (degree, str(report.trend) if report.trend else "") if part)


def _stands_at(check_in: CheckIn) -> datetime:
    return check_in.answered_at or check_in.asked_at or check_in.due_at


def _check_ins(episode: Episode, scale: Scale) -> Iterable[Mark]:
    for one in episode.check_ins:
        hours = episode.hours_since_treatment(_stands_at(one))
        if scale.shows(hours):
            why = f": {one.why}" if one.why else ""
            yield Mark(scale.at(hours), str(one.state), f"{one.step}, {MARKS[one.state]}{why}")


def _failures(episode: Episode, messages: Sequence[Message], scale: Scale) -> Iterable[Mark]:
    for message in messages:
        if message.direction is Direction.OUT and message.state in {MessageState.FAILED, MessageState.UNKNOWN}:
            hours = episode.hours_since_treatment(message.attempted_at or message.at)
            if scale.shows(hours) or not scale.part:
                yield Mark(scale.at(hours), "failed", f"{message.step or 'text'} not delivered")


def _ticks(scale: Scale) -> list[tuple[float, str]]:
    if scale.part:
        return [(scale.at(hour), _tick(hour)) for hour in scale.part.ticks()]
    found: list[tuple[float, str]] = []
    for hour in TICKS:
        at = scale.at(hour)
        is_free = not found or at - found[-1][0] >= CLOSEST
        if hour <= scale.last and is_free and (hour % 24 == 0 or scale.last < LINEAR_UP_TO / 4):
            found.append((at, _tick(hour)))
    return found


def _tick(hour: int) -> str:
    if hour == 0:
        return "0"
    return f"{hour // 24} d" if hour > SHORTEST and hour % 24 == 0 else f"{hour} h"


def _rows(episode: Episode) -> list[Row]:
    rows: dict[str, Row] = {}
    for report in sorted(episode.reports, key=lambda one: one.reported_at):
        hours = episode.hours_since_treatment(report.reported_at)
        row = rows.setdefault(report.message_id, Row(report.reported_at, hours, report.step, {}))
        row.by_symptom[report.symptom] = _said(report)
    return list(rows.values())
