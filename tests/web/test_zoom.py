"""A part of the recovery, chosen by a link."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from followup.domain.episode import Episode, EpisodeState, Report
from followup.domain.understanding.values import Severity
from followup.web.chart import draw
from followup.web.zoom import FURTHEST, SHORTEST, Span, read_span, views

TREATED = datetime(2026, 11, 20, 12, tzinfo=UTC)
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
    reports=tuple(
        Report(f"r{hours}", "redness", Severity.MILD, None, TREATED + timedelta(hours=hours), f"m{hours}", "x", "", "x")
        for hours in (10, 30, 100)
    ),
)


def after(hours: float) -> datetime:
    return TREATED + timedelta(hours=hours)


@pytest.mark.parametrize(
    ("first", "last"),
    [
        ("", ""),
        ("1", ""),
        ("x", "24"),
        ("-5", "24"),
        ("20", "24"),
        ("24", "0"),
        ("0", "99999"),
        ("1.5", "24"),
        ("٣", "90"),
    ],
)
def test_what_is_no_part_of_the_time_shows_all_of_it(first: str, last: str) -> None:
    assert read_span({"from": first, "to": last}) is None


def test_only_what_is_in_the_part_is_shown_and_the_line_leads_out_of_it() -> None:
    lane = draw(EPISODE, None, [], after(101), Span(24, 72)).lanes[0]
    assert [point.hours for point in lane.points] == [30]
    assert lane.points[0].x == 12.5
    (before, inside), (_, later) = lane.strokes
    assert (before.x, inside.x, later.x) == (-29.17, 12.5, 158.33)


def test_a_line_through_a_part_without_a_report_is_drawn_and_one_beside_it_is_not() -> None:
    assert len(draw(EPISODE, None, [], after(101), Span(40, 60)).lanes[0].strokes) == 1
    assert draw(EPISODE, None, [], after(101), Span(0, 8)).lanes[0].strokes == []


def test_now_is_marked_only_where_it_is_shown() -> None:
    assert draw(EPISODE, None, [], after(101), Span(24, 72)).now is None
    assert draw(EPISODE, None, [], after(48), Span(24, 72)).now == 50


def test_the_table_has_every_report_whatever_the_chart_shows() -> None:
    assert len(draw(EPISODE, None, [], after(101), Span(24, 72)).rows) == 3
    assert len(draw(replace(EPISODE, reports=()), None, [], after(1), Span(24, 72)).rows) == 0


@pytest.mark.parametrize("hours", [6, 7, 24, 72, 100, 168, 500, 2016, 9999])
def test_ticks_are_few_enough_to_be_read_and_inside(hours: int) -> None:
    for first in (0, 5, 24):
        ticks = Span(first, first + hours).ticks()
        assert 1 <= len(ticks) <= 16
        assert all(first <= tick <= first + hours for tick in ticks)


def test_wherever_the_links_lead_they_are_parts_that_can_be_read_and_one_gets_back_to_the_whole() -> None:
    waiting, seen = [Span(0, 24)], set[Span]()
    while waiting and len(seen) < 500:
        span = waiting.pop(0)
        if span in seen:
            continue
        seen.add(span)
        offered = views(span, 400.0, 390.0)
        assert offered[0].span is None
        for view in offered[1:]:
            assert view.span is not None
            assert read_span({"from": str(view.span.first), "to": str(view.span.last)}) == view.span
            assert view.span.hours >= SHORTEST
            assert view.span.first < FURTHEST
            waiting.append(view.span)
    assert len(seen) == 500
