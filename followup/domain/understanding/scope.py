"""What a stretch of words is about: denied, supposed, long ago, gone again, or somebody else's."""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING

from followup.domain.understanding.causes import (
    NEAR_BEFORE,
    NOT_USUAL,
    is_elsewhere,
    is_explained,
    is_picture,
    stop_between,
)
from followup.domain.understanding.likeness import people
from followup.domain.understanding.words import Break
from followup.domain.vocabulary import Role

if TYPE_CHECKING:
    from followup.domain.understanding.rules import Match
    from followup.domain.understanding.spans import Found, Spans

CARRIES_DENIAL = "@carries_denial"
DENIED_WITH = "@denied_with"
NOT_DENYING = "@not_denying"
NOT_SUPPOSING = "@not_supposing"
TELLS = frozenset({"@having", "@copula", "@self", "can_not", "could_not"})
ONLY_ANSWERS = "@only_answers"
TRAILING_NO = "@trailing_no"
LIST_END = "@list_end"
NOT_KIN = "@not_kin"
WEAK_PROXY = "@weak_proxy"
FOR_HERSELF = "@for_herself"
AS_OBJECT = "@as_object"
KIN = "@kin"
"""Grown relatives: a patient themselves, or spoken of beside one."""
LAUGHS = "@laughs"
_OF_HERSELF = (Role.ALL_CLEAR, Role.PAST, Role.EARLIER, Role.REMOTE, Role.CONTRAST)
INABILITY = frozenset({"@no", "can_not", "could_not"})
DENYING = "@denying"
"""Longer words of denial that begin like some that deny nothing: "no se ha", where "no se" may be a not knowing."""
FAR_AFTER = 4
GONE_AGAIN = "@gone_again"
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
    ELSEWHERE = auto()


def scope_of(match: Match, spans: Spans, *, is_by_proxy: bool, is_local: bool = False) -> tuple[Scope, frozenset[int]]:
    """How these words are to be taken, and the words that say so; REAL unless something else is certain enough."""
    denial, words = _denial(match, spans)
    if denial is not None:
        return denial, words
    return _told(match, spans, is_by_proxy=is_by_proxy, is_local=is_local), frozenset()


def _told(match: Match, spans: Spans, *, is_by_proxy: bool, is_local: bool) -> Scope:
    if _is_supposed(match, spans):
        return Scope.SUPPOSED
    if not is_by_proxy and _is_others(match, spans, is_local=is_local):
        return Scope.OTHERS
    if NOT_USUAL not in spans.places and _near(match, spans, Role.REMOTE):
        return Scope.LONG_AGO
    if is_explained(match, spans, is_local=is_local) or is_picture(match, spans):
        return Scope.EXPLAINED
    if is_local and is_elsewhere(match, spans):
        return Scope.ELSEWHERE
    return Scope.GONE if _is_gone(match, spans) else Scope.REAL


def is_by_proxy(spans: Spans) -> bool:
    """Whether someone writes for the patient.

    "His neck" alone does not say so where a boss or a dog is spoken of, nor where she goes on to speak for herself.
    """
    is_strange = NOT_KIN in spans.places or FOR_HERSELF in spans.places
    says_so = any(not (is_strange and WEAK_PROXY in one.lexeme.classes) for one in spans.in_role(Role.PROXY))
    return says_so or (not is_strange and KIN in spans.places and _says_nothing_of_herself(spans))


def _says_nothing_of_herself(spans: Spans) -> bool:
    """As in "my mum cannot lift her arm": of now, of a grown relative, and of nobody and nothing beside."""
    is_more = any(spans.in_role(role) for role in _OF_HERSELF) or LAUGHS in spans.places
    if is_more or any(word.text.isdigit() for word in spans.words.items):
        return False
    named = {place for one in spans.in_role(Role.PERSON) for place in range(one.first, one.after)}
    return all(one.first in named or one.after in named for one in spans.in_role(Role.SELF))


def _denial(match: Match, spans: Spans) -> tuple[Scope | None, frozenset[int]]:
    """A denial counts only where every word between it and the sign carries it on."""
    if any(match.first < one.first < match.after for one in spans.in_role(Role.EXCEPT)):
        return None, frozenset()  # "no swelling apart from my lips"
    denials = _denials(match, spans)
    outcomes = [_reach(first, denials, spans) for first, _ in match.parts]
    denied = [(scope, start, first) for (scope, start), (first, _) in zip(outcomes, match.parts, strict=True) if scope]
    certain = [one for one in denied if one[0] is Scope.DENIED]
    if certain and not _says_no_itself(match, spans) and not _answered_yes(match, spans):
        return Scope.DENIED, frozenset(place for _, start, first in certain for place in range(start, first))
    answer = _answered_no(match, spans)
    if answer:
        return Scope.DENIED, answer
    return (Scope.PERHAPS_DENIED if denied else None), frozenset()


def _denials(match: Match, spans: Spans) -> dict[int, int]:
    """Where words of denial end and begin; a "nope" is an answer and denies nothing that comes after it."""
    shadowed = (spans.covered_by(NOT_DENYING) - spans.covered_by(DENYING)) | match.words
    return {
        one.after: one.first
        for one in (*spans.in_role(Role.NO), *spans.in_role(Role.NONE))
        if one.first not in shadowed and ONLY_ANSWERS not in one.lexeme.classes and not _trails(one, spans)
    }


def _trails(one: Found, spans: Spans) -> bool:
    """As in "hinchazón ninguna me desmayé": the word denies the name it stands behind, and not what comes."""
    if TRAILING_NO not in one.lexeme.classes or not one.first or spans.words.items[one.first].breaks is not Break.NONE:
        return False
    return _names_symptom(one.first - 1, spans) or DENIED_WITH in spans.ends[one.first - 1]


def _says_no_itself(match: Match, spans: Spans) -> bool:
    """As in "no cant breathe": what begins with a not is hardly denied by the no before it."""
    return not INABILITY.isdisjoint(spans.ends[match.first])


def _answered_yes(match: Match, spans: Spans) -> bool:
    """As in "swelling no fever yes": the yes that closes the clause is the sign's own answer."""
    ends = (one.after for one in spans.in_role(Role.YES) if one.first == match.after)
    return any(after >= len(spans.ends) or spans.words.items[after].breaks is not Break.NONE for after in ends)


def _reach(first: int, denials: dict[int, int], spans: Spans) -> tuple[Scope | None, int]:
    """Walk back from a sign to a denial over words that carry one; never past a stop ("fever? no. pus? yes").

    A comma, an "and" or the name of something else on the way leaves a doubt, unless an "or" makes a list of them:
    "no fever, chills" may deny both. A symptom on the way has used the denial up ("no redness got the chills").
    """
    doubt = is_list = False
    place = first
    while place > 0:
        breaks = spans.words.items[place].breaks
        doubt = doubt or (not is_list and breaks is Break.COMMA)
        if breaks is Break.STOP:
            break
        if place in denials:
            return (Scope.PERHAPS_DENIED if doubt else Scope.DENIED), denials[place]
        keys = spans.ends[place - 1]
        is_other = DENIED_WITH in keys or _ends(DENIED_WITH, place, spans) or _names_symptom(place - 1, spans)
        carries = is_other or CARRIES_DENIAL in keys or _ends(CARRIES_DENIAL, place, spans)
        is_said_of = place == first and "@predicate" in keys  # "no red lines"
        is_spent = not is_list and breaks is Break.NONE and _names_symptom(place - 1, spans) and not is_said_of
        if not carries or is_spent:
            break
        doubt = doubt or (not is_list and ("@and" in keys or is_other)) or _ends(LIST_END, place, spans)
        is_list = is_list or "@or" in keys
        place -= 1
    return None, first


def _ends(name: str, place: int, spans: Spans) -> bool:
    """Whether a longer phrase of this class ends right before this word."""
    return any(place in spans.ends[start].get(name, ()) for start in range(max(0, place - 4), place))


def _names_symptom(place: int, spans: Spans) -> bool:
    return any(one.first == place == one.after - 1 for one in spans.in_role(Role.SYMPTOM))


def _answered_no(match: Match, spans: Spans) -> frozenset[int]:
    """As in "fever no", "pus: none": the answer that closes the clause; hardly of what was told ("I fainted, no …")."""
    for one in (*spans.in_role(Role.NONE), *spans.in_role(Role.NO)):
        lead = spans.words.items[one.first]
        is_asked = "?" in lead.lead
        if one.first != match.after or (lead.breaks is Break.STOP and not is_asked):
            continue
        following = spans.words.items[one.after : one.after + 1]
        is_last = not following or following[0].breaks is not Break.NONE or "@and" in spans.ends[one.after]
        is_last = is_last or "/" in following[0].lead  # "fever: no / pus: no"
        if is_last and (is_asked or not _is_told(match, spans)):
            return frozenset(range(one.first, one.after))
    return frozenset()


def _is_told(match: Match, spans: Spans) -> bool:
    """Whether the sign stands in a sentence ("there's pus", "I fainted") rather than named to be answered."""
    start = match.first
    while start > 0 and spans.words.items[start].breaks is Break.NONE:
        start -= 1
    return any(not TELLS.isdisjoint(spans.ends[place]) for place in range(start, match.after))


def _is_supposed(match: Match, spans: Spans) -> bool:
    """As in "what if I get", "in case of": before the sign, in the same sentence."""
    real = spans.covered_by(NOT_SUPPOSING)
    return any(
        one.after <= match.after
        and one.first not in real
        and not stop_between(one.after, match.first, spans)
        and not _now_between(one.after, match.first, spans)
        for one in spans.in_role(Role.HYPOTHETICAL)
    )


def _is_others(match: Match, spans: Spans, *, is_local: bool) -> bool:
    """The nearest one spoken of before the sign is somebody else, and not as the one who noticed it."""
    everyone = people(spans)
    named = {place for one in everyone for place in range(one.first, one.after)}
    start = match.parts[0][1] if is_local else match.parts[-1][0]
    selves = (one.first for one in spans.in_role(Role.SELF) if one.first < start and one.first not in named)
    last_self = max(selves, default=-1)
    others = [one for one in everyone if one.first <= match.first or _is_taken_along(one, match, spans)]
    if not others and last_self < 0 and _is_told_after(match, spans):
        return True
    if not others or others[-1].first < last_self:
        return False
    said_well = (one.first for one in spans.in_role(Role.ALL_CLEAR))
    if any(others[-1].after <= first < match.first for first in said_well):
        return False
    told = (one.first for one in spans.in_role(Role.SAYS) if one.first not in match.words)
    noticed = {place for first in told for place in (first, first - 1)}
    between = range(others[-1].after - 1, match.first + 1)
    return not any(place in noticed for place in between) and not stop_between(others[-1].after, match.first, spans)


def _is_taken_along(one: Found, match: Match, spans: Spans) -> bool:
    """As in "llevé al niño a urgencias": somebody between the words of the sign, as the one it happens to."""
    is_inside = match.first < one.first < match.parts[-1][0]
    return is_inside and any(AS_OBJECT in spans.ends[place] for place in range(max(0, one.first - 2), one.first + 1))


def _is_told_after(match: Match, spans: Spans) -> bool:
    """As in "a fever in my son": somebody else right after the sign, and not as the one who noticed it."""
    noticed = {one.first for one in spans.in_role(Role.SAYS)}
    for one in people(spans):
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
        not stop_between(min(one.first, match.first) + 1, max(one.first, match.first), spans)
        for one in spans.in_role(role)
        if not _is_contrary(one.first, spans) and not _now_between(one.after, match.first, spans)
    )


def _now_between(start: int, end: int, spans: Spans) -> bool:
    """As in "I used to get cold sores and now there are blisters": what comes after the "now" is of now."""
    return any(start <= one.first < end for one in spans.in_role(Role.NOW))


def _is_contrary(place: int, spans: Spans) -> bool:
    """As in "not there before the injections": a time of which it is denied tells that it is new."""
    near = range(max(0, place - NEAR_BEFORE), place)
    joined = all(spans.words.items[after].breaks is Break.NONE for after in range(near.start + 1, place + 1))
    return joined and any("@no" in spans.ends[before] for before in near)


def _is_gone(match: Match, spans: Spans) -> bool:
    """As in "was dizzy right after, ok since": earlier, and then said to be over."""
    last = max(match.words)
    was = any(one.first < match.after + FAR_AFTER for role in (Role.PAST, Role.EARLIER) for one in spans.in_role(role))
    for start in spans.places.get(GONE_AGAIN, ()):
        if start > last and (was or spans.at[start] - spans.at[last] <= 3):  # noqa: PLR2004 - right after it
            return not any(
                "@no" in spans.ends[place] or "@contrast" in spans.ends[place] for place in range(last + 1, start)
            )
    return False
