"""The figures a lead reads: silence never counts as well, and what did not happen is not a hundred per cent."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from followup.domain.care_figures import Asked, CareFigures, Raised, Share, care_figures
from followup.domain.flag import Reason
from followup.domain.inputs import Outcome
from followup.domain.understanding.values import Urgency
from kit.builders import a_clinic, after

HOUR = timedelta(hours=1)


def a_flag(urgency: Urgency = Urgency.TODAY, seen: float | None = None, closed: float | None = None) -> Raised:
    at = [after(hours) if hours is not None else None for hours in (seen, closed)]
    return Raised("meso", Reason.SEVERE, urgency, after(0), at[0], at[1], Outcome.ADVISED if closed else None, "glow")


def figures_of(asked: list[Asked], raised: list[Raised], hours: float = 100) -> CareFigures:
    return care_figures(asked, raised, {"glow": a_clinic()}, after(hours))


def test_of_nothing_there_is_no_share() -> None:
    figures = figures_of([], [])
    assert (figures.answered.percent, figures.first_reply, figures.seen, figures.still_open) == (None, None, {}, 0)


def test_whoever_did_not_answer_counts_as_asked_only() -> None:
    figures = figures_of([Asked("meso", after(0), after(2)), Asked("meso", after(0), None)], [])
    assert figures.answered == Share(1, 2)
    assert figures.first_reply is not None
    assert figures.first_reply.middle == 2 * HOUR


def test_a_flag_was_seen_when_somebody_first_dealt_with_it_and_those_nobody_saw_are_counted_apart() -> None:
    flags = [a_flag(seen=1, closed=5), a_flag(closed=3), a_flag(), a_flag(Urgency.NOW)]
    figures = figures_of([Asked("meso", after(0), None)] * 50, flags)
    assert figures.seen[Urgency.TODAY].nine_of_ten == 3 * HOUR
    assert figures.closed[Urgency.TODAY].count == 2
    assert figures.unseen == {Urgency.NOW: 1, Urgency.TODAY: 1}
    assert (figures.still_open, figures.outcomes[Outcome.ADVISED]) == (2, 2)
    assert figures.rates == [("meso", Reason.SEVERE, Share(4, 50))]
    assert figures.rates[0][2].percent == 8


def test_flags_after_a_treatment_that_nobody_was_asked_about_have_no_rate() -> None:
    assert figures_of([], [a_flag()]).rates[0][2].percent is None


def test_the_promise_counts_opening_hours_and_a_flag_that_still_has_time_counts_neither_way() -> None:
    # Raised at ten in the morning: by two in the afternoon for today, by eleven for now.
    flags = [a_flag(seen=1, closed=5), a_flag(closed=3), a_flag(), a_flag(Urgency.NOW), a_flag(Urgency.NOW, seen=2)]
    early, late = figures_of([], flags, 3), figures_of([], flags, 5)
    assert early.seen_in_time == {Urgency.TODAY: Share(2, 2), Urgency.NOW: Share(0, 2)}
    assert late.seen_in_time == {Urgency.TODAY: Share(2, 3), Urgency.NOW: Share(0, 2)}
    assert late.closed_in_time == {Urgency.TODAY: Share(1, 3), Urgency.NOW: Share(0, 2)}


def test_a_flag_in_the_evening_is_promised_for_the_next_day() -> None:
    evening = replace(a_flag(), raised_at=after(9.5), acknowledged_at=after(24))
    assert figures_of([], [evening]).seen_in_time == {Urgency.TODAY: Share(1, 1)}
    too_late = replace(evening, acknowledged_at=after(27))
    assert figures_of([], [too_late]).seen_in_time == {Urgency.TODAY: Share(0, 1)}


def test_of_a_clinic_that_is_configured_no_longer_no_promise_is_known() -> None:
    assert figures_of([], [replace(a_flag(seen=1), clinic="closed-down")]).seen_in_time == {}
