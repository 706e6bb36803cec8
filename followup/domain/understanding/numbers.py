"""Numbers in every dress: severities, pairs and ranges of them; times, doses, temperatures and marks out of ten."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from followup.domain.understanding.words import Break
from followup.domain.vocabulary import Role

if TYPE_CHECKING:
    from followup.domain.understanding.spans import Spans

HIGHEST = 3
BETWEEN = "@between"
ARTICLE = "@article"
"""As in "a 1 and a 0"."""
POLITE = "@polite"
CELSIUS = (34.0, 43.0)
FEVER_CELSIUS = 38.0
FAHRENHEIT = (93.0, 109.0)
FEVER_FAHRENHEIT = 100.4
SEVERE_OF_TEN = 7
TOO_MUCH = 1e9
"""Longer rows of digits are no number anybody means."""
_JOINS = frozenset({"", ",", "/", "~", "-", ".", "\n", "|", ";", ":", ",\n", "("})
_RANGE_JOINS = frozenset({"~", "-"})
_BETWEEN = frozenset({Role.AND})
_WORD_ENDS = frozenset({Role.AND, Role.OR, Role.NUMBER, Role.COPULA, Role.YES, Role.CONTRAST, Role.BOTH})


@dataclass(slots=True)
class Numbers:
    """The numbers of a reply by what they are; keys and members are places of words."""

    severities: dict[int, int] = field(default_factory=dict)
    """Numbers 0 to 3 that stand by a symptom's name or alone."""
    pairs: list[tuple[int, int, int, int]] = field(default_factory=list)
    """Place and value of the first number of a pair, then of the second."""
    temperatures: dict[int, float] = field(default_factory=dict)
    """In degrees Celsius."""
    of_ten: dict[int, int] = field(default_factory=dict)
    taken: set[int] = field(default_factory=set)
    """Words accounted for as times, counts, doses, temperatures or marks out of ten."""
    doubts: set[str] = field(default_factory=set)


def read_numbers(spans: Spans) -> Numbers:
    """Every number of the reply, sorted by what it is."""
    numbers = Numbers()
    roles = _roles(spans)
    values = _values(spans, roles)
    if _follows_zero(values, spans):
        numbers.doubts.add("number_unclear")
    _take_tens(spans, values, numbers)
    _take_threes(spans, values, roles, numbers)
    _take_temperatures(spans, values, numbers)
    _take_times(spans, values, roles, numbers)
    _join_ranges(spans, values, roles, numbers)
    _take_pairs(spans, values, roles, numbers)
    for place, value in values.items():
        if place in numbers.taken or place in numbers.severities:
            continue
        if value == int(value) and 0 <= value <= HIGHEST:
            numbers.severities[place] = int(value)
        else:
            numbers.taken.add(place)
            numbers.doubts.add("number_above_three" if value > HIGHEST else "number_unclear")
    return numbers


def _roles(spans: Spans) -> dict[int, set[tuple[Role, int]]]:
    roles: dict[int, set[tuple[Role, int]]] = {}
    for one in spans.found:
        for meaning in one.lexeme.meanings:
            roles.setdefault(one.first, set()).add((meaning.role, one.after))
    return roles


def _has(roles: dict[int, set[tuple[Role, int]]], place: int, *wanted: Role) -> bool:
    return any(role in wanted for role, _ in roles.get(place, ()))


def _values(spans: Spans, roles: dict[int, set[tuple[Role, int]]]) -> dict[int, float]:
    """Digits always; number words only where a noun does not follow ("that one dot")."""
    said = {
        one.first: meaning.number
        for one in spans.found
        for meaning in one.lexeme.meanings
        if meaning.role is Role.NUMBER and meaning.number is not None and one.after == one.first + 1
    }
    values: dict[int, float] = {}
    for place, word in enumerate(spans.words.items):
        if word.text[0].isdecimal():
            values[place] = min(float(word.text.replace(",", ".")), TOO_MUCH)
        elif place in said and (said[place] == 0 or _stands_alone(place, spans, roles)):
            values[place] = float(said[place])
    return values


def _stands_alone(place: int, spans: Spans, roles: dict[int, set[tuple[Role, int]]]) -> bool:
    after = place + 1
    if after >= len(spans.words.items) or spans.words.items[after].breaks:
        return True
    return _has(roles, after, *_WORD_ENDS) or not {"@for", POLITE}.isdisjoint(spans.ends[after])


def _follows_zero(values: dict[int, float], spans: Spans) -> bool:
    """As in "zero and one of them": a number word right after a nought is no value, and may have been meant as one."""
    noughts = [place for place, value in values.items() if value == 0]
    after = {place + 1 for place in noughts} | {place + 2 for place in noughts if _is_and(place + 1, spans)}
    return any(one.first in after and one.first not in values for one in spans.in_role(Role.NUMBER))


def _is_and(place: int, spans: Spans) -> bool:
    return place < len(spans.ends) and "@and" in spans.ends[place]


def _take_tens(spans: Spans, values: dict[int, float], numbers: Numbers) -> None:
    """Marks out of ten: "8/10", "8 out of 10"."""
    for place in [place for place, value in values.items() if value == 10]:  # noqa: PLR2004 - the scale's end
        before = place - 1
        is_slash = before in values and "/" in spans.words.items[place].lead
        while before >= 0 and before not in values and "@out_of" in spans.ends[before]:
            before -= 1
        starts = [
            start for start in spans.places.get("@out_of", ()) if {place, place + 1} & set(spans.ends[start]["@out_of"])
        ]
        before = min(starts) - 1 if starts else before
        if before in values and (is_slash or starts):
            numbers.of_ten[before] = int(values[before])
            numbers.doubts.add("number_above_three")
            numbers.severities[before] = _of_three(values[before])
            numbers.taken.update(range(before + 1, place + 1))


def _take_threes(
    spans: Spans, values: dict[int, float], roles: dict[int, set[tuple[Role, int]]], numbers: Numbers
) -> None:
    """Marks out of our own three: "redness 1/3" is no pair."""
    for place, value in values.items():
        is_of = value == HIGHEST and place - 1 in values and spans.words.items[place].lead == "/"
        if is_of and any(_has(roles, near, Role.SYMPTOM) for near in (place - 2, place - 3)):
            numbers.taken.add(place)


def _of_three(mark: float) -> int:
    """A mark out of ten on our scale; every mark above none is at least mild."""
    return HIGHEST if mark >= SEVERE_OF_TEN else 2 if mark > HIGHEST else int(mark > 0)


def _take_temperatures(spans: Spans, values: dict[int, float], numbers: Numbers) -> None:
    named = "@temperature" in spans.places
    for place, value in values.items():
        if place in numbers.taken or place in numbers.of_ten:
            continue
        is_decimal = not spans.words.items[place].text.isdigit()
        in_degrees = any("@degrees" in spans.ends[after] for after in range(place + 1, min(place + 2, len(spans.ends))))
        if CELSIUS[0] <= value <= CELSIUS[1] and (is_decimal or named or in_degrees):
            numbers.temperatures[place] = value
        elif FAHRENHEIT[0] <= value <= FAHRENHEIT[1] and (is_decimal or named or in_degrees):
            numbers.temperatures[place] = round((value - 32) * 5 / 9, 1)
        else:
            continue
        numbers.taken.update({place, *([place + 1] if in_degrees else [])})


def _take_times(
    spans: Spans, values: dict[int, float], roles: dict[int, set[tuple[Role, int]]], numbers: Numbers
) -> None:
    """Clock times, days, doses and counts: any number beside its unit."""
    for place in values:
        if place in numbers.taken or place in numbers.of_ten:
            continue
        units = [after for role, after in roles.get(place + 1, ()) if role is Role.UNIT and _is_unit(place + 1, spans)]
        if units and not spans.words.items[place + 1].breaks:
            is_counted = _has(roles, place + 1, Role.SYMPTOM)
            numbers.taken.update({place} if is_counted else range(place, max(units)))
            _take_alternatives(place, spans, values, roles, numbers)
        elif _is_time(place, spans, roles):
            numbers.taken.add(place)
            _take_clock(place, spans, values, roles, numbers)


def _is_time(place: int, spans: Spans, roles: dict[int, set[tuple[Role, int]]]) -> bool:
    """As in "day 1"; not past a stop ("lovely day. 1 1")."""
    if not place or spans.words.items[place].breaks is not Break.NONE:
        return False
    before = (one for first in range(max(0, place - 3), place) for one in roles.get(first, ()))
    return any(role is Role.BEFORE_TIME and after == place for role, after in before)


def _is_unit(place: int, spans: Spans) -> bool:
    """A unit of one letter stands right at its number ("2h"): "R2 H0" are two answers."""
    word, before = spans.words.items[place], spans.words.items[place - 1]
    return len(word.text) > 1 or word.start == before.end


def _take_alternatives(
    place: int, spans: Spans, values: dict[int, float], roles: dict[int, set[tuple[Role, int]]], numbers: Numbers
) -> None:
    """The first number of "2 or 3 days", "10-15 mins"."""
    if place - 1 in values and spans.words.items[place].lead in {"~", "-"}:
        numbers.taken.add(place - 1)
    elif place - 2 in values and _has(roles, place - 1, Role.OR, Role.AND):
        numbers.taken.update({place - 2, place - 1})


def _take_clock(
    place: int, spans: Spans, values: dict[int, float], roles: dict[int, set[tuple[Role, int]]], numbers: Numbers
) -> None:
    """The rest of "at 3 or 4", "at 7:30"."""
    if place + 1 in values and spans.words.items[place + 1].lead in {":", ".", "~"}:
        numbers.taken.add(place + 1)
    elif place + 2 in values and _has(roles, place + 1, Role.OR):
        numbers.taken.update({place + 1, place + 2})


def _join_ranges(
    spans: Spans, values: dict[int, float], roles: dict[int, set[tuple[Role, int]]], numbers: Numbers
) -> None:
    """Ranges ("1-2 redness", "redness 1 or 2") take the upper end; so does 1.5."""
    has_names = any(role in {Role.SYMPTOM, Role.BOTH} for found in roles.values() for role, _ in found)
    for place in sorted(values):
        if place in numbers.taken or place in numbers.of_ten:
            continue
        if values[place] % 1 == 0.5:  # noqa: PLR2004 - a half
            values[place] = values[place] + 0.5
            numbers.doubts.add("number_range")
        is_between = place > 0 and BETWEEN in spans.ends[place - 1]
        second = _second(place, spans, values, roles, Role.OR, *([Role.AND] if is_between else []))
        if second is None or not has_names or second in numbers.taken:
            continue
        is_hyphen = spans.words.items[second].lead in _RANGE_JOINS and second == place + 1
        if second == place + 2 or is_hyphen:
            values[second] = max(values[place], values[second])
            numbers.taken.update(range(place, second))


def _second(
    place: int, spans: Spans, values: dict[int, float], roles: dict[int, set[tuple[Role, int]]], *joins: Role
) -> int | None:
    if place + 1 in values and spans.words.items[place + 1].lead in _JOINS:
        return place + 1
    if place + 2 in values and _has(roles, place + 1, *joins) and spans.words.items[place + 2].lead in _JOINS:
        return place + 2
    is_counted = place + 3 in values and ARTICLE in spans.ends[place + 2] and _has(roles, place + 1, *joins)
    return place + 3 if is_counted and not any(spans.words.items[place + by].breaks for by in (2, 3)) else None


def _take_pairs(
    spans: Spans, values: dict[int, float], roles: dict[int, set[tuple[Role, int]]], numbers: Numbers
) -> None:
    previous = -9
    for place in sorted(values):
        if place in numbers.taken or place in numbers.of_ten:
            continue
        text = spans.words.items[place].text
        if len(text) == 2 and set(text) <= set("0123"):  # noqa: PLR2004 - two digits typed without a space
            numbers.pairs.append((place, int(text[0]), place, int(text[1])))
            numbers.taken.add(place)
            if text == "10":
                numbers.doubts.add("ten_or_one_zero")
            continue
        second = _second(place, spans, values, roles, *_BETWEEN)
        if second is None or second in numbers.taken or _is_named(place, second, spans, roles):
            if place - previous == 1 and numbers.pairs:
                numbers.doubts.add("three_numbers")
                numbers.taken.add(place)
            continue
        numbers.pairs.append((place, int(values[place]), second, int(values[second])))
        numbers.taken.update(range(place, second + 1))
        previous = second


def _is_named(place: int, second: int, spans: Spans, roles: dict[int, set[tuple[Role, int]]]) -> bool:
    """Whether each of two neighbours has a symptom's name on its own side ("redness 1, 2 for swelling")."""
    before = any(_has(roles, near, Role.SYMPTOM) for near in range(max(0, place - 2), place))
    after = any(_has(roles, near, Role.SYMPTOM) for near in range(second + 1, min(second + 3, len(spans.ends))))
    return before and after
