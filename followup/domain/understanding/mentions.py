"""Which words speak of which symptom: degrees, denials, changes and numbers find the symptom they govern."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from followup.domain.understanding.words import Break
from followup.domain.vocabulary import Role

if TYPE_CHECKING:
    from collections.abc import Iterator

    from followup.domain.understanding.clauses import Item

AHEAD = frozenset({Role.DEGREE, Role.NO, Role.FAR_FROM, Role.LESS, Role.MORE, Role.STILL})
"""Words that govern what follows, as long as something follows."""
BEHIND = frozenset({Role.NONE, Role.GONE, Role.TREND, Role.NOT_YET, Role.YES, Role.NUMBER})
"""Words that speak of what came before."""
GOVERNING = AHEAD | BEHIND
ANSWERS = frozenset({Role.NO, Role.YES, Role.NONE, Role.NUMBER})
SETTLES = frozenset({Role.DEGREE, Role.NO, Role.FAR_FROM, Role.NONE, Role.GONE, Role.YES, Role.STILL, Role.NUMBER})
"""Words that say how much of a symptom there is."""
_STEPS_OVER = frozenset({Role.GLUE, Role.SITE, Role.SELF, Role.HARMLESS, Role.NOW, Role.ONLY, *AHEAD, Role.NUMBER})
_LIST = frozenset({Role.GLUE, Role.SITE, Role.AND, Role.OR, Role.SELF, Role.ONLY})


@dataclass(slots=True)
class Governor:
    """A governing word, and whether it speaks of now rather than of earlier."""

    item: Item
    is_now: bool


@dataclass(slots=True)
class Mention:
    """A symptom named in the reply, with the words that govern it; built up while the reply is walked once."""

    item: Item
    is_past: bool = False
    own: list[Governor] = field(default_factory=list)
    shared: list[Governor] = field(default_factory=list)
    """Governing words of the symptom it is listed with ("no redness or swelling")."""
    is_loosely_listed: bool = False
    """Listed by a bare comma after a denial: "no redness, swelling" may mean either."""

    @property
    def is_settled(self) -> bool:
        """Whether its own words say how much there is."""
        return any(governor.item.role in SETTLES for governor in self.own)

    def is_settled_now(self) -> bool:
        """Whether its own words say how much there is by now, not earlier."""
        return any(governor.is_now and governor.item.role in SETTLES for governor in self.own)


@dataclass(slots=True)
class Walk:
    """What a walk over the items found."""

    mentions: list[Mention] = field(default_factory=list)
    free: list[Governor] = field(default_factory=list)
    """Governing words that speak of no symptom in particular."""


@dataclass(slots=True)
class _Here:
    is_past: bool = False
    saw_now: bool = False


def find_mentions(items: tuple[Item, ...]) -> Walk:
    """Every symptom mentioned, with its governing words."""
    walk = Walk()
    here = _Here()
    waiting: list[Governor] = []
    style = _style(items)
    for place, item in enumerate(items):
        if item.breaks is Break.STOP or item.role is Role.CONTRAST:
            here = _Here()
        _note_time(item, here)
        if item.role in {Role.SYMPTOM, Role.BOTH}:
            _name(item, place, items, walk, waiting, here)
            waiting = []
        elif item.role in GOVERNING:
            _govern(item, place, items, walk, waiting, here, style)
    walk.free.extend(waiting)
    return walk


def _note_time(item: Item, here: _Here) -> None:
    if item.breaks is Break.COMMA and item.role is not Role.PAST:
        here.is_past = False
    if item.role is Role.PAST:
        here.is_past = not here.saw_now
    elif item.role in {Role.NOW, Role.STILL}:
        here.is_past, here.saw_now = False, True


def _name(item: Item, place: int, items: tuple[Item, ...], walk: Walk, waiting: list[Governor], here: _Here) -> None:
    mention = Mention(item, here.is_past, own=waiting)
    listed = None if waiting else _listed_with(place, items, walk)
    if listed is not None:
        mention.shared = [*(listed.own or listed.shared)]
        mention.is_past = listed.is_past or here.is_past
        mention.is_loosely_listed = _is_bare_comma(place, items) or listed.is_loosely_listed
    walk.mentions.append(mention)


def _listed_with(place: int, items: tuple[Item, ...], walk: Walk) -> Mention | None:
    """The symptom named just before, if only "and", "or", a comma or small words stand between."""
    if not walk.mentions:
        return None
    for before in range(place - 1, -1, -1):
        if items[before + 1].breaks is Break.STOP:
            return None
        if items[before] is walk.mentions[-1].item:
            return walk.mentions[-1]
        if items[before].role not in _LIST or items[before].role is Role.COPULA:
            return None
    return None


def _is_bare_comma(place: int, items: tuple[Item, ...]) -> bool:
    later_or = any(item.role is Role.OR for item in items[place:])
    return items[place].breaks is Break.COMMA and not later_or


def _govern(
    item: Item,
    place: int,
    items: tuple[Item, ...],
    walk: Walk,
    waiting: list[Governor],
    here: _Here,
    style: Role | None,
) -> None:
    governor = Governor(item, here.saw_now)
    behind = _behind(place, items, walk)
    is_ahead = _has_ahead(place, items)
    if _goes_ahead(item, place, items, behind, is_ahead=is_ahead, style=style):
        waiting.append(governor)
    elif behind is not None:
        behind.own.append(governor)
        _share(behind, governor, walk)
    else:
        walk.free.append(governor)


def _share(mention: Mention, governor: Governor, walk: Walk) -> None:
    """ "redness and swelling gone": what follows a list speaks of all of it."""
    for other in walk.mentions:
        if other is not mention and not other.is_settled and other.item.after <= mention.item.first:
            gap = mention.item.first - other.item.after
            if gap <= 2 and not other.own:  # noqa: PLR2004 - "and", and perhaps "the"
                other.shared.append(governor)


def _goes_ahead(
    item: Item, place: int, items: tuple[Item, ...], behind: Mention | None, *, is_ahead: bool, style: Role | None
) -> bool:
    if not is_ahead:
        return False
    if behind is None or style is Role.NO:
        return True
    if item.role is Role.NUMBER:
        return any(governor.item.role is Role.NUMBER for governor in behind.own)
    if style is Role.YES and item.role in ANSWERS:
        return False
    if item.role in {Role.LESS, Role.MORE}:
        return True
    after_copula = place > 0 and _copula_between(behind.item, place, items)
    return item.role in AHEAD and not after_copula


def _copula_between(symptom: Item, place: int, items: tuple[Item, ...]) -> bool:
    between = [one.role for one in items[:place] if one.first >= symptom.after]
    return Role.COPULA in between and Role.AND not in between


def _has_ahead(place: int, items: tuple[Item, ...]) -> bool:
    """Whether a symptom follows before anything else takes the word."""
    for item in items[place + 1 :]:
        if item.breaks is not Break.NONE and item.role not in {Role.SYMPTOM, Role.BOTH}:
            return False
        if item.role in {Role.SYMPTOM, Role.BOTH}:
            return item.breaks is Break.NONE
        if item.is_unknown or item.role not in _STEPS_OVER:
            return False
    return False


def _behind(place: int, items: tuple[Item, ...], walk: Walk) -> Mention | None:
    """The last symptom named, unless a new thought began since."""
    if not walk.mentions:
        return None
    last = walk.mentions[-1]
    since = [item for item in items[: place + 1] if item.first >= last.item.after]
    stops = sum(item.breaks is Break.STOP for item in since)
    commas = sum(item.starts_clause() for item in since)
    if stops and (last.is_settled or stops > 1):
        return None
    if commas and last.is_settled and items[place].role in SETTLES - {Role.GONE, Role.NUMBER}:
        is_later = any(item.role is Role.NOW for item in since) or any(item.role is Role.NOW for item in items[place:])
        return last if is_later and last.is_past else None
    return last


def _style(items: tuple[Item, ...]) -> Role | None:
    """How answers and symptoms alternate: YES for "red yes swollen no", NO for "yes red no swollen", None if neither."""
    row = "".join(_letters(items))
    if re.fullmatch(r"(SA){2,}", row):
        return Role.YES
    return Role.NO if re.fullmatch(r"(AS){2,}", row) else None


def _letters(items: tuple[Item, ...]) -> Iterator[str]:
    for item in items:
        if item.role in {Role.SYMPTOM, Role.BOTH}:
            yield "S"
        elif item.role in ANSWERS:
            yield "A"
        elif item.role in {Role.COPULA, Role.CONTRAST, Role.DEGREE, Role.TREND, Role.GONE}:
            yield "x"
