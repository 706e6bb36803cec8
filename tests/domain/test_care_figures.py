"""The figures a lead reads: silence never counts as well, and what did not happen is not a hundred per cent."""

from __future__ import annotations

from datetime import timedelta

from followup.domain.care_figures import Asked, Raised, Share, care_figures
from followup.domain.flag import Reason
from followup.domain.inputs import Outcome
from followup.domain.understanding.values import Urgency
from kit.builders import after

HOUR = timedelta(hours=1)


def a_flag(urgency: Urgency = Urgency.TODAY, seen: float | None = None, closed: float | None = None) -> Raised:
    at = [after(hours) if hours is not None else None for hours in (seen, closed)]
    return Raised("meso", Reason.SEVERE, urgency, after(0), at[0], at[1], Outcome.ADVISED if closed else None)


def test_of_nothing_there_is_no_share() -> None:
    figures = care_figures([], [])
    assert (figures.answered.percent, figures.first_reply, figures.seen, figures.still_open) == (None, None, {}, 0)


def test_whoever_did_not_answer_counts_as_asked_only() -> None:
    figures = care_figures([Asked("meso", after(0), after(2)), Asked("meso", after(0), None)], [])
    assert figures.answered == Share(1, 2)
    assert figures.first_reply is not None
    assert figures.first_reply.middle == 2 * HOUR


def test_a_flag_was_seen_when_somebody_first_dealt_with_it_and_those_nobody_saw_are_counted_apart() -> None:
    flags = [a_flag(seen=1, closed=5), a_flag(closed=3), a_flag(), a_flag(Urgency.NOW)]
    figures = care_figures([Asked("meso", after(0), None)] * 50, flags)
    assert figures.seen[Urgency.TODAY].nine_of_ten == 3 * HOUR
    assert figures.closed[Urgency.TODAY].count == 2
    assert figures.unseen == {Urgency.NOW: 1, Urgency.TODAY: 1}
    assert (figures.still_open, figures.outcomes[Outcome.ADVISED]) == (2, 2)
    assert figures.rates == [("meso", Reason.SEVERE, Share(4, 50))]
    assert figures.rates[0][2].percent == 8


def test_flags_after_a_treatment_that_nobody_was_asked_about_have_no_rate() -> None:
    assert care_figures([], [a_flag()]).rates[0][2].percent is None
