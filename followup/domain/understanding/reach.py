"""Which symptom a governing word looks to: the one ahead of it or the one behind."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from followup.domain.understanding.clauses import MASKED
from followup.domain.understanding.governors import AHEAD, ANSWERS, CHANGES, SETTLES
from followup.domain.understanding.words import Break
from followup.domain.vocabulary import Role

if TYPE_CHECKING:
    from collections.abc import Iterator

    from followup.domain.understanding.clauses import Item
    from followup.domain.understanding.governors import Mention, Walk

_STEPS_OVER = frozenset({Role.GLUE, Role.SITE, Role.SELF, Role.HARMLESS, Role.ONLY, Role.OR, *AHEAD, Role.NUMBER})


FARTHEST = 40
"""Words after which nobody remembers what governs them."""


def goes_ahead(
    item: Item, place: int, items: tuple[Item, ...], behind: Mention | None, *, is_ahead: bool, style: Role | None
) -> bool:
    """Whether a governing word speaks of the symptom that follows rather than of the one before it."""
    if not is_ahead:
        return False
    opens = item.role in CHANGES and _opens_with_symptom(place, items)
    if opens or behind is None or style is Role.NO:
        return True
    if item.role is Role.NUMBER:
        return any(governor.item.role is Role.NUMBER for governor in behind.own)
    if style is Role.YES and item.role in ANSWERS | {Role.DEGREE}:
        return False
    is_said_of_behind = place > 0 and _copula_between(behind.item, place, items)
    return item.role in {Role.LESS, Role.MORE} or (item.role in AHEAD and not is_said_of_behind)


def _opens_with_symptom(place: int, items: tuple[Item, ...]) -> bool:
    """As in "... and gone is the redness": a change that opens its clause, the symptom right after it."""
    opens = place == 0 or items[place].starts_clause() or items[place - 1].role in {Role.AND, Role.CONTRAST}
    ahead = next((item for item in items[place + 1 :] if item.role is not Role.GLUE), None)
    return opens and ahead is not None and ahead.role is Role.SYMPTOM


def _copula_between(symptom: Item, place: int, items: tuple[Item, ...]) -> bool:
    """As in "redness is not bad"; not where a clause begins in between ("itchy, isn't swollen")."""
    between = [one for one in items[: place + 1] if one.first >= symptom.after]
    if any(one.starts_clause() for one in between):
        return False
    roles = {one.role for one in between}
    return Role.COPULA in roles and Role.AND not in roles


def has_ahead(place: int, items: tuple[Item, ...]) -> bool:
    """Whether a symptom follows before anything else takes the word.

    Past something that is no symptom ("no fever very red") only an "or" carries it on.
    """
    denies = items[place].role in {Role.NO, Role.NONE}
    is_taken = False
    for item in items[place + 1 : place + FARTHEST]:
        if item.breaks is not Break.NONE and item.role not in {Role.SYMPTOM, Role.BOTH}:
            return False
        if item.role in {Role.SYMPTOM, Role.BOTH}:
            return item.breaks is Break.NONE and not is_taken
        is_taken = denies and (item.meaning is MASKED or (is_taken and item.role is not Role.OR))
        if item.is_unknown or item.role not in _STEPS_OVER:
            return False
    return False


def behind_of(place: int, items: tuple[Item, ...], walk: Walk) -> Mention | None:
    """The last symptom named, unless a new thought began since."""
    if not walk.mentions:
        return None
    last = walk.mentions[-1]
    since = [item for item in items[: place + 1] if item.first >= last.item.after]
    if _is_of_another_place(items[place], since):
        return None
    stops = sum(item.breaks is Break.STOP for item in since)
    commas = sum(item.starts_clause() for item in since)
    if stops and (last.is_settled or stops > 1):
        return None
    if commas and last.is_settled and items[place].role in SETTLES - {Role.GONE, Role.NUMBER}:
        is_later = any(item.role is Role.NOW for item in since) or any(item.role is Role.NOW for item in items[place:])
        return last if is_later and last.is_past else None
    return last


def _is_of_another_place(item: Item, since: list[Item]) -> bool:
    """As in "right cheek red, left not": a no after another place speaks of that place."""
    if item.role not in {Role.NO, Role.NONE}:
        return False
    starts = [place for place, one in enumerate(since) if one.starts_clause()]
    return bool(starts) and any(one.role is Role.SITE for one in since[starts[-1] :])


def style_of(items: tuple[Item, ...]) -> Role | None:
    """How answers and symptoms alternate: YES for "red yes swollen no", NO for "yes red no swollen", else None."""
    row = "".join(_letters(items))
    if re.fullmatch(r"(SA){2,}|(S[AD]){2,}", row):
        return Role.YES
    return Role.NO if re.fullmatch(r"(AS){2,}", row) else None


def _letters(items: tuple[Item, ...]) -> Iterator[str]:
    for item in items:
        if item.role in {Role.SYMPTOM, Role.BOTH}:
            yield "S"
        elif item.role in ANSWERS:
            yield "A"
        elif item.role is Role.DEGREE:
            yield "D"
        elif item.role in {Role.COPULA, Role.CONTRAST, Role.TREND, Role.GONE}:
            yield "x"
