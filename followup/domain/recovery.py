"""How long a symptom lasts at a clinic, from replies that say only when it was there still, and when it was gone.

Nobody sees the moment in which redness goes: it lies between the last report of it and the first without. Whoever falls
silent may have had it for longer; whoever first answers when it is gone, for any shorter time. The estimate takes all
of this at its word (turnbull.py). It takes silence to say nothing: people who stop answering recover as others do.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from followup.domain.turnbull import NEVER, Interval, estimate, is_rejected

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

FEWEST = 20
"""Below so many episodes nothing is said of how long a symptom lasts."""
HALF, NEARLY_ALL = 0.5, 0.95
FAR = 3.84 / 2
"""A time is possible where the log likelihood falls by no more than this: 95 in 100.

So it is where answers come at a few fixed times; where they come at any time 2.29 would do (Banerjee and Wellner 2001).
"""


@dataclass(frozen=True, slots=True)
class Heard:
    """One episode's symptom, in hours since treatment: there still at `there`, and first gone for good at `gone`.

    there: 0.0 where it was never reported as there; gone: NEVER where the last report still had it.
    """

    there: float
    gone: float


@dataclass(frozen=True, slots=True)
class Step:
    """This share of patients loses it somewhere after `after` and up to `until`; NEVER: later than anybody answered."""

    after: float
    until: float
    share: float


@dataclass(frozen=True, slots=True)
class Quantile:
    """By when it is gone in a share of patients: most likely after `after` and up to `until`, and the bounds of that.

    low, high: the true time lies between them in 95 of 100 such clinics; NEVER: not reached while people answered.
    """

    after: float
    until: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Told:
    """Out of how many episodes, and what they told: between two replies, gone at the first, there at the last."""

    all: int
    between: int
    gone_at_first: int
    there_at_last: int


@dataclass(frozen=True, slots=True)
class Curve:
    """What is known of how long a symptom lasts; nothing beyond `told` where too few told anything.

    steps: in order, their shares add up to 1. half, nearly_all: of HALF and of NEARLY_ALL.
    """

    told: Told
    steps: Sequence[Step] = ()
    half: Quantile | None = None
    nearly_all: Quantile | None = None

    def still_there(self, at: float) -> tuple[float, float]:
        """The least and the greatest share of patients who still have it at this hour."""
        surely_gone = sum(step.share for step in self.steps if step.until <= at)
        perhaps_gone = sum(step.share for step in self.steps if step.after < at)
        return max(0.0, 1.0 - perhaps_gone), max(0.0, 1.0 - surely_gone)


def recovery_curve(heard: Iterable[Heard]) -> Curve:
    """The curve of these episodes."""
    counted = Counter(_by_the_hour(one) for one in heard)
    told = Told(
        all=counted.total(),
        between=sum(times for (there, gone), times in counted.items() if there > 0 and gone < NEVER),
        gone_at_first=sum(times for (there, gone), times in counted.items() if there <= 0 and gone < NEVER),
        there_at_last=sum(times for (_, gone), times in counted.items() if gone == NEVER),
    )
    if told.all < FEWEST:
        return Curve(told)
    found = estimate(counted)
    shares = [to - at for at, to in zip(found.reached, found.reached[1:], strict=False)]
    steps = [Step(*place, share) for place, share in zip(found.places, shares, strict=True)]
    least = found.log_likelihood - FAR
    return Curve(told, steps, *(_quantile(counted, steps, share, least) for share in (HALF, NEARLY_ALL)))


def _by_the_hour(one: Heard) -> Interval:
    """Both ends are times of answers, rounded alike; widened, intervals would overlap where answers contradict it."""
    there = float(round(one.there))
    return there, NEVER if one.gone == NEVER else max(there + 1, float(round(one.gone)))


def _quantile(counted: Mapping[Interval, int], steps: Sequence[Step], share: float, least: float) -> Quantile:
    at = _step_of(steps, share)
    answered = sorted({end for interval in counted for end in interval if 0 < end < NEVER})
    before, behind = [time for time in answered if time <= at.after], [time for time in answered if time >= at.until]
    # The further from the estimate, the less likely: each side is halved until its first possible time is found.
    first = _first(len(before), lambda place: not is_rejected(counted, before[place], share, least))
    last = _first(len(behind), lambda place: is_rejected(counted, behind[place], share, least))
    low = before[first - 1] if first else 0.0
    return Quantile(at.after, at.until, low, behind[last] if last < len(behind) else NEVER)


def _step_of(steps: Sequence[Step], share: float) -> Step:
    reached = 0.0
    for step in steps:
        reached += step.share
        # A hair below, since shares are sums of many small parts.
        if reached >= share - 1e-9:
            return step
    return steps[-1]


def _first(length: int, is_so: Callable[[int], bool]) -> int:
    """The first place from which on it is so; `length` for none."""
    low, high = 0, length
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if is_so(middle) else (middle + 1, high)
    return low
