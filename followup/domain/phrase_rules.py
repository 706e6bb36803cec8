"""Rules that join phrases into a sign or a wish.

A *phrase* is one or more folded words; `swell*` stands for every word that begins so. A *rule* joins phrases:
`a b` next to each other, `a > b` in this order, `a + b` near each other in any order, `a ! b` unless b is near.
`x/y` is either, `x?` may be missing, `@name` is any phrase of that class, `x_y` is a phrase where a word could stand.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

Name = TypeVar("Name", bound=str)


@dataclass(frozen=True, slots=True)
class Element:
    """One place in a phrase rule: any of these keys (a word, `stem*` or `@class`), perhaps none."""

    keys: tuple[str, ...]
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """Elements that stand next to each other; `after` means it must follow the part before it."""

    elements: tuple[Element, ...]
    after: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """Parts that must be found near each other, and parts that must not."""

    text: str
    parts: tuple[Part, ...]
    veto: tuple[Part, ...] = ()
    keys: tuple[tuple[str, ...], ...] = ()
    """For each part, keys of which one must be in the text at all (a quick look before matching)."""


@dataclass(frozen=True, slots=True)
class RuleBook:
    """All rules of one kind, each under the name of what it makes; `by_key` says which a text could fulfil at all."""

    entries: tuple[tuple[str, Rule], ...]
    by_key: Mapping[str, tuple[int, ...]]

    def worth_trying(self, keys: frozenset[str]) -> Iterator[tuple[str, Rule]]:
        """Rules of which every part may be in a text with these keys, in the order they were written."""
        places = {place for key in keys for place in self.by_key.get(key, ())}
        for place in sorted(places):
            entry = self.entries[place]
            for wanted in entry[1].keys:
                if keys.isdisjoint(wanted):
                    break
            else:
                yield entry


def make_book(rules: Mapping[Name, Iterable[Rule]]) -> RuleBook:
    """The rules by name, indexed."""
    entries = tuple((name, rule) for name, some in rules.items() for rule in some)
    by_key: dict[str, list[int]] = {}
    for place, (_, rule) in enumerate(entries):
        for key in min(rule.keys, key=lambda keys: (any(key.startswith("@") for key in keys), len(keys))):
            by_key.setdefault(key, []).append(place)
    return RuleBook(entries, {key: tuple(places) for key, places in by_key.items()})


_JOINT = re.compile(r"\s+([+>!])\s+")


def parse_rule(text: str) -> Rule:
    """A rule from its text; ValueError names what is wrong with it."""
    pieces = _JOINT.split(text.strip())
    parts: list[Part] = []
    veto: list[Part] = []
    for place, piece in enumerate(pieces[::2]):
        joint = pieces[place * 2 - 1] if place else "+"
        elements = tuple(_element(word) for word in piece.split())
        if not elements or all(element.optional for element in elements):
            message = f"a part of {text!r} has no word that must be there"
            raise ValueError(message)
        (veto if joint == "!" else parts).append(Part(elements, after=joint == ">"))
    return Rule(text, tuple(parts), tuple(veto), tuple(_must_have(part) for part in parts))


@cache
def _kept(key: str) -> str:
    """The same word, one for however many rules speak of it."""
    return key


@cache
def _element(word: str) -> Element:
    # The same few words in thousands of rules: each is kept once.
    optional = word.endswith("?")
    keys = tuple(_kept(key) for key in word.rstrip("?").split("/") if key)
    if not keys:
        message = f"{word!r} is no word"
        raise ValueError(message)
    return Element(keys, optional)


def _must_have(part: Part) -> tuple[str, ...]:
    """The most telling element of a part: the longest key is the rarest one, near enough."""
    needed = [element for element in part.elements if not element.optional]
    return max(needed, key=lambda element: min(map(len, element.keys))).keys


def rule_keys(rule: Rule) -> Iterable[str]:
    """Every word, stem and @class a rule speaks of."""
    for part in (*rule.parts, *rule.veto):
        for element in part.elements:
            yield from element.keys
