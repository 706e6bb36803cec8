"""What a stretch of words is about: denied, supposed, long ago, gone again, or somebody else's."""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING

from followup.domain.understanding.words import Break
from followup.domain.vocabulary import Role

if TYPE_CHECKING:
    from collections.abc import Sequence

    from followup.domain.understanding.rules import Match
    from followup.domain.understanding.spans import Spans

CARRIES_DENIAL = "@carries_denial"
DENIED_WITH = "@denied_with"
NOT_DENYING = "@not_denying"
NOT_SUPPOSING = "@not_supposing"
FAR_AFTER = 4
NEAR_BEFORE = 3
GONE_AGAIN = "@gone_again"
HARMLESS_CAUSE = "@harmless_cause"
BECAUSE = "@because"
NOT_USUAL = "@not_usual"
RELATIVE = "@relative"
"""Words that go on about somebody just named: "my son who broke his arm"."""


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


def scope_of(match: Match, spans: Spans, *, is_by_proxy: bool) -> tuple[Scope, frozenset[int]]:
    """How these words are to be taken, and the words that say so; REAL unless something else is certain enough."""
    denial, words = _denial(match, spans)
    return (denial, words) if denial is not None else (_told(match, spans, is_by_proxy=is_by_proxy), frozenset())


def _told(match: Match, spans: Spans, *, is_by_proxy: bool) -> Scope:
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
    return bool(spans.in_role(Role.PROXY))


def _denial(match: Match, spans: Spans) -> tuple[Scope | None, frozenset[int]]:
    """A denial counts only where every word between it and the sign carries it on."""
    shadowed = spans.covered_by(NOT_DENYING)
    denials = {
        one.after: one.first
        for one in (*spans.in_role(Role.NO), *spans.in_role(Role.NONE))
        if one.first not in shadowed and one.first not in match.words
    }
    outcomes = [_reach(first, denials, spans) for first, _ in match.parts]
    denied = [(scope, start, first) for (scope, start), (first, _) in zip(outcomes, match.parts, strict=True) if scope]
    certain = [one for one in denied if one[0] is Scope.DENIED]
    if certain:
        return Scope.DENIED, frozenset(place for _, start, first in certain for place in range(start, first))
    answer = _answered_no(match, spans)
    if answer:
        return Scope.DENIED, answer
    return (Scope.PERHAPS_DENIED if denied else None), frozenset()


def _reach(first: int, denials: dict[int, int], spans: Spans) -> tuple[Scope | None, int]:
    """Walk back from a sign to a denial over words that carry one.

    A comma, an "and" or the name of something else on the way leaves a doubt, unless an "or" makes a list of them:
    "no fever, chills" may deny both. A symptom on the way has used the denial up ("no redness got the chills").
    """
    doubt = is_list = False
    place = first
    while place > 0:
        if place in denials:
            return (Scope.PERHAPS_DENIED if doubt else Scope.DENIED), denials[place]
        breaks = spans.words.items[place].breaks
        keys = spans.ends[place - 1]
        is_other = DENIED_WITH in keys or _ends(DENIED_WITH, place, spans) or _names_symptom(place - 1, spans)
        carries = is_other or CARRIES_DENIAL in keys or _ends(CARRIES_DENIAL, place, spans)
        is_spent = not is_list and breaks is Break.NONE and _names_symptom(place - 1, spans)
        if breaks is Break.STOP or not carries or is_spent:
            break
        doubt = doubt or (not is_list and (breaks is Break.COMMA or "@and" in keys or is_other))
        is_list = is_list or "@or" in keys
        place -= 1
    return None, first


def _ends(name: str, place: int, spans: Spans) -> bool:
    """Whether a longer phrase of this class ends right before this word."""
    return any(place in spans.ends[start].get(name, ()) for start in range(max(0, place - 4), place))


def _names_symptom(place: int, spans: Spans) -> bool:
    return any(meaning.role is Role.SYMPTOM for meaning, after in spans.role_at(place) if after == place + 1)


def _answered_no(match: Match, spans: Spans) -> frozenset[int]:
    """As in "fever no", "pus: none": the answer that closes the clause."""
    for one in (*spans.in_role(Role.NONE), *spans.in_role(Role.NO)):
        lead = spans.words.items[one.first]
        if one.first == match.after and (lead.breaks is not Break.STOP or "?" in lead.lead):
            following = spans.words.items[one.after : one.after + 1]
            if not following or following[0].breaks is not Break.NONE or "@and" in spans.ends[one.after]:
                return frozenset(range(one.first, one.after))
    return frozenset()


def _is_supposed(match: Match, spans: Spans) -> bool:
    """As in "what if I get", "in case of": before the sign, in the same sentence."""
    real = spans.covered_by(NOT_SUPPOSING)
    return any(
        one.after <= match.after and one.first not in real and not _stop_between(one.after, match.first, spans)
        for one in spans.in_role(Role.HYPOTHETICAL)
    )


def _stop_between(start: int, end: int, spans: Spans) -> bool:
    return any(
        word.breaks is Break.STOP or "@contrast" in spans.ends[start + place]
        for place, word in enumerate(spans.words.items[start : end + 1])
    )


def _is_others(match: Match, spans: Spans) -> bool:
    """The nearest one spoken of before the sign is somebody else, and not as the one who noticed it."""
    everyone = spans.in_role(Role.PERSON)
    named = {place for one in everyone for place in range(one.first, one.after)}
    selves = (one.first for one in spans.in_role(Role.SELF) if one.first < match.after and one.first not in named)
    last_self = max(selves, default=-1)
    others = [one for one in everyone if one.first <= match.first]
    if not others and last_self < 0 and _is_told_after(match, spans):
        return True
    if not others or others[-1].first < last_self:
        return False
    said_well = (one.first for one in spans.in_role(Role.ALL_CLEAR))
    if any(others[-1].after <= first < match.first for first in said_well):
        return False
    noticed = {place for one in spans.in_role(Role.SAYS) for place in (one.first, one.first - 1)}
    between = range(others[-1].after - 1, match.first + 1)
    return not any(place in noticed for place in between) and not _stop_between(others[-1].after, match.first, spans)


def _is_told_after(match: Match, spans: Spans) -> bool:
    """As in "a fever in my son": somebody else right after the sign, and not as the one who noticed it."""
    noticed = {one.first for one in spans.in_role(Role.SAYS)}
    for one in spans.in_role(Role.PERSON):
        between = range(match.after, one.first)
        is_close = match.after <= one.first <= match.after + FAR_AFTER
        goes_on = all(not spans.words.items[place].breaks for place in range(match.after, one.first + 1))
        is_person = len(one.lexeme.words) == 1  # "my phone" and the like are things spoken of, not who has it
        if is_person and is_close and goes_on and not any("@and" in spans.ends[place] for place in between):
            return noticed.isdisjoint({one.after, one.after + 1}) and _ends_statement(one.after, spans)
    return False


def _ends_statement(place: int, spans: Spans) -> bool:
    """Whether no statement goes on with this as its subject ("… my husband is fine" does, "… my son who" does not)."""
    if place >= len(spans.ends) or spans.words.items[place].breaks is not Break.NONE:
        return True
    return not {"@and", "@contrast", RELATIVE}.isdisjoint(spans.ends[place])


def _near(match: Match, spans: Spans, role: Role) -> bool:
    return any(
        not _stop_between(min(one.first, match.first) + 1, max(one.first, match.first), spans)
        for one in spans.in_role(role)
    )


def _is_explained(match: Match, spans: Spans) -> bool:
    """As in "out of breath after the gym": an everyday cause, named as the cause; not where it is called unusual."""
    if NOT_USUAL in spans.places:
        return False
    return any(_explains(start, match, spans) for start in spans.places.get(HARMLESS_CAUSE, ()))


def _explains(start: int, match: Match, spans: Spans) -> bool:
    """Whether this cause is said of the sign: in one sentence with it, with a "because" between or right before."""
    causes = spans.places.get(BECAUSE, ())
    if start >= match.after:
        is_said = any(match.after <= place <= start for place in causes)
        return is_said and not any(_parts(place, causes, spans) for place in range(match.after, start + 1))
    is_one = start < match.first and not _stop_between(start + 1, match.first, spans)
    is_later = any(start < one.first <= match.first for one in spans.in_role(Role.NOW))  # "the gym, and today I cannot"
    return is_one and not is_later and any(start - NEAR_BEFORE <= place <= start for place in causes)


def _parts(place: int, causes: Sequence[int], spans: Spans) -> bool:
    """Whether another thought begins here; in "… but that is the bike" the "but" gives the cause, and parts nothing."""
    contrasts = "@contrast" in spans.ends[place] and place not in causes
    return contrasts or spans.words.items[place].breaks is Break.STOP


def _is_gone(match: Match, spans: Spans) -> bool:
    """As in "was dizzy right after, ok since": earlier, and then said to be over."""
    last = max(match.words)
    was = any(one.first < match.after for role in (Role.PAST, Role.EARLIER) for one in spans.in_role(role))
    for start in spans.places.get(GONE_AGAIN, ()):
        if start > last and (was or spans.at[start] - spans.at[last] <= 3):  # noqa: PLR2004 - right after it
            return not any(
                "@no" in spans.ends[place] or "@contrast" in spans.ends[place] for place in range(last + 1, start)
            )
    return False
