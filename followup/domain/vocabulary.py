"""The words of one language as frozen values: what a phrase may mean, and what rules make of phrases."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from followup.domain.phrase_rules import RuleBook
    from followup.domain.spellings import Spellings
    from followup.domain.understanding.values import Intent, Severity, Trend, Urgency


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
    EARLIER = "earlier"
    """A time gone by, wherever it stands: "yesterday", "the first day"."""
    NOW = "now"
    REMOTE = "remote"
    HYPOTHETICAL = "hypothetical"
    PROXY = "proxy"
    PERSON = "person"
    SELF = "self"
    HAVING = "having"
    """Begins a statement: in "no pain and I have redness" the denial ends before it."""
    ASKS = "asks"
    COPULA = "copula"
    NUMBER = "number"
    UNIT = "unit"
    BEFORE_TIME = "before_time"
    SITE = "site"
    GLUE = "glue"
    HARMLESS = "harmless"
    DEED = "deed"
    """What somebody does that is no symptom ("answered", "put on"): a "no" before it is of the deed alone."""
    SAYS = "says"


_KEY = 2
"""How many words of a phrase it is found by."""
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
    is_local: bool = False
    """A danger where the treatment was, and an everyday ailment on a heel or a thumb."""


@dataclass(frozen=True, slots=True)
class Lexeme:
    """One phrase: its words, the classes it belongs to and its meanings, most decisive first."""

    words: tuple[str, ...]
    classes: tuple[str, ...] = ()
    meanings: tuple[Meaning, ...] = ()


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """All words of one language, indexed for reading."""

    language: str
    version: str
    symptoms: tuple[SymptomSpec, ...]
    signs: tuple[SignSpec, ...]
    sign_rules: RuleBook
    intent_rules: RuleBook
    lexemes: Mapping[tuple[str, ...], tuple[Lexeme, ...]]
    """By the first two words, or the one there is; longest phrase first."""
    stems: frozenset[str]
    stem_lengths: tuple[int, ...]
    rewrites: Mapping[str, tuple[str, ...]]
    keywords: Mapping[str, Intent]
    """What the carriers themselves obey when it is the whole message."""
    letters: Mapping[str, str]
    accented: Mapping[str, str]
    """Words their accent tells apart, as typed → the word to read instead."""
    known: Collection[str]
    spellings: Spellings
    classes: frozenset[str] = field(default=frozenset())

    def sign(self, code: str) -> SignSpec | None:
        """The alarm sign of that code."""
        return next((sign for sign in self.signs if sign.code == code), None)


def index_lexemes(lexemes: Iterable[Lexeme]) -> dict[tuple[str, ...], tuple[Lexeme, ...]]:
    """Phrases by their first two words, longest first; the same phrase from two places becomes one."""
    alike: dict[tuple[str, ...], list[Lexeme]] = {}
    for lexeme in lexemes:
        alike.setdefault(lexeme.words, []).append(lexeme)
    index: dict[tuple[str, ...], list[Lexeme]] = {}
    kept: dict[tuple[str, ...], tuple[str, ...]] = {}
    known: dict[tuple[Meaning, ...], tuple[Meaning, ...]] = {}
    for words in sorted(alike, key=lambda words: (-len(words), words)):
        merged = _merged(words, alike[words])
        # The same few tuples over and over: each is kept once.
        classes, meanings = (
            kept.setdefault(merged.classes, merged.classes),
            known.setdefault(merged.meanings, merged.meanings),
        )
        if classes is not merged.classes or meanings is not merged.meanings:
            merged = Lexeme(words, classes, meanings)
        index.setdefault(words if len(words) <= _KEY else words[:_KEY], []).append(merged)
    return {key: tuple(found) for key, found in index.items()}


def _merged(words: tuple[str, ...], same: Sequence[Lexeme]) -> Lexeme:
    if len(same) == 1 and len(same[0].classes) <= 1 and len(same[0].meanings) <= 1:
        return same[0]
    classes = {name for lexeme in same for name in lexeme.classes}
    meanings = {meaning for lexeme in same for meaning in lexeme.meanings}
    return Lexeme(words, tuple(sorted(classes)), tuple(sorted(meanings, key=lambda one: (one.order, repr(one)))))
