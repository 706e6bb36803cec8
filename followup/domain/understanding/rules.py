"""Where a rule of the vocabulary holds in a reply."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from followup.domain.understanding.spans import FILLER
from followup.domain.understanding.words import Break

if TYPE_CHECKING:
    from collections.abc import Iterator

    from followup.domain.phrase_rules import Part, Rule
    from followup.domain.understanding.spans import Spans

NEAR = 9
"""Words between two parts of a rule; a comma counts as four, a full stop as eight."""
NEAR_VETO = 3
"""What takes a rule's meaning away must stand closer: a doubt is cheaper than a miss."""
MOST_FILLERS = 3
MOST_MATCHES = 8
BETWEEN = "@fine"
DENIAL = "@no"


@dataclass(frozen=True, slots=True)
class Match:
    """One place where a rule holds; `parts` are word ranges in the order of the text."""

    rule: Rule
    parts: tuple[tuple[int, int], ...]
    is_vetoed: bool = False
    """Something the rule does not want is near."""

    @property
    def first(self) -> int:
        """The first word."""
        return self.parts[0][0]

    @property
    def after(self) -> int:
        """The word after the last."""
        return max(end for _, end in self.parts)

    @property
    def words(self) -> frozenset[int]:
        """Every word the rule itself read."""
        return frozenset(place for first, after in self.parts for place in range(first, after))


def matches(rule: Rule, spans: Spans) -> Iterator[Match]:
    """Every place where a rule worth trying holds, a few at most, vetoed ones included."""
    places = [tuple(_occurrences(part, spans)) for part in rule.parts]
    if not all(places):
        return
    for chosen in islice(_together(rule, places, (), spans), MOST_MATCHES):
        yield Match(rule, tuple(sorted(chosen)), _is_vetoed(rule, chosen, spans))


def _together(
    rule: Rule, places: list[tuple[tuple[int, int], ...]], chosen: tuple[tuple[int, int], ...], spans: Spans
) -> Iterator[tuple[tuple[int, int], ...]]:
    if len(chosen) == len(places):
        yield chosen
        return
    for place in places[len(chosen)]:
        if not chosen or _may_join(chosen[-1], place, after=rule.parts[len(chosen)].after, spans=spans):
            yield from _together(rule, places, (*chosen, place), spans)


def _may_join(one: tuple[int, int], other: tuple[int, int], *, after: bool, spans: Spans, reach: int = NEAR) -> bool:
    first, second = (one, other) if one <= other else (other, one)
    if second[0] < first[1] or (after and other < one):
        return False
    if spans.at[second[0]] - spans.at[first[1] - 1] - 1 > reach:
        return False
    return not any(first[1] <= place < second[0] for place in spans.places.get(BETWEEN, ()))


def _is_vetoed(rule: Rule, chosen: tuple[tuple[int, int], ...], spans: Spans) -> bool:
    return any(
        (_may_join(place, part, after=False, spans=spans, reach=NEAR_VETO) or _overlap(place, part))
        and not _is_denied(part[0], spans)
        for veto in rule.veto
        for part in _occurrences(veto, spans)
        for place in chosen
    )


def _is_denied(first: int, spans: Spans) -> bool:
    """As in "the pain is worse, not better": what is denied takes no meaning away."""
    is_joined = first > 0 and spans.words.items[first].breaks is Break.NONE
    return is_joined and first in spans.ends[first - 1].get(DENIAL, ())


def _overlap(one: tuple[int, int], other: tuple[int, int]) -> bool:
    return one[0] < other[1] and other[0] < one[1]


def _occurrences(part: Part, spans: Spans) -> Iterator[tuple[int, int]]:
    firsts = {place for key in part.elements[0].keys for place in spans.places.get(key, ())}
    if part.elements[0].optional:
        firsts |= {place for key in part.elements[1].keys for place in spans.places.get(key, ())}
    for first in sorted(firsts):
        after = _end(part, 0, first, spans)
        if after is not None:
            yield first, after


def _end(part: Part, place: int, here: int, spans: Spans) -> int | None:
    """Where the elements from `place` on, read from word `here`, end."""
    if place == len(part.elements):
        return here
    element = part.elements[place]
    for start in _starts(here, place, spans):
        for key in element.keys:
            for after in spans.ends[start].get(key, ()):
                end = _end(part, place + 1, after, spans)
                if end is not None:
                    return end
    return _end(part, place + 1, here, spans) if element.optional else None


def _starts(here: int, place: int, spans: Spans) -> Iterator[int]:
    """This word, and the next ones past fillers such as "really" and "the"; never past punctuation."""
    for skipped in range(MOST_FILLERS + 1 if place else 1):
        start = here + skipped
        if start >= len(spans.ends) or (place and spans.words.items[start].breaks is not Break.NONE):
            return
        yield start
        if FILLER not in spans.ends[start]:
            return
