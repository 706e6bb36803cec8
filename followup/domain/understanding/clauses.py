"""A reply as a row of items: every word read once, by the longest phrase that has something to say here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from followup.domain.understanding.likeness import is_likened
from followup.domain.understanding.words import Break
from followup.domain.vocabulary import Meaning, Role

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from followup.domain.understanding.spans import Found, Spans

PREDICATE = "@predicate"
UNKNOWN = Meaning(Role.HARMLESS, symptom="?")
"""Stands for a word no phrase accounts for."""
MASKED = Meaning(Role.GLUE, symptom="masked")
"""Stands for words another reader has taken: an alarm sign, a wish, a temperature."""


@dataclass(frozen=True, slots=True)
class Item:
    """One phrase in its place: what it means here and how it is parted from the item before."""

    meaning: Meaning
    first: int
    after: int
    breaks: Break = Break.NONE
    is_predicate: bool = False
    """Said of something ("red"), where others name a thing ("redness"): the two do not make a list."""

    @property
    def role(self) -> Role:
        """What it does in the sentence."""
        return self.meaning.role

    @property
    def is_unknown(self) -> bool:
        """Whether nothing in the vocabulary accounts for it."""
        return self.meaning is UNKNOWN

    def starts_clause(self) -> bool:
        """Whether a comma, a stop or a "but" stands before it."""
        return self.breaks is not Break.NONE or self.role in {Role.CONTRAST, Role.EXCEPT}


def read_items(spans: Spans, numbers: dict[int, int], taken: Iterable[int] = ()) -> tuple[Item, ...]:
    """The items of a reply, in order; `numbers` are words that are severities, `taken` belong to other readers."""
    masked = frozenset(taken)
    best = _longest(spans, masked)
    items: list[Item] = []
    place = 0
    while place < len(spans.words.items):
        meaning, after = _at(place, spans, numbers, masked, best)
        is_predicate = PREDICATE in spans.ends[place]
        items.append(Item(meaning, place, after, spans.words.items[place].breaks, is_predicate))
        place = after
    return tuple(items)


def _at(
    place: int, spans: Spans, numbers: dict[int, int], masked: frozenset[int], best: dict[int, Found]
) -> tuple[Meaning, int]:
    if place in numbers:
        return Meaning(Role.NUMBER, number=numbers[place]), place + 1
    if place in best:
        meaning = _meaning(best[place], spans, numbers)
        is_picture = meaning.role is Role.HARMLESS and is_likened(place, spans)
        return (UNKNOWN if is_picture else meaning), best[place].after
    return (MASKED if place in masked else UNKNOWN), place + 1


def _meaning(one: Found, spans: Spans, numbers: dict[int, int]) -> Meaning:
    """What a phrase says first.

    A number word that is no value here ("that one dot") says nothing, nor does a single letter without a number
    ("R1" is redness, "lips r sore" is not).
    """
    first = one.lexeme.meanings[0]
    is_letter = first.role is Role.SYMPTOM and len(spans.words.items[one.first].text) == 1 == one.after - one.first
    alone = is_letter and numbers.keys().isdisjoint({one.first - 1, one.after})
    return MASKED if alone or first.role is Role.NUMBER else first


def _longest(spans: Spans, masked: frozenset[int]) -> dict[int, Found]:
    best: dict[int, Found] = {}
    for one in spans.found:
        if not one.lexeme.meanings or any(place in masked for place in range(one.first, one.after)):
            continue
        seen = best.get(one.first)
        if seen is None or _weight(one) > _weight(seen):
            best[one.first] = one
    return best


def _weight(one: Found) -> tuple[int, int]:
    return one.after, -one.lexeme.meanings[0].order


def clauses(items: tuple[Item, ...]) -> Iterator[tuple[Item, ...]]:
    """Items between commas, stops and words like "but"."""
    start = 0
    for place, item in enumerate(items):
        if place and item.starts_clause():
            yield items[start:place]
            start = place
    if items:
        yield items[start:]
