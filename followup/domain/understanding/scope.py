"""What a stretch of words is about: denied, supposed, long ago, gone again, or somebody else's."""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING

from followup.domain.understanding.words import Break
from followup.domain.vocabulary import Role

if TYPE_CHECKING:
    from followup.domain.understanding.rules import Match
    from followup.domain.understanding.spans import Found, Spans

CARRIES_DENIAL = "@carries_denial"
NOT_DENYING = "@not_denying"
GONE_AGAIN = "@gone_again"
HARMLESS_CAUSE = "@harmless_cause"
BECAUSE = "@because"


class Scope(Enum):
    """How a match is to be taken; the order is the order of looking."""

    REAL = auto()
    DENIED = auto()
    PERHAPS_DENIED = auto()
    SUPPOSED = auto()
    OTHERS = auto()
    LONG_AGO = auto()
    GONE = auto()
    EXPLAINED = auto()


def scope_of(match: Match, spans: Spans, *, is_by_proxy: bool) -> Scope:
    """How these words are to be taken; REAL unless something else is certain enough to say so."""
    denial = _denial(match, spans)
    if denial is not None:
        return denial
    if _is_supposed(match, spans):
        return Scope.SUPPOSED
    if not is_by_proxy and _is_others(match, spans):
        return Scope.OTHERS
    if _near(match, spans, Role.REMOTE):
        return Scope.LONG_AGO
    if _is_explained(match, spans):
        return Scope.EXPLAINED
    return Scope.GONE if _is_gone(match, spans) else Scope.REAL


def is_by_proxy(spans: Spans) -> bool:
    """Whether someone writes for the patient."""
    return any(meaning.role is Role.PROXY for one in spans.found for meaning in one.lexeme.meanings)


def _of(spans: Spans, role: Role) -> list[Found]:
    return [one for one in spans.found if any(meaning.role is role for meaning in one.lexeme.meanings)]


def _denial(match: Match, spans: Spans) -> Scope | None:
    """A denial counts only where every word between it and the sign carries it on."""
    shadowed = {place for one in spans.found if NOT_DENYING in one.lexeme.classes for place in range(one.first, one.after)}
    denials = {
        one.after: one.first
        for one in _of(spans, Role.NO)
        if one.first not in shadowed and one.first not in match.words
    }
    outcomes = [_reach(first, denials, spans) for first, _ in match.parts]
    if any(outcome is Scope.DENIED for outcome in outcomes):
        return Scope.DENIED
    if _is_answered_no(match, spans):
        return Scope.DENIED
    return Scope.PERHAPS_DENIED if any(outcome is Scope.PERHAPS_DENIED for outcome in outcomes) else None


def _reach(first: int, denials: dict[int, int], spans: Spans) -> Scope | None:
    """Walk back from a sign to a denial over words that carry one; "and" or a comma on the way leaves a doubt."""
    doubt = False
    place = first
    while place > 0:
        if place in denials:
            return Scope.PERHAPS_DENIED if doubt else Scope.DENIED
        breaks = spans.words.items[place].breaks
        if breaks is Break.STOP:
            return None
        keys = spans.ends[place - 1]
        doubt = doubt or breaks is Break.COMMA
        if CARRIES_DENIAL not in keys and not _ends_carrier(place, spans):
            return None
        doubt = (doubt or "@and" in keys) and "@or" not in keys
        place -= 1
    return None


def _ends_carrier(place: int, spans: Spans) -> bool:
    """Whether a longer carrying phrase ends right before this word."""
    return any(place in spans.ends[start].get(CARRIES_DENIAL, ()) for start in range(max(0, place - 4), place))


def _is_answered_no(match: Match, spans: Spans) -> bool:
    """ "fever no", "pus: none": the answer closes the clause."""
    for one in (*_of(spans, Role.NONE), *_of(spans, Role.NO)):
        if one.first == match.after and spans.words.items[one.first].breaks is not Break.STOP:
            following = spans.words.items[one.after : one.after + 1]
            return not following or following[0].breaks is not Break.NONE or "@and" in spans.ends[one.after]
    return False


def _is_supposed(match: Match, spans: Spans) -> bool:
    """ "what if I get", "in case of": before the sign, in the same sentence."""
    for one in _of(spans, Role.HYPOTHETICAL):
        if one.first < match.after and one.after <= match.after and not _stop_between(one.after, match.first, spans):
            return True
    return False


def _stop_between(start: int, end: int, spans: Spans) -> bool:
    return any(
        word.breaks is Break.STOP or "@contrast" in spans.ends[start + place]
        for place, word in enumerate(spans.words.items[start : end + 1])
    )


def _is_others(match: Match, spans: Spans) -> bool:
    """The nearest one spoken of before the sign is somebody else, and not as the one who noticed it."""
    last_self = max((one.first for one in _of(spans, Role.SELF) if one.first < match.after), default=-1)
    others = [one for one in _of(spans, Role.PERSON) if one.first <= match.first]
    if not others or others[-1].first < last_self:
        return False
    noticed = {place for one in _of(spans, Role.SAYS) for place in (one.first, one.first - 1)}
    between = range(others[-1].after - 1, match.first + 1)
    return not any(place in noticed for place in between) and not _stop_between(others[-1].after, match.first, spans)


def _near(match: Match, spans: Spans, role: Role) -> bool:
    return any(
        not _stop_between(min(one.first, match.first) + 1, max(one.first, match.first), spans)
        for one in _of(spans, role)
    )


def _is_explained(match: Match, spans: Spans) -> bool:
    """ "out of breath after the gym": an everyday cause, named as the cause."""
    for start in spans.places.get(HARMLESS_CAUSE, ()):
        if start >= match.after and not _stop_between(match.after, start, spans):
            return any(match.after <= place <= start for place in spans.places.get(BECAUSE, ()))
        if start < match.first and not _stop_between(start + 1, match.first, spans):
            return True
    return False


def _is_gone(match: Match, spans: Spans) -> bool:
    """ "was dizzy right after, ok since": earlier, and then said to be over."""
    last = max(match.words)
    was = any(one.first < match.after for one in _of(spans, Role.PAST))
    for start in spans.places.get(GONE_AGAIN, ()):
        if start > last and (was or spans.at[start] - spans.at[last] <= 3):  # noqa: PLR2004 - right after it
            return not any("@no" in spans.ends[place] or "@contrast" in spans.ends[place] for place in range(last + 1, start))
    return False
