"""What a lead wants to know of a stretch of time: who answered, how soon staff looked, and what the flags came to."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from followup.domain.promises import promised_by

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime, timedelta

    from followup.domain.clinic import Clinic
    from followup.domain.flag import Reason
    from followup.domain.inputs import Outcome
    from followup.domain.understanding.values import Urgency


@dataclass(frozen=True, slots=True)
class Asked:
    """One check-in that was asked."""

    protocol_id: str
    asked_at: datetime
    answered_at: datetime | None


@dataclass(frozen=True, slots=True)
class Raised:
    """One flag that was raised."""

    protocol_id: str
    reason: Reason
    urgency: Urgency
    raised_at: datetime
    acknowledged_at: datetime | None
    closed_at: datetime | None
    outcome: Outcome | None
    clinic: str = ""

    @property
    def seen_at(self) -> datetime | None:
        """When somebody dealt with it for the first time that is still known; None for not yet."""
        return min((at for at in (self.acknowledged_at, self.closed_at) if at is not None), default=None)

    @property
    def seen_after(self) -> timedelta | None:
        """How long that took."""
        return self.seen_at - self.raised_at if self.seen_at else None


@dataclass(frozen=True, slots=True)
class Spread:
    """Lengths of time at a glance: the middle one, the one that nine of ten stay below, and how many there were."""

    middle: timedelta
    nine_of_ten: timedelta
    count: int


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many; `percent` is None of none, never 100."""

    part: int
    whole: int

    @property
    def percent(self) -> float | None:
        """Out of a hundred."""
        return 100 * self.part / self.whole if self.whole else None


@dataclass(frozen=True, slots=True)
class CareFigures:
    """Everything counted. rates: flags by treatment and reason, out of the check-ins asked after that treatment.

    seen_in_time, closed_in_time: within the time that patients are promised, out of those whose time is over or that
    were dealt with; one that still has time is neither kept nor broken.
    """

    answered: Share
    first_reply: Spread | None
    seen: Mapping[Urgency, Spread]
    closed: Mapping[Urgency, Spread]
    unseen: Mapping[Urgency, int]
    outcomes: Mapping[Outcome, int]
    still_open: int
    rates: Sequence[tuple[str, Reason, Share]]
    seen_in_time: Mapping[Urgency, Share]
    closed_in_time: Mapping[Urgency, Share]


def care_figures(
    asked: Sequence[Asked], raised: Sequence[Raised], clinics: Mapping[str, Clinic], now: datetime
) -> CareFigures:
    """The figures of these check-ins and flags. clinics: by whose opening hours promises count."""
    # One of a clinic that is configured no longer was promised nothing that can be counted.
    due = [
        (one, promised_by(clinics[one.clinic], one.urgency, one.raised_at)) for one in raised if one.clinic in clinics
    ]
    replies = [one.answered_at - one.asked_at for one in asked if one.answered_at is not None]
    by_protocol = Counter(one.protocol_id for one in asked)
    flagged = Counter((one.protocol_id, one.reason) for one in raised)
    urgencies = sorted({one.urgency for one in raised}, key=lambda urgency: urgency.rank)
    return CareFigures(
        answered=Share(len(replies), len(asked)),
        first_reply=_spread(replies),
        seen=_spreads((each.urgency, each.seen_after) for each in raised),
        closed=_spreads((each.urgency, each.closed_at - each.raised_at if each.closed_at else None) for each in raised),
        unseen={
            urgency: sum(each.urgency is urgency and each.seen_after is None for each in raised)
            for urgency in urgencies
        },
        outcomes=Counter(one.outcome for one in raised if one.outcome is not None),
        still_open=sum(one.closed_at is None for one in raised),
        rates=[(name, reason, Share(flagged[name, reason], by_protocol[name])) for name, reason in sorted(flagged)],
        seen_in_time=_kept(((one.urgency, one.seen_at, by) for one, by in due), now),
        closed_in_time=_kept(((one.urgency, one.closed_at, by) for one, by in due), now),
    )


def _kept(promised: Iterable[tuple[Urgency, datetime | None, datetime]], now: datetime) -> dict[Urgency, Share]:
    """How many happened by when it was promised, out of those of which that can be said by now."""
    judged = [(urgency, at is not None and at <= by) for urgency, at, by in promised if at is not None or by < now]
    kept, whole = Counter(urgency for urgency, is_kept in judged if is_kept), Counter(urgency for urgency, _ in judged)
    return {urgency: Share(kept[urgency], whole[urgency]) for urgency in whole}


def _spreads(found: Iterable[tuple[Urgency, timedelta | None]]) -> dict[Urgency, Spread]:
    lengths: dict[Urgency, list[timedelta]] = {}
    for urgency, length in found:
        if length is not None:
            lengths.setdefault(urgency, []).append(length)
    spreads = ((urgency, _spread(lengths[urgency])) for urgency in sorted(lengths, key=lambda each: each.rank))
    return {urgency: spread for urgency, spread in spreads if spread is not None}


def _spread(lengths: Sequence[timedelta]) -> Spread | None:
    if not lengths:
        return None
    ordered = sorted(lengths)
    return Spread(ordered[len(ordered) // 2], ordered[min(len(ordered) - 1, len(ordered) * 9 // 10)], len(ordered))
