"""How much of each symptom there is and where it is going, from the words that govern it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from followup.domain.understanding.governors import CHANGES
from followup.domain.understanding.values import Severity, Trend
from followup.domain.vocabulary import Role

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from followup.domain.understanding.governors import Governor, Mention

OVERALL = "overall"
_STRENGTH = {
    None: -1,
    Severity.NONE: 0,
    Severity.PRESENT: 1,
    Severity.MILD: 2,
    Severity.MODERATE: 3,
    Severity.SEVERE: 4,
}


@dataclass(frozen=True, slots=True)
class Reading:
    """One symptom as one mention has it; `words` are the places of the words that say so."""

    symptom: str
    severity: Severity | None
    trend: Trend | None
    words: frozenset[int]
    rule: str
    is_past: bool = False
    is_doubtful: bool = False


def read_mention(mention: Mention) -> Reading:
    """The reading of one mention."""
    governors = mention.own if mention.stands_alone or not mention.shared else [*mention.own, *mention.shared]
    current = [governor for governor in governors if governor.is_now] if mention.is_past else governors
    is_past = mention.is_past and not current
    severity, rule = _severity(mention, current or governors)
    trend = _trend([governor.item.role for governor in governors], governors, severity)
    if mention.is_past and current and trend is None:
        trend = _trend_since(mention, governors, severity)
    words = {*range(mention.item.first, mention.item.after)}
    for governor in governors:
        words.update(range(governor.item.first, governor.item.after))
    is_loose = mention.is_loosely_listed and not mention.is_settled
    doubtful = severity is Severity.NONE and (is_loose or _says_there_is(current or governors, mention))
    return Reading(mention.item.meaning.symptom, severity, trend, frozenset(words), rule, is_past, doubtful)


def _says_there_is(governors: Sequence[Governor], mention: Mention) -> bool:
    """Whether the denial may be none: another word gives a degree ("very red none"), or it stands apart."""
    if mention.item.meaning.severity in {Severity.MODERATE, Severity.SEVERE}:
        return True
    return any(one.is_loose or (one.item.role is Role.DEGREE and not _of_change(one, governors)) for one in governors)


def _severity(mention: Mention, governors: Sequence[Governor]) -> tuple[Severity, str]:
    base = mention.item.meaning.severity or Severity.PRESENT
    answers = (answer(governors, base) for answer in (_by_number, _by_absence, _by_denial, _by_degree))
    return next((answer for answer in answers if answer), (base, "named"))


def _by_number(governors: Sequence[Governor], _: Severity) -> tuple[Severity, str] | None:
    said = [one.item.meaning.number for one in governors if one.item.role is Role.NUMBER]
    number = max((value for value in said if value is not None), default=None)
    return None if number is None else (Severity.from_digit(number), "number")


def _by_absence(governors: Sequence[Governor], _: Severity) -> tuple[Severity, str] | None:
    roles = {one.item.role for one in governors}
    if Role.GONE in roles and Role.NOT_YET not in roles:
        return (Severity.PRESENT, "not gone") if Role.NO in roles else (Severity.NONE, "gone")
    return (Severity.NONE, "none") if Role.NONE in roles else None


def _by_denial(governors: Sequence[Governor], base: Severity) -> tuple[Severity, str] | None:
    roles = [one.item.role for one in governors]
    if Role.FAR_FROM in roles:
        return Severity.MILD, "not much"
    if Role.NO not in roles or _denies_change(roles):
        return None
    return (Severity.NONE, "denied") if base is not Severity.NONE else (Severity.PRESENT, "denied none")


def _by_degree(governors: Sequence[Governor], base: Severity) -> tuple[Severity, str] | None:
    said = [one for one in governors if one.item.role is Role.DEGREE and not _of_change(one, governors)]
    if said:
        return _degree([one.item.meaning.severity for one in said], base), "degree"
    nearly = (one.item.meaning.severity for one in governors if one.item.role is Role.TREND)
    return next(((severity, "nearly gone") for severity in nearly if severity), None)


def _of_change(degree: Governor, governors: Sequence[Governor]) -> bool:
    """As in "calmed down loads": the degree beside a change is how much changed, not how much there is."""
    beside = {degree.item.first - 1, degree.item.after}
    return any(
        one.item.role in CHANGES and beside & {one.item.first, one.item.after - 1}
        for one in governors
        if one is not degree
    )


def _denies_change(roles: Sequence[Role]) -> bool:
    """As in "not less red", "not getting better": the denial is about the change."""
    change = [place for place, role in enumerate(roles) if role in {Role.TREND, Role.LESS, Role.MORE}]
    return bool(change) and roles.index(Role.NO) < change[0]


def _degree(degrees: Iterable[Severity | None], base: Severity) -> Severity:
    given = {degree for degree in degrees if degree is not None}
    for wins in (Severity.NONE, Severity.MILD):
        if wins in given:
            return wins
    if base is Severity.MILD:
        return Severity.MILD if given <= {Severity.SEVERE} else Severity.MODERATE
    return max(given, key=_STRENGTH.__getitem__)


def _trend(roles: Sequence[Role], governors: Sequence[Governor], severity: Severity) -> Trend | None:
    said = [one.item.meaning.trend for one in governors if one.item.role in {Role.TREND, Role.DEGREE, Role.STILL}]
    trend = next((one for one in reversed(said) if one is not None), None)
    if Role.NOT_YET in roles:
        return Trend.SAME
    if Role.LESS in roles and trend is Trend.SAME:
        trend = None
    if trend is not None:
        return Trend.SAME if Role.NO in roles and _denies_change(roles) else trend
    if Role.LESS in roles:
        return Trend.SAME if Role.NO in roles else Trend.BETTER
    if Role.MORE in roles:
        return Trend.SAME if Role.NO in roles else Trend.WORSE
    return Trend.BETTER if Role.GONE in roles and severity is Severity.NONE else None


def _trend_since(mention: Mention, governors: Sequence[Governor], severity: Severity) -> Trend | None:
    before, _ = _severity(mention, [governor for governor in governors if not governor.is_now])
    return compare(before, severity)


def compare(before: Severity, after: Severity) -> Trend | None:
    """The trend between two severities; None where one has no degree, unless it is gone."""
    if after is Severity.NONE:
        return Trend.BETTER if before is not Severity.NONE else None
    if before.digit is None or after.digit is None:
        return None
    if before.digit == after.digit:
        return Trend.SAME
    return Trend.WORSE if after.digit > before.digit else Trend.BETTER


def strongest(readings: Sequence[Reading]) -> Reading:
    """Several readings of one symptom made one: now before earlier, and of those the strongest."""
    current = [reading for reading in readings if not reading.is_past] or list(readings)
    best = max(current, key=lambda reading: _STRENGTH[reading.severity])
    trends = [reading.trend for reading in current if reading.trend is not None]
    trend = Trend.WORSE if Trend.WORSE in trends else (best.trend or (trends[-1] if trends else None))
    if trend is None and len(current) < len(readings):
        earlier = next(reading for reading in readings if reading.is_past)
        trend = compare(earlier.severity or Severity.PRESENT, best.severity or Severity.PRESENT)
    words = frozenset(place for reading in readings for place in reading.words)
    return Reading(
        best.symptom, best.severity, trend, words, best.rule, best.is_past, any(one.is_doubtful for one in current)
    )


def disagree(readings: Sequence[Reading]) -> bool:
    """Whether mentions of one symptom, all of now, both deny and report it."""
    now = {reading.severity for reading in readings if not reading.is_past}
    return Severity.NONE in now and len(now) > 1
