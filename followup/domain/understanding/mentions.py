"""Which words speak of which symptom: a reply is walked once, and each governing word given to its symptom."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import takewhile
from typing import TYPE_CHECKING

from followup.domain.understanding.clauses import MASKED
from followup.domain.understanding.governors import ANSWERS, EARLIER, GOVERNING, Governor, Mention, Walk
from followup.domain.understanding.reach import behind_of, goes_ahead, has_ahead, style_of
from followup.domain.understanding.words import Break
from followup.domain.vocabulary import Role

if TYPE_CHECKING:
    from followup.domain.understanding.clauses import Item

_BEFORE_TIME = frozenset({Role.GLUE, Role.SITE, Role.SELF, Role.DEGREE, Role.HARMLESS})
_TO_DEED = frozenset({Role.GLUE, Role.SELF, Role.DEED})
_NEAR_DEED = 4
_LIST = frozenset({Role.GLUE, Role.SITE, Role.AND, Role.OR, Role.SELF})


@dataclass(slots=True)
class _Here:
    is_past: bool = False
    saw_now: bool = False


def find_mentions(items: tuple[Item, ...], spent: frozenset[int] = frozenset()) -> Walk:
    """Every symptom mentioned, with its governing words; `spent` words have denied an alarm sign already."""
    walk = Walk()
    here = _Here()
    waiting: list[Governor] = []
    style = style_of(items)
    for place, item in enumerate(items):
        if item.breaks is Break.STOP or item.role is Role.CONTRAST:
            here = _Here()
        _note_time(item, here)
        if item.role in {Role.EARLIER, Role.NOW} and _is_in_clause(place, items, walk):
            walk.mentions[-1].is_past = item.role is Role.EARLIER and not here.saw_now
        if item.role is Role.SYMPTOM or (item.role is Role.BOTH and not _counts_places(place, items)):
            _name(item, place, items, walk, waiting, here)
            waiting = []
        elif item.role in GOVERNING and not (_is_of_deed(place, items) or _is_spent(item, place, items, walk, spent)):
            _govern(item, place, items, walk, waiting, here, style)
    walk.free.extend(waiting)
    walk.mentions = [mention for mention in walk.mentions if not _is_only_of_sign(mention, spent)]
    return walk


def _is_only_of_sign(mention: Mention, spent: frozenset[int]) -> bool:
    """As in "my lips are not swollen": the word is part of a sign that was denied or somebody else's, and no more."""
    is_ruled = mention.own or mention.shared or mention.item.meaning.severity is not None
    return mention.item.first in spent and not is_ruled


def _is_spent(item: Item, place: int, items: tuple[Item, ...], walk: Walk, spent: frozenset[int]) -> bool:
    """As in "very red no fever": the denial was the fever's, and says nothing of the symptom before it."""
    if item.first not in spent or item.role not in {Role.NO, Role.NONE} or has_ahead(place, items):
        return False
    behind = walk.mentions[-1].item if walk.mentions else None
    return behind is None or behind.first not in spent or behind.after != item.first


def _is_of_deed(place: int, items: tuple[Item, ...]) -> bool:
    """As in "haven't written" and "ate nothing": the denial is of what was done, and says nothing of any symptom."""
    item = items[place]
    if item.role is Role.NO:
        ahead = items[place + 1 : place + 1 + _NEAR_DEED]
        return any(one.role is Role.DEED for one in takewhile(lambda one: _leads_on(one) and not one.breaks, ahead))
    if item.role is Role.NONE and not item.breaks:
        before = reversed(items[max(0, place - _NEAR_DEED) : place])
        return any(one.role is Role.DEED for one in takewhile(_leads_on, before))
    return False


def _leads_on(item: Item) -> bool:
    return item.role in _TO_DEED and item.meaning is not MASKED and not item.is_unknown


def _note_time(item: Item, here: _Here) -> None:
    if item.breaks is Break.COMMA and item.role not in EARLIER:
        here.is_past = False
    if item.role in EARLIER:
        here.is_past = not here.saw_now
    elif item.role in {Role.NOW, Role.STILL}:
        here.is_past, here.saw_now = False, True


def _is_in_clause(place: int, items: tuple[Item, ...], walk: Walk) -> bool:
    """Whether the last symptom was named in the clause this item stands in."""
    if not walk.mentions:
        return False
    since = [item for item in items[: place + 1] if item.first >= walk.mentions[-1].item.after]
    return not any(item.starts_clause() for item in since) and all(item.role in _BEFORE_TIME for item in since[:-1])


def _counts_places(place: int, items: tuple[Item, ...]) -> bool:
    """Whether "both" counts places: "on both legs" is no answer to both questions."""
    after = items[place + 1 : place + 2]
    return bool(after) and after[0].breaks is Break.NONE and (after[0].role is Role.SITE or after[0].meaning is MASKED)


def _name(item: Item, place: int, items: tuple[Item, ...], walk: Walk, waiting: list[Governor], here: _Here) -> None:
    mention = Mention(item, here.is_past, own=waiting)
    listed = None if waiting else _listed_with(place, items, walk)
    between = [one for one in items[: place + 1] if listed and one.first >= listed.item.after]
    if listed is not None and not _is_new_subject(item, between):
        mention.shared = [*(listed.own or listed.shared)]
        if any(one.breaks is Break.COMMA for one in between):
            mention.shared = [governor for governor in mention.shared if governor.item.role is not Role.DEGREE]
        mention.is_past = listed.is_past or here.is_past
        mention.is_loosely_listed = _is_loose(item, listed, between, items) or listed.is_loosely_listed
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


def _is_new_subject(item: Item, between: list[Item]) -> bool:
    """As in "no swelling, skin red" and "no redness, pink": a place or a degree of its own begins a new statement."""
    if any(one.role is Role.OR for one in between):
        return False
    starts = [place for place, one in enumerate(between) if one.breaks is Break.COMMA or one.role is Role.AND]
    return bool(starts) and (item.meaning.severity is not None or _names_place(between[starts[-1] :]))


def _names_place(items: list[Item]) -> bool:
    return any(one.role is Role.SITE for one in items)


def _is_loose(item: Item, listed: Mention, between: list[Item], items: tuple[Item, ...]) -> bool:
    """Whether the list may be none: only a comma ("no redness, swelling"), or an adjective ("not sore and itchy")."""
    if any(one.role is Role.OR for one in items if one.first >= listed.item.after):
        return False
    is_mixed = item.is_predicate
    is_joined = any(one.role is Role.AND for one in between)
    return is_mixed or not is_joined or any(one.breaks is Break.COMMA for one in between)


def _govern(
    item: Item,
    place: int,
    items: tuple[Item, ...],
    walk: Walk,
    waiting: list[Governor],
    here: _Here,
    style: Role | None,
) -> None:
    behind = behind_of(place, items, walk)
    is_now = here.saw_now or item.role is Role.GONE or _since_then(place, items, behind, here)
    is_ahead = has_ahead(place, items)
    governor = Governor(item, is_now, here.is_past, _is_apart(item, place, items, behind, is_ahead=is_ahead))
    if goes_ahead(item, place, items, behind, is_ahead=is_ahead, style=style):
        waiting.append(governor)
    elif behind is not None:
        behind.own.append(governor)
        _share(behind, governor, walk, items)
    else:
        walk.free.append(governor)


def _is_apart(item: Item, place: int, items: tuple[Item, ...], behind: Mention | None, *, is_ahead: bool) -> bool:
    """Whether a "none" stands apart from the adjective before it, or before an adjective: "swollen. 0", "none sore"."""
    if item.role not in ANSWERS - {Role.YES}:
        return False
    if is_ahead:
        ahead = next(one for one in items[place + 1 :] if one.role in {Role.SYMPTOM, Role.BOTH})
        return item.role is Role.NONE and ahead.is_predicate
    if behind is None or behind.is_past or not behind.item.is_predicate:
        return False
    since = [one for one in items[: place + 1] if one.first >= behind.item.after]
    is_new = any(one.starts_clause() or one.role in {Role.AND, Role.NOW, Role.HAVING} for one in since)
    return is_new or _is_statement(behind.item, items)


def _is_statement(symptom: Item, items: tuple[Item, ...]) -> bool:
    """Whether a symptom is said in a sentence ("my face is swollen") rather than named to be answered ("red: no")."""
    before = [one for one in items if one.after <= symptom.first]
    starts = [place for place, one in enumerate(before) if one.starts_clause()]
    clause = before[starts[-1] if starts else 0 :]
    return not symptom.starts_clause() and any(one.role in {Role.COPULA, Role.HAVING, Role.STILL} for one in clause)


def _since_then(place: int, items: tuple[Item, ...], behind: Mention | None, here: _Here) -> bool:
    """As in "red yesterday, nothing": a new clause after the earlier one speaks of now."""
    if behind is None or not behind.is_past or here.is_past:
        return False
    return any(item.starts_clause() for item in items[: place + 1] if item.first >= behind.item.after)


def _share(mention: Mention, governor: Governor, walk: Walk, items: tuple[Item, ...]) -> None:
    """As in "redness and swelling gone": what follows a list speaks of all of it."""
    for other in walk.mentions:
        is_alike = other.item.is_predicate == mention.item.is_predicate
        if other is not mention and is_alike and not other.is_settled and other.item.after <= mention.item.first:
            gap = mention.item.first - other.item.after
            between = [item for item in items if other.item.after <= item.first <= mention.item.first]
            is_one_list = not any(item.role is Role.CONTRAST or item.breaks is Break.STOP for item in between)
            if gap <= 2 and is_one_list and not other.own:  # noqa: PLR2004 - "and", and perhaps "the"
                is_joined = any(item.role in {Role.AND, Role.OR} for item in between)
                is_apart = any(item.breaks is not Break.NONE for item in between) or (
                    other.item.is_predicate and not is_joined
                )
                _share_with(other, governor, is_apart=is_apart)


def _share_with(other: Mention, governor: Governor, *, is_apart: bool) -> None:
    """Past a comma an absence may be of the last alone: surely so in "red, swollen no" and "red is swollen isn't"."""
    if not is_apart or governor.item.role not in ANSWERS | {Role.GONE}:
        other.shared.append(governor)
    elif not other.item.is_predicate:
        other.shared.append(replace(governor, is_loose=True))
