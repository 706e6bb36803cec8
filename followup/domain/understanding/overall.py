"""Statements about everything: "all good", "same as yesterday", a lone no, a bare pair of numbers."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from followup.domain.understanding.clauses import MASKED, clauses
from followup.domain.understanding.governors import EARLIER
from followup.domain.understanding.symptoms import OVERALL, Reading, compare
from followup.domain.understanding.values import Question, Severity, Trend
from followup.domain.understanding.words import Break
from followup.domain.vocabulary import Meaning, Role

if TYPE_CHECKING:
    from followup.domain.understanding.clauses import Item
    from followup.domain.understanding.governors import Walk
    from followup.domain.understanding.numbers import Numbers
    from followup.domain.understanding.values import Asked

TOPIC = "topic"
FAR_DENIAL = 1
NOT_WELL = Meaning(Role.HARMLESS, symptom="not_well")
_ABOUT_ELSE = frozenset({Role.PERSON})
_BESIDE_NO = frozenset(
    {Role.GLUE, Role.HAVING, Role.NOW, Role.NO, Role.NONE, Role.BOTH, Role.SITE, Role.HARMLESS, Role.COPULA}
)
_LETS_THROUGH = frozenset(
    {
        Role.GLUE,
        Role.HAVING,
        Role.COPULA,
        Role.SITE,
        Role.SELF,
        Role.NOW,
        Role.STILL,
        Role.DEGREE,
        Role.ONLY,
        Role.DEED,
    }
)


@dataclass(slots=True)
class Overall:
    """Readings of no named symptom, and what they leave in doubt."""

    readings: list[Reading] = field(default_factory=list)
    doubts: set[str] = field(default_factory=set)


def settle_all_clears(
    items: tuple[Item, ...], denied: frozenset[int], asked: frozenset[int] = frozenset()
) -> tuple[Item, ...]:
    """Each "fine" made what it is here: of everything, of the symptom before it, of something else, denied or asked."""
    return tuple(
        replace(item, meaning=_settled(place, items, denied, asked)) if item.role is Role.ALL_CLEAR else item
        for place, item in enumerate(items)
    )


def _settled(place: int, items: tuple[Item, ...], denied: frozenset[int], asked: frozenset[int]) -> Meaning:
    item = items[place]
    ahead = items[place + 1 : place + 2]
    is_of_noun = bool(ahead) and ahead[0].breaks is Break.NONE and ahead[0].role is Role.HARMLESS
    if is_of_noun or item.first in denied or item.first in asked:
        return Meaning(Role.GLUE)
    plain = item.meaning
    for before in range(place - 1, -1, -1):
        one = items[before]
        if items[before + 1].starts_clause():
            break
        meaning = _after(one, item, is_denied=one.first in denied)
        if meaning is not None or one.role not in _LETS_THROUGH:
            return meaning or plain
        if one.role is Role.DEED and item.after - item.first == 1:
            plain = Meaning(Role.GLUE)  # "I slept well" says how she slept; "slept, all good" says more
    return plain


def _after(one: Item, clear: Item, *, is_denied: bool) -> Meaning | None:
    """What "fine" says after this item; None where the item does not decide it.

    "Pain: fine" is none; "a spectacular pain" is a great one.
    """
    if one.role is Role.NO:
        return NOT_WELL
    if one.role in {Role.SYMPTOM, Role.BOTH} and not one.is_predicate:
        return Meaning(Role.DEGREE, severity=clear.meaning.severity) if clear.meaning.severity else Meaning(Role.NONE)
    is_topic = one.role in {Role.HARMLESS, Role.SITE} and one.meaning.symptom == TOPIC
    return Meaning(Role.GLUE) if is_topic or is_denied or one.role in _ABOUT_ELSE else None


def read_overall(items: tuple[Item, ...], walk: Walk, numbers: Numbers, asked: Asked) -> Overall:
    """What the reply says of everything at once."""
    overall = Overall()
    _read_all_clear(items, walk, overall, asked)
    _read_free(walk, items, overall)
    if not numbers.pairs and not numbers.severities:
        _read_yes(items, walk, overall, asked)
    _read_pairs(items, numbers, overall, asked)
    return overall


def _read_all_clear(items: tuple[Item, ...], walk: Walk, overall: Overall, asked: Asked) -> None:
    said = [item for item in items if item.role is Role.ALL_CLEAR]
    clears = [
        item
        for clause in (clauses(items) if said else ())
        for item in clause
        if item.role is Role.ALL_CLEAR and not _is_earlier(item, clause)
    ]
    if len(clears) < len(said):
        overall.doubts.add("only_earlier")
    free = [one.item for one in walk.free]
    clears += [item for item in free if item.role in {Role.NONE, Role.GONE}]
    if not walk.mentions and not clears:
        clears += _answers(items, {item.first for item in free if item.role is Role.NO})
    if not clears:
        return
    words = _places(clears)
    if any(one.is_past for one in walk.mentions):
        for mention in walk.mentions:
            if mention.is_past and not mention.is_settled_now():
                symptom = mention.item.meaning.symptom
                overall.readings.append(Reading(symptom, Severity.NONE, Trend.BETTER, words, "gone since"))
    overall.readings.append(Reading(OVERALL, Severity.NONE, None, words, "all clear"))
    overall.readings.extend(Reading(symptom, Severity.NONE, None, words, "all clear") for symptom in asked.symptoms)


def _is_earlier(clear: Item, clause: tuple[Item, ...]) -> bool:
    """As in "it was fine yesterday": an all-clear of then says nothing of now."""
    joins = [item.first for item in clause if item.role is Role.AND]
    start = max((join for join in joins if join < clear.first), default=-1)
    end = min((join for join in joins if join > clear.first), default=clause[-1].after)
    near = [item for item in clause if start < item.first < end]
    roles = {item.role for item in near}
    before = {item.role for item in near if item.after <= clear.first}
    return Role.NOW not in roles and (Role.EARLIER in roles or Role.PAST in before)


def _answers(items: tuple[Item, ...], denials: set[int]) -> list[Item]:
    """Each "no" that is a whole answer: it opens its clause, and nothing in there is left for it to deny."""
    opening = [clause for clause in clauses(items) if clause[0].first in denials]
    return [clause[0] for clause in opening if all(_goes_with_no(item) for item in clause[1:])]


def _goes_with_no(item: Item) -> bool:
    return item.role in _BESIDE_NO and not item.is_unknown and item.meaning != NOT_WELL


def _stands_apart(yes: Item, items: tuple[Item, ...]) -> bool:
    """As in "yes. otherwise all good": a sentence of its own, and so an answer by itself."""
    after = next((item for item in items if item.first >= yes.after), None)
    begins = yes.first == 0 or yes.breaks is Break.STOP
    return begins and len(items) > 1 and (after is None or after.breaks is Break.STOP)


def _read_free(walk: Walk, items: tuple[Item, ...], overall: Overall) -> None:
    is_all_read = not any(item.is_unknown for item in items)
    for governor in walk.free:
        item = governor.item
        words = _places([item])
        if (governor.is_past and not governor.is_now) or _is_of_what_was_taken(item, items):
            continue
        if item.role in {Role.TREND, Role.LESS, Role.MORE}:
            fallback = Trend.WORSE if item.role is Role.MORE else Trend.BETTER
            trend = item.meaning.trend or fallback
            near = range(item.first - FAR_DENIAL, item.first + 1)
            denied = any(one.item.role is Role.NO and one.item.after in near for one in walk.free)
            severity = None if denied else item.meaning.severity
            reading = Reading(OVERALL, severity, Trend.SAME if denied else trend, words, "change of everything")
            overall.readings.append(reading)
        elif item.role is Role.NOT_YET:
            overall.readings.append(Reading(OVERALL, None, Trend.SAME, words, "not gone"))
            overall.doubts.add("what_has_not_gone")
        elif item.role in {Role.DEGREE, Role.FAR_FROM}:
            overall.doubts.add("degree_of_what")
            if is_all_read and not walk.mentions:
                severity = item.meaning.severity or Severity.MILD
                overall.readings.append(Reading(OVERALL, severity, None, words, "degree of everything"))
        elif item.role is Role.STILL and not walk.mentions:
            overall.doubts.add("still_what")


def _is_of_what_was_taken(item: Item, items: tuple[Item, ...]) -> bool:
    """As in "no more texts", "still 1 0": the word after it is another reader's, and so is this; or an all-clear's."""
    following = next((one for one in items if one.first == item.after and one.breaks is Break.NONE), None)
    if following is None or item.role not in {Role.DEGREE, Role.MORE, Role.LESS, Role.STILL}:
        return False
    is_stress = item.meaning.severity is Severity.SEVERE and following.role in {Role.ALL_CLEAR, Role.NONE}
    return following.meaning is MASKED or is_stress


def _read_yes(items: tuple[Item, ...], walk: Walk, overall: Overall, asked: Asked) -> None:
    """A yes that speaks of no symptom: to "any redness or swelling?" it says that something is there."""
    if walk.mentions:
        return
    for governor in walk.free:
        yes = governor.item
        is_current = governor.is_now or not governor.is_past
        if yes.role is Role.YES and is_current and (not overall.readings or _stands_apart(yes, items)):
            overall.doubts.add("yes_to_what")
            there = (Reading(one, Severity.PRESENT, None, _places([yes]), "yes") for one in asked.symptoms)
            overall.readings.extend(there)


def _read_pairs(items: tuple[Item, ...], numbers: Numbers, overall: Overall, asked: Asked) -> None:
    lone = [(place, value) for place, value in numbers.severities.items() if _is_free(place, items)]
    if numbers.pairs:
        _read_pair(items, numbers, overall, asked)
        if lone:
            overall.doubts.add("three_numbers")
    elif len(lone) == 1 and not any(item.role in {Role.SYMPTOM, Role.BOTH} for item in items):
        _read_lone(*lone[0], overall, asked)
    elif lone and not any(item.role in {Role.SYMPTOM, Role.BOTH} for item in items):
        overall.doubts.add("numbers_of_what")


def _is_free(place: int, items: tuple[Item, ...]) -> bool:
    return any(item.role is Role.NUMBER and item.first == place for item in items)


def _read_lone(place: int, value: int, overall: Overall, asked: Asked) -> None:
    words = frozenset({place})
    if asked.question is Question.LATE_0_1 and value == 0:
        overall.readings.append(Reading(OVERALL, Severity.NONE, None, words, "0 = nothing new"))
    elif asked.question is not Question.COMBINED_0_3:
        overall.doubts.add("number_of_what")
    elif len(asked.symptoms) == 1:
        overall.readings.append(Reading(asked.symptoms[0], Severity.from_digit(value), None, words, "number"))
    elif value == 0:
        overall.readings.extend(Reading(one, Severity.NONE, None, words, "0 for all") for one in asked.symptoms)
    else:
        overall.doubts.add("one_number_of_two" if value < 3 else "severe_number_of_what")  # noqa: PLR2004 - severe


def _read_pair(items: tuple[Item, ...], numbers: Numbers, overall: Overall, asked: Asked) -> None:
    pairs = sorted(numbers.pairs)
    now = _current(pairs, items)
    order = _order(now[0], items, asked)
    if len(order) < 2 or asked.question is Question.FREE:  # noqa: PLR2004 - a pair answers two symptoms
        overall.doubts.add("pair_of_what")
    earlier = [pair for pair in pairs if pair != now]
    words = frozenset(range(now[0], now[2] + 1))
    if max(now[1], now[3]) > 3:  # noqa: PLR2004 - the scale's end
        overall.doubts.add("number_above_three")
        return
    for place, symptom in enumerate(order[:2]):
        severity = Severity.from_digit(now[1 + 2 * place])
        trend = None
        if len(earlier) == 1 and earlier[0][1 + 2 * place] <= 3:  # noqa: PLR2004 - the same
            trend = compare(Severity.from_digit(earlier[0][1 + 2 * place]), severity)
        overall.readings.append(Reading(symptom, severity, trend, words, "two numbers in the order asked"))
    if len(earlier) > 1:
        overall.doubts.add("many_numbers")


def _current(pairs: list[tuple[int, int, int, int]], items: tuple[Item, ...]) -> tuple[int, int, int, int]:
    """Of two pairs the one said to be now, else the one not said to be earlier, else the last."""
    if len(pairs) == 1:
        return pairs[0]
    nearest = [_nowness(pair[0], items) for pair in pairs]
    return next(pair for pair, how in reversed(list(zip(pairs, nearest, strict=True))) if how == max(nearest))


def _nowness(place: int, items: tuple[Item, ...]) -> int:
    """1 where the nearest word of time says now, -1 where it says earlier, 0 where there is none."""
    around = [item for item in items if item.role in {Role.NOW, *EARLIER}]
    closest = min(around, key=lambda item: abs(item.first - place), default=None)
    return 0 if closest is None else (1 if closest.role is Role.NOW else -1)


def _order(place: int, items: tuple[Item, ...], asked: Asked) -> tuple[str, ...]:
    """The order in which two numbers answer: as named right before them, else as asked."""
    named = [item.meaning.symptom for item in items if item.role is Role.SYMPTOM and item.after <= place][-2:]
    return tuple(named) if sorted(named) == sorted(asked.symptoms) else asked.symptoms


def _places(items: list[Item]) -> frozenset[int]:
    return frozenset(place for item in items for place in range(item.first, item.after))
