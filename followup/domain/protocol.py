"""A clinic's plan after one kind of treatment: what is expected, when to ask, what to ask."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from followup.domain.understanding.values import Question

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class ExpectedWindow:
    """How long after the end of treatment a symptom is expected; `window` None means never."""

    symptom: str
    typical: timedelta | None
    window: timedelta | None


@dataclass(frozen=True, slots=True)
class CheckInPlan:
    """One planned contact, counted from the end of treatment."""

    step: str
    after: timedelta
    ask: tuple[str, ...]
    question: Question = Question.COMBINED_0_3
    remind_after: timedelta | None = timedelta(hours=3)
    missed_after: timedelta = timedelta(hours=24)
    stale_after: timedelta = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class Example:
    """A worked example: this reply at this time raises these flags ("reason" or "reason: symptom")."""

    at: timedelta
    reply: str
    flags: tuple[str, ...]
    language: str = "en"
    question: Question = Question.COMBINED_0_3
    line: int = 0


@dataclass(frozen=True, slots=True)
class Protocol:
    """One treatment's plan, with the version that episodes pin and the names of who approved it.

    harmless_until, harmless_words: when an expected alarm sign is one again, and the words it is expected in alone.
    digest: of what the clinician reads in it; another wording is another protocol to those who follow it.
    """

    id: str
    title: str
    version: str
    expected: Mapping[str, ExpectedWindow]
    check_ins: tuple[CheckInPlan, ...]
    harmless_signs: frozenset[str] = frozenset()
    harmless_until: Mapping[str, timedelta] = field(default_factory=dict)
    harmless_words: frozenset[tuple[str, str]] = frozenset()
    approved_by: str = ""
    approved_on: str = ""
    sources: tuple[str, ...] = ()
    examples: tuple[Example, ...] = ()
    digest: str = ""
    cluster_within: timedelta = timedelta(weeks=6)
    """Late harm to two patients this close together, who share a product or a room, may have one cause."""

    def window(self, symptom: str) -> timedelta:
        """After this a reported symptom is persisting; zero where it is never expected.

        A symptom the protocol does not name gets the longest window it has: a flag late is worse than one too many,
        but tiredness at 49 h is no flag.
        """
        expected = self.expected.get(symptom)
        if expected is not None:
            return expected.window or timedelta(0)
        return max((window.window or timedelta(0) for window in self.expected.values()), default=timedelta(0))

    def harmless_at(self, since: timedelta) -> frozenset[str]:
        """Alarm signs that are expected so long after the treatment; the last instant still counts."""
        over = {sign for sign, until in self.harmless_until.items() if since > until}
        return self.harmless_signs - over

    def open_plan(self, since: timedelta, question: Question) -> CheckInPlan | None:
        """The check-in plan of that question that was due last so long after the treatment, or else the first."""
        plans = [plan for plan in self.check_ins if plan.question is question]
        return next((plan for plan in reversed(plans) if plan.after <= since), plans[0] if plans else None)

    def plan(self, step: str) -> CheckInPlan | None:
        """The check-in plan of that step."""
        return next((plan for plan in self.check_ins if plan.step == step), None)
