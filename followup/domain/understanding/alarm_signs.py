"""Alarm signs, searched for first and in the whole text, whatever else it says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from followup.domain.understanding.numbers import FEVER_CELSIUS, SEVERE_OF_TEN
from followup.domain.understanding.rules import Match, matches
from followup.domain.understanding.scope import Scope, is_by_proxy, scope_of
from followup.domain.understanding.values import AlarmHeard, SignState
from followup.domain.vocabulary import Role, Rule

if TYPE_CHECKING:
    from followup.domain.understanding.numbers import Numbers
    from followup.domain.understanding.spans import Spans
    from followup.domain.understanding.values import Asked
    from followup.domain.vocabulary import SignSpec, Vocabulary

FEVER = "fever_chills"
PAIN = "severe_pain"
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


def find_alarms(spans: Spans, numbers: Numbers, vocabulary: Vocabulary, asked: Asked) -> Alarms:
    """Every alarm sign in the reply with its state."""
    by_proxy = is_by_proxy(spans)
    heard: dict[str, list[tuple[SignState, Match]]] = {}
    words: set[int] = set()
    denied: set[int] = set()
    why: set[str] = set()
    early: set[str] = set()
    for sign in vocabulary.signs:
        for match in _sign_matches(sign, spans, numbers, vocabulary):
            scope = scope_of(match, spans, is_by_proxy=by_proxy)
            if scope is Scope.DENIED:
                denied |= match.words
            elif scope in _WHY:
                why.add(_WHY[scope])
                denied |= match.words
            elif _is_early(sign, asked):
                early.add(sign.before)
            else:
                heard.setdefault(sign.code, []).append((_STATES[scope], match))
                words |= match.words
    signs = tuple(_heard(sign, heard[sign.code], spans) for sign in vocabulary.signs if sign.code in heard)
    return Alarms(signs, frozenset(words), frozenset(denied - words), frozenset(why), frozenset(early))


def _is_early(sign: SignSpec, asked: Asked) -> bool:
    """Lumps in the first days are the needle's own; without a known time they are not explained away."""
    hours = asked.hours_since_treatment
    return bool(sign.before) and hours is not None and hours < sign.from_hours


def _sign_matches(sign: SignSpec, spans: Spans, numbers: Numbers, vocabulary: Vocabulary) -> list[Match]:
    found = [match for rule in vocabulary.sign_rules.get(sign.code, ()) for match in matches(rule, spans)]
    if sign.code == FEVER:
        hot = [place for place, celsius in numbers.temperatures.items() if celsius >= FEVER_CELSIUS]
        found += [Match(Rule("temperature of 38 or more", ()), ((place, place + 1),)) for place in hot]
    if sign.code == PAIN:
        found += [
            Match(Rule("pain of 7 or more out of ten", ()), ((place, place + 1),))
            for place, mark in numbers.of_ten.items()
            if mark >= SEVERE_OF_TEN and not _marks_another(place, spans)
        ]
    return found


def _marks_another(place: int, spans: Spans) -> bool:
    """Whether a mark out of ten is near a symptom that is not pain ("redness 7/10")."""
    near = range(max(0, place - 4), min(len(spans.ends), place + 8))
    names = {meaning.symptom for at in near for meaning, _ in spans.role_at(at) if meaning.role is Role.SYMPTOM}
    return bool(names) and "pain" not in names


def _heard(sign: SignSpec, found: list[tuple[SignState, Match]], spans: Spans) -> AlarmHeard:
    state = min((one for one, _ in found), key=_RANK.__getitem__)
    evidence = [match for one, match in found if one is state][:3]
    parts = dict.fromkeys((match.first, match.after, match.rule.text) for match in evidence)
    return AlarmHeard(sign.code, sign.urgency, state, tuple(spans.words.span(*part) for part in parts))
