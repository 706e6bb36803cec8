"""Alarm signs, searched for first and in the whole text, whatever else it says."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from followup.domain.phrase_rules import Rule
from followup.domain.understanding.numbers import FEVER_CELSIUS, SEVERE_OF_TEN
from followup.domain.understanding.rules import NEAR_VETO, Match, matches
from followup.domain.understanding.scope import Scope, is_by_proxy, scope_of
from followup.domain.understanding.settled import may_settle
from followup.domain.understanding.values import AlarmHeard, SignState
from followup.domain.vocabulary import Role

if TYPE_CHECKING:
    from collections.abc import Iterator

    from followup.domain.understanding.numbers import Numbers
    from followup.domain.understanding.spans import Spans
    from followup.domain.understanding.values import Asked
    from followup.domain.vocabulary import SignSpec, Vocabulary

FEVER = "fever_chills"
PAIN = "severe_pain"
WEATHER = "@weather"
_STATES = {
    Scope.REAL: SignState.NOW,
    Scope.GONE: SignState.RESOLVED,
    Scope.PERHAPS_DENIED: SignState.POSSIBLY_NEGATED,
}
_WHY = {
    Scope.SUPPOSED: "alarm_sign_supposed",
    Scope.OTHERS: "alarm_sign_of_another",
    Scope.LONG_AGO: "alarm_sign_long_ago",
    Scope.EXPLAINED: "alarm_sign_explained",
    Scope.ELSEWHERE: "alarm_sign_elsewhere",
}
"""Signs that are not reported, and still not left to the service alone."""
_RANK = {SignState.NOW: 0, SignState.POSSIBLY_NEGATED: 1, SignState.RESOLVED: 2}


@dataclass(frozen=True, slots=True)
class Alarms:
    """Signs heard, words they read, words of denied ones, and why a person should look though none is reported."""

    heard: tuple[AlarmHeard, ...]
    words: frozenset[int]
    denied: frozenset[int]
    why: frozenset[str]
    early: frozenset[str] = frozenset()
    """Symptoms that a sign's words mean this soon after treatment."""
    doubted: tuple[frozenset[int], ...] = ()
    """Words of signs that something near them takes the meaning from."""
    settled: frozenset[str] = frozenset()
    """Of `why`, what a full report of her own skin leaves no question about."""


@dataclass(slots=True)
class _Search:
    """What is found while one reply is searched."""

    heard: dict[str, list[tuple[SignState, Match]]] = field(default_factory=dict)
    words: set[int] = field(default_factory=set)
    denied: set[int] = field(default_factory=set)
    why: set[str] = field(default_factory=set)
    open: set[str] = field(default_factory=set)
    early: list[tuple[str, frozenset[int]]] = field(default_factory=list)
    doubted: list[frozenset[int]] = field(default_factory=list)

    def take(
        self, sign: SignSpec, match: Match, told: tuple[Scope, frozenset[int]], spans: Spans, *, is_early: bool
    ) -> None:
        """One place where a rule holds."""
        scope, denial = told
        if match.is_vetoed:
            self.doubted.extend([match.words] if scope is not Scope.DENIED else [])
        elif scope is Scope.DENIED:
            self.denied |= match.words | denial
        elif scope in _WHY:
            self.why.add(_WHY[scope])
            self.open.update([] if may_settle(scope, match, spans) else [_WHY[scope]])
            self.denied |= match.words
        elif is_early:
            self.early.append((sign.before, match.words))
        else:
            self.heard.setdefault(sign.code, []).append((_STATES[scope], match))
            self.words |= match.words


def find_alarms(spans: Spans, numbers: Numbers, vocabulary: Vocabulary, asked: Asked) -> Alarms:
    """Every alarm sign in the reply with its state."""
    by_proxy = is_by_proxy(spans)
    search = _Search()
    specs = {sign.code: sign for sign in vocabulary.signs}
    for code, match in _all_matches(spans, numbers, vocabulary):
        told = scope_of(match, spans, is_by_proxy=by_proxy, is_local=specs[code].is_local)
        search.take(specs[code], match, told, spans, is_early=_is_early(specs[code], asked))
    signs = tuple(
        _heard(sign, search.heard[sign.code], spans) for sign in vocabulary.signs if sign.code in search.heard
    )
    early = frozenset(symptom for symptom, words in search.early if search.words.isdisjoint(words))
    return Alarms(
        signs,
        frozenset(search.words),
        frozenset(search.denied - search.words),
        frozenset(search.why),
        early,
        tuple(words for words in search.doubted if search.words.isdisjoint(words)),
        frozenset(search.why - search.open),
    )


def _is_early(sign: SignSpec, asked: Asked) -> bool:
    """Lumps in the first days are the needle's own; without a known time they are not explained away."""
    hours = asked.hours_since_treatment
    return bool(sign.before) and hours is not None and hours < sign.from_hours


def _all_matches(spans: Spans, numbers: Numbers, vocabulary: Vocabulary) -> Iterator[tuple[str, Match]]:
    for code, rule in vocabulary.sign_rules.worth_trying(spans.keys):
        for match in matches(rule, spans):
            yield code, match
    for place, celsius in numbers.temperatures.items():
        if celsius >= FEVER_CELSIUS:
            yield FEVER, Match(Rule("temperature of 38 or more", ()), ((place, place + 1),), _is_weather(place, spans))
    for place, mark in numbers.of_ten.items():
        if mark >= SEVERE_OF_TEN and not _marks_another(place, spans) and not _is_praise(place, spans):
            yield PAIN, Match(Rule("pain of 7 or more out of ten", ()), ((place, place + 1),))


def _is_weather(place: int, spans: Spans) -> bool:
    """Whether it is as hot as that outside rather than under the tongue."""
    return any(abs(there - place) <= NEAR_VETO for there in spans.places.get(WEATHER, ()))


def _marks_another(place: int, spans: Spans) -> bool:
    """Whether a mark out of ten is near a symptom that is not pain ("redness 7/10")."""
    near = range(max(0, place - 4), min(len(spans.ends), place + 8))
    names = {meaning.symptom for at in near for meaning, _ in spans.role_at(at) if meaning.role is Role.SYMPTOM}
    return bool(names) and "pain" not in names


def _is_praise(place: int, spans: Spans) -> bool:
    """As in "10/10, very happy": a mark for the clinic, where no pain is spoken of."""
    if any(meaning.symptom == "pain" for one in spans.in_role(Role.SYMPTOM) for meaning in one.lexeme.meanings):
        return False
    return any(abs(one.first - place) <= NEAR_VETO for one in spans.in_role(Role.ALL_CLEAR))


def _heard(sign: SignSpec, found: list[tuple[SignState, Match]], spans: Spans) -> AlarmHeard:
    state = min((one for one, _ in found), key=_RANK.__getitem__)
    evidence = [match for one, match in found if one is state][:3]
    parts = dict.fromkeys((match.first, match.after, match.rule.text) for match in evidence)
    return AlarmHeard(sign.code, sign.urgency, state, tuple(spans.words.span(*part) for part in parts))
