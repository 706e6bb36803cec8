"""The words of one language as frozen values: what a phrase may mean, and how phrases together make a sign or a wish.

A *phrase* is one or more folded words; `swell*` stands for every word that begins so. A *rule* joins phrases:
`a b` next to each other, `a > b` in this order, `a + b` near each other in any order, `a ! b` unless b is near.
`x/y` is either, `x?` may be missing, `@name` is any phrase of that class, `x_y` is a phrase where a word could stand.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING

from followup.domain.understanding.values import Intent, Severity, Trend, Urgency

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class Role(StrEnum):
    """What a phrase does in a sentence about symptoms; the order decides where one phrase could do several."""

    SYMPTOM = "symptom"
    DEGREE = "degree"
    FAR_FROM = "far_from"
    """Denies a high degree only: "not very", "not much"."""
    NOT_YET = "not_yet"
    """Denies an improvement: "hasn't gone", "won't go away"."""
    GONE = "gone"
    ALL_CLEAR = "all_clear"
    LESS = "less"
    MORE = "more"
    TREND = "trend"
    STILL = "still"
    NO = "no"
    NONE = "none"
    YES = "yes"
    UNSURE = "unsure"
    BOTH = "both"
    ONLY = "only"
    EXCEPT = "except"
    AND = "and"
    OR = "or"
    CONTRAST = "contrast"
    PAST = "past"
    NOW = "now"
    REMOTE = "remote"
    HYPOTHETICAL = "hypothetical"
    SAYS = "says"
    PROXY = "proxy"
    PERSON = "person"
    SELF = "self"
    ASKS = "asks"
    COPULA = "copula"
    NUMBER = "number"
    UNIT = "unit"
    BEFORE_TIME = "before_time"
    SITE = "site"
    GLUE = "glue"
    HARMLESS = "harmless"


_SHORTEST_REPAIR = 4
_SHORTEST_DOUBLE_REPAIR = 8
_ORDER = {role: place for place, role in enumerate(Role)}


@dataclass(frozen=True, slots=True)
class Meaning:
    """One role of a phrase, with the symptom, severity, trend or number it carries."""

    role: Role
    symptom: str = ""
    severity: Severity | None = None
    trend: Trend | None = None
    number: int | None = None

    @property
    def order(self) -> int:
        """Place in the order of roles; lower wins."""
        return _ORDER[self.role]


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
    keys: tuple[frozenset[str], ...] = ()
    """For each part, keys of which one must be in the text at all (a quick look before matching)."""


@dataclass(frozen=True, slots=True)
class SymptomSpec:
    """A symptom that may be reported; `core` ones are those patients are commonly asked about."""

    code: str
    meaning: str = ""
    core: bool = True


@dataclass(frozen=True, slots=True)
class SignSpec:
    """An alarm sign (care.md A6): how soon a person must look, and whether the safety text goes at once.

    from_hours: earlier than this after treatment the words mean the symptom `before` instead.
    """

    code: str
    urgency: Urgency
    safety_text: bool = False
    meaning: str = ""
    from_hours: float = 0.0
    before: str = ""
    keeps: tuple[str, ...] = ()
    """Symptoms its words may report as well ("lips swollen" is swelling too)."""


@dataclass(frozen=True, slots=True)
class Lexeme:
    """One phrase: its words, the classes it belongs to and its meanings, most decisive first."""

    words: tuple[str, ...]
    classes: tuple[str, ...] = ()
    meanings: tuple[Meaning, ...] = ()


@dataclass(frozen=True)
class Spellings:
    """Words a misspelling may stand for, found by letters left out on both sides."""

    words: tuple[str, ...]

    def near(self, spelling: str) -> tuple[str, ...]:
        """Known words that are this spelling with one letter too many, or two where the word is long."""
        return self._index.get(spelling, ())

    @cached_property
    def _index(self) -> Mapping[str, tuple[str, ...]]:
        """Made at the first misspelling: most replies have none, and it takes longer than all else."""
        index: dict[str, list[str]] = {}
        for word in self.words:
            if len(word) < _SHORTEST_REPAIR or not word.isalpha():
                continue
            once = shortened(word)
            is_long = len(word) >= _SHORTEST_DOUBLE_REPAIR
            twice = {shorter for one in once for shorter in shortened(one)} if is_long else set[str]()
            for spelling in {word, *once, *twice}:
                index.setdefault(spelling, []).append(word)
        return {spelling: tuple(found) for spelling, found in index.items()}


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """All words of one language, indexed for reading; made by `make_vocabulary`."""

    language: str
    version: str
    symptoms: tuple[SymptomSpec, ...]
    signs: tuple[SignSpec, ...]
    sign_rules: Mapping[str, tuple[Rule, ...]]
    intent_rules: Mapping[Intent, tuple[Rule, ...]]
    lexemes: Mapping[str, tuple[Lexeme, ...]]
    """By first word; longest phrase first."""
    stems: frozenset[str]
    stem_lengths: tuple[int, ...]
    rewrites: Mapping[str, tuple[str, ...]]
    keywords: Mapping[str, Intent]
    """What the carriers themselves obey when it is the whole message."""
    letters: Mapping[str, str]
    known: frozenset[str]
    spellings: Spellings
    classes: frozenset[str] = field(default=frozenset())

    def sign(self, code: str) -> SignSpec | None:
        """The alarm sign of that code."""
        return next((sign for sign in self.signs if sign.code == code), None)


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


def _element(word: str) -> Element:
    optional = word.endswith("?")
    keys = tuple(key for key in word.rstrip("?").split("/") if key)
    if not keys:
        message = f"{word!r} is no word"
        raise ValueError(message)
    return Element(keys, optional)


def _must_have(part: Part) -> frozenset[str]:
    """The most telling element of a part: the longest key is the rarest one, near enough."""
    needed = [element for element in part.elements if not element.optional]
    return frozenset(max(needed, key=lambda element: min(map(len, element.keys))).keys)


def rule_keys(rule: Rule) -> Iterable[str]:
    """Every word, stem and @class a rule speaks of."""
    for part in (*rule.parts, *rule.veto):
        for element in part.elements:
            yield from element.keys


def index_lexemes(lexemes: Iterable[Lexeme]) -> dict[str, tuple[Lexeme, ...]]:
    """Phrases by their first word, longest first; the same phrase from two places becomes one."""
    merged: dict[tuple[str, ...], Lexeme] = {}
    for lexeme in lexemes:
        seen = merged.get(lexeme.words, Lexeme(lexeme.words))
        meanings = sorted({*seen.meanings, *lexeme.meanings}, key=lambda meaning: (meaning.order, repr(meaning)))
        classes = tuple(sorted({*seen.classes, *lexeme.classes}))
        merged[lexeme.words] = Lexeme(lexeme.words, classes, tuple(meanings))
    index: dict[str, list[Lexeme]] = {}
    for lexeme in sorted(merged.values(), key=lambda one: (-len(one.words), one.words)):
        index.setdefault(lexeme.words[0], []).append(lexeme)
    return {first: tuple(found) for first, found in index.items()}


def shortened(word: str) -> set[str]:
    """The word with each one of its letters left out."""
    return {word[:place] + word[place + 1 :] for place in range(len(word))}
