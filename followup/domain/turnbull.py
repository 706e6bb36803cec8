"""Turnbull's estimate of when something ended, from intervals in which it did: no shape of curve is assumed.

The only places where an end can be put are those between a left end and the next right end, with no other between
them. How much belongs to each place is found by steps of two kinds in turn: self-consistency (EM), which never goes
wrong and is slow, and the iterative convex minorant, which is fast; together they are known to converge
(Wellner and Zhan 1997). It is over when no distribution can be more likely than this one by more than CLOSE.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections import Counter
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

NEVER = math.inf
CLOSE = 0.01
"""In units of the log likelihood, of all observations together."""
MOST_ROUNDS, FINEST = 100, 1e-4

Interval: TypeAlias = tuple[float, float]
"""After the first, up to and with the second."""


@dataclass(frozen=True, slots=True)
class Seen:
    """So many observations that may have ended in any place from `first` to before `end`."""

    first: int
    end: int
    times: int


@dataclass(frozen=True, slots=True)
class Cut:
    """Asked of an estimate: `share` of all, neither more nor less, is in the places before `place`."""

    place: int
    share: float


@dataclass(frozen=True, slots=True)
class Estimate:
    """reached: how much ended before each place, from 0.0 to, behind the last, 1.0; `gap`: how far the best may be."""

    places: Sequence[Interval]
    reached: Sequence[float]
    log_likelihood: float
    gap: float


def estimate(counted: Mapping[Interval, int]) -> Estimate:
    """The most likely distribution; of no observation there is no place."""
    places = innermost(counted)
    return _climb(places, _seen(counted, places), None, NEVER) if places else Estimate((), (0.0,), 0.0, 0.0)


def is_rejected(counted: Mapping[Interval, int], at: float, share: float, least: float) -> bool:
    """Whether every distribution with this share ended by `at` has a log likelihood below `least`.

    False as well where that is not settled within MOST_ROUNDS: what is not refuted stays possible.
    """
    places = innermost((*counted, (0.0, at), (at, NEVER)))
    cut = Cut(bisect_right([until for _, until in places], at), share)
    found = _climb(places, _seen(counted, places), cut, least)
    return found.log_likelihood + found.gap < least


def innermost(intervals: Iterable[Interval]) -> list[Interval]:
    """The only places where anything can have ended."""
    # At the same time a right end comes first: an interval does not hold its left end.
    ends = sorted({end for after, until in intervals for end in ((after, 1), (until, 0))})
    return [(at, to) for (at, is_left), (to, is_next_left) in pairwise(ends) if is_left and not is_next_left]


def _seen(counted: Mapping[Interval, int], places: Sequence[Interval]) -> list[Seen]:
    lefts, rights = [after for after, _ in places], [until for _, until in places]
    found: Counter[tuple[int, int]] = Counter()
    for (after, until), times in counted.items():
        found[bisect_left(lefts, after), bisect_right(rights, until)] += times
    return [Seen(first, end, times) for (first, end), times in found.items()]


def _climb(places: Sequence[Interval], seen: Sequence[Seen], cut: Cut | None, least: float) -> Estimate:
    """Step by step to the top; with a cut it is enough to know whether the top is at `least` or below."""
    reached = _begin(len(places), cut)
    found = Estimate(places, reached, _log_likelihood(seen, reached), NEVER)
    for _ in range(MOST_ROUNDS):
        slopes = _slopes(seen, found.reached)
        found = Estimate(places, found.reached, found.log_likelihood, _gap(seen, slopes, cut))
        is_known = cut is not None and not found.log_likelihood < least <= found.log_likelihood + found.gap
        if found.gap < CLOSE or is_known:
            break
        reached = _faster(seen, _consistent(found.reached, slopes, cut), cut)
        found = Estimate(places, reached, _log_likelihood(seen, reached), found.gap)
    return found


def _begin(places: int, cut: Cut | None) -> list[float]:
    if cut is None:
        return [place / places for place in range(places + 1)]
    before, behind = cut.place, places - cut.place
    low = [cut.share * place / before for place in range(before)]
    return [*low, *(cut.share + (1 - cut.share) * place / behind for place in range(behind)), 1.0]


def _log_likelihood(seen: Sequence[Seen], reached: Sequence[float]) -> float:
    total = 0.0
    for one in seen:
        share = reached[one.end] - reached[one.first]
        if share <= 0.0:
            return -math.inf
        total += one.times * math.log(share)
    return total


def _slopes(seen: Sequence[Seen], reached: Sequence[float]) -> list[float]:
    """How much the log likelihood grows with the share of each place."""
    changes = [0.0] * len(reached)
    for one in seen:
        weight = one.times / (reached[one.end] - reached[one.first])
        changes[one.first] += weight
        changes[one.end] -= weight
    return list(accumulate(changes[:-1]))


def _gap(seen: Sequence[Seen], slopes: Sequence[float], cut: Cut | None) -> float:
    """The log likelihood is concave: no distribution is higher than the slopes promise."""
    times = sum(one.times for one in seen)
    if cut is None:
        return max(slopes) - times
    return cut.share * max(slopes[: cut.place]) + (1 - cut.share) * max(slopes[cut.place :]) - times


def _consistent(reached: Sequence[float], slopes: Sequence[float], cut: Cut | None) -> list[float]:
    """Each place gets what the observations that hold it give it (EM)."""
    shares = [(to - at) * slope for (at, to), slope in zip(pairwise(reached), slopes, strict=True)]
    sides = [(shares, 1.0)]
    if cut is not None:
        sides = [(shares[: cut.place], cut.share), (shares[cut.place :], 1 - cut.share)]
    given = [share * whole / (math.fsum(part) or 1.0) for part, whole in sides for share in part]
    # A side that no observation holds keeps what it must have, all of it in its last place.
    ends = {cut.place: cut.share} if cut else {}
    summed = [ends.get(place, at) for place, at in enumerate(accumulate(given, initial=0.0))]
    return [*summed[:-1], 1.0]


def _faster(seen: Sequence[Seen], reached: Sequence[float], cut: Cut | None) -> list[float]:
    """A Newton step as if places did not depend on each other, bent until it rises and climbs."""
    first, second = [0.0] * len(reached), [1e-9] * len(reached)
    for one in seen:
        share = reached[one.end] - reached[one.first]
        weight = one.times / share
        first[one.end] += weight
        first[one.first] -= weight
        second[one.end] += weight / share
        second[one.first] += weight / share
    inner = range(1, len(reached) - 1)
    wanted = _rising([(reached[place] + first[place] / second[place], second[place]) for place in inner])
    target = [0.0, *(_within(place, at, cut) for place, at in zip(inner, wanted, strict=True)), 1.0]
    height, length = _log_likelihood(seen, reached), 1.0
    while length > FINEST:
        tried = [at + length * (to - at) for at, to in zip(reached, target, strict=True)]
        if _log_likelihood(seen, tried) > height:
            return tried
        length /= 2
    return list(reached)


def _within(place: int, at: float, cut: Cut | None) -> float:
    if cut is None:
        return min(1.0, max(0.0, at))
    if place == cut.place:
        return cut.share
    return min(cut.share, max(0.0, at)) if place < cut.place else min(1.0, max(cut.share, at))


def _rising(points: Iterable[tuple[float, float]]) -> list[float]:
    """The nearest values that never fall, by weight: neighbours that would fall are pooled."""
    pools: list[tuple[float, float, int]] = []
    for point, weight in points:
        mean, heavy, count = point, weight, 1
        while pools and pools[-1][0] >= mean:
            before, weighs, counts = pools.pop()
            mean = (mean * heavy + before * weighs) / (heavy + weighs)
            heavy, count = heavy + weighs, count + counts
        pools.append((mean, heavy, count))
    return [mean for mean, _, count in pools for _ in range(count)]
