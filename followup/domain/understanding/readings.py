"""All readings of a reply brought together: one severity and one trend for each symptom, and what stays in doubt."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import takewhile
from typing import TYPE_CHECKING

from followup.domain.understanding.mentions import find_mentions
from followup.domain.understanding.overall import read_overall
from followup.domain.understanding.symptoms import OVERALL, Reading, disagree, read_mention, strongest
from followup.domain.understanding.values import Severity, Span, SymptomHeard, Trend
from followup.domain.vocabulary import Role

if TYPE_CHECKING:
    from collections.abc import Iterator

    from followup.domain.understanding.alarm_signs import Alarms
    from followup.domain.understanding.clauses import Item
    from followup.domain.understanding.governors import Walk
    from followup.domain.understanding.numbers import Numbers
    from followup.domain.understanding.overall import Overall
    from followup.domain.understanding.values import Asked
    from followup.domain.understanding.words import Words

ALL_CLEAR = frozenset({"all clear"})
GONE_SINCE = "gone since"


@dataclass(slots=True)
class Readings:
    """Readings by symptom, and the doubts left."""

    by_symptom: dict[str, list[Reading]] = field(default_factory=dict)
    doubts: set[str] = field(default_factory=set)

    def add(self, reading: Reading) -> None:
        """One more reading."""
        self.by_symptom.setdefault(reading.symptom, []).append(reading)

    def tell_all(self, asked: Asked) -> bool:
        """Whether they say of everything that was asked how it is."""
        return OVERALL in self.by_symptom or all(one in self.by_symptom for one in asked.symptoms)

    def heard(self, words: Words) -> tuple[SymptomHeard, ...]:
        """One report for each symptom, with the words behind it."""
        return tuple(_heard(strongest(some), words) for some in self.by_symptom.values())


def gather(items: tuple[Item, ...], numbers: Numbers, alarms: Alarms, asked: Asked) -> Readings:
    """Everything the items say of symptoms."""
    walk = find_mentions(items, alarms.denied)
    walk.free = [governor for governor in walk.free if not _is_elsewhere(governor.item, alarms)]
    overall = read_overall(items, walk, numbers, asked)
    readings = Readings(doubts=overall.doubts | set(_doubts(items)))
    gone = {one.symptom for one in overall.readings if one.rule == GONE_SINCE}
    for reading in _mentioned(walk, asked):
        if reading.is_past and reading.symptom not in gone:
            readings.doubts.add("only_earlier")
        elif not reading.is_past:
            readings.add(reading)
    _add_overall(readings, overall, alarms)
    for symptom in alarms.early:
        if symptom not in readings.by_symptom:
            readings.add(Reading(symptom, Severity.PRESENT, None, frozenset(), "too early for a nodule"))
    readings.doubts |= set(_contradictions(readings))
    return readings


def _is_elsewhere(item: Item, alarms: Alarms) -> bool:
    """A word read as part of an alarm sign; beside a sign that is denied or supposed, a bare "no" answers that."""
    about_signs = bool(alarms.denied or alarms.why)
    beside = {item.first - 1, item.after} if item.role is Role.DEGREE else set()
    is_theirs = {item.first, *beside} & (alarms.words | alarms.denied)
    return bool(is_theirs) or (item.role is Role.NO and about_signs)


def _mentioned(walk: Walk, asked: Asked) -> Iterator[Reading]:
    for mention in walk.mentions:
        reading = read_mention(mention)
        if mention.item.role is not Role.BOTH:
            yield reading
            continue
        for symptom in asked.symptoms:
            yield Reading(symptom, reading.severity, reading.trend, reading.words, "both", reading.is_past)


def _add_overall(readings: Readings, overall: Overall, alarms: Alarms) -> None:
    """An all-clear speaks of the asked symptoms only where nothing else is complained of."""
    answered = {one.symptom for one in overall.readings if one.rule not in ALL_CLEAR}
    mentioned = set(readings.by_symptom) | answered
    complains = bool(alarms.heard) or any(
        one.severity is not Severity.NONE for some in readings.by_symptom.values() for one in some
    )
    complains = complains or any(one.trend is Trend.WORSE for one in overall.readings)
    for reading in overall.readings:
        is_sweeping = reading.rule in ALL_CLEAR and reading.symptom != OVERALL
        if is_sweeping and (complains or reading.symptom in mentioned):
            continue
        if reading.rule in ALL_CLEAR and bool(alarms.heard):
            continue
        readings.add(reading)


def _doubts(items: tuple[Item, ...]) -> Iterator[str]:
    for place, item in enumerate(items):
        if item.role is Role.EXCEPT and _excepts_place(items[place + 1 :]):
            yield "except_somewhere"
        if item.role is Role.UNSURE:
            yield "unsure"
        elif item.role is Role.HARMLESS and item.meaning.symptom == "not_well":
            yield "not_well"
        elif item.role is Role.HYPOTHETICAL:
            yield "supposed"


def _excepts_place(following: tuple[Item, ...]) -> bool:
    """As in "no swelling apart from my lips": a place is left out of the denial, and so it is there."""
    clause = tuple(takewhile(lambda one: not one.starts_clause(), following))
    return any(one.role is Role.SITE for one in clause) and not any(one.role is Role.SYMPTOM for one in clause)


def _contradictions(readings: Readings) -> Iterator[str]:
    for symptom, some in readings.by_symptom.items():
        if symptom != OVERALL and disagree(some):
            yield f"contradiction:{symptom}"
        if any(one.is_doubtful for one in some):
            yield f"perhaps_listed:{symptom}"


def _heard(reading: Reading, words: Words) -> SymptomHeard:
    places = sorted(reading.words)
    runs: list[tuple[int, int]] = []
    for place in places:
        if runs and runs[-1][1] == place:
            runs[-1] = (runs[-1][0], place + 1)
        else:
            runs.append((place, place + 1))
    spans = tuple(words.span(first, after, reading.rule) for first, after in runs)
    return SymptomHeard(reading.symptom, reading.severity, reading.trend, spans or (Span("", reading.rule, 0, 0),))
