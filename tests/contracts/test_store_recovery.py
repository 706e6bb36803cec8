"""How long symptoms were there, as patients told it, on each engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store_kit import CLINIC, DAY, HOUR, NOON, a_report, an_episode

from followup.domain import events as e
from followup.domain.decision import Decision
from followup.domain.understanding.values import Severity, Trend
from followup.store import episodes
from followup.store.recovery import Course, courses

if TYPE_CHECKING:
    from datetime import datetime

    from followup.store import Store

Told = tuple[str, int, Severity | None, Trend | None]


async def hear(store: Store, name: str, *told: Told, clinic: str = CLINIC) -> None:
    """An episode, and reports of it: symptom, hours since treatment, degree, trend."""
    reports = tuple(
        a_report(f"{name}-{place}", symptom=symptom, severity=severity, trend=trend, reported_at=NOON + hours * HOUR)
        for place, (symptom, hours, severity, trend) in enumerate(told)
    )
    opened = an_episode(name, clinic=clinic)
    happened: tuple[e.Event, ...] = (e.EpisodeOpened(opened), *(e.SymptomReported(report) for report in reports))
    async with store.transaction() as tx:
        await episodes.apply(tx, None, Decision(happened, None), at=NOON)


async def heard(store: Store, symptom: str = "redness") -> list[tuple[int | None, int | None]]:
    """There at, and gone at, in hours since treatment."""
    async with store.reading() as tx:
        found = await courses(tx, None, NOON - DAY)
    return [(_hours(one.there_at), _hours(one.gone_at)) for one in found if one.symptom == symptom]


def _hours(at: datetime | None) -> int | None:
    return None if at is None else round((at - NOON) / HOUR)


async def test_a_symptom_is_there_until_its_last_report_and_gone_from_the_first_without(store: Store) -> None:
    await hear(
        store,
        "e1",
        ("redness", 24, Severity.SEVERE, None),
        ("redness", 48, Severity.PRESENT, None),
        ("redness", 72, Severity.NONE, None),
        ("redness", 168, Severity.NONE, Trend.BETTER),
        ("swelling", 24, Severity.NONE, None),
    )
    assert await heard(store) == [(48, 72)]
    assert await heard(store, "swelling") == [(None, 24)]


async def test_one_that_comes_back_was_not_gone(store: Store) -> None:
    await hear(
        store,
        "e1",
        ("redness", 24, Severity.NONE, None),
        ("redness", 48, Severity.MILD, None),
        ("redness", 72, Severity.NONE, None),
    )
    assert await heard(store) == [(48, 72)]


async def test_silence_is_neither_there_nor_gone_and_a_trend_without_a_degree_is_there(store: Store) -> None:
    await hear(store, "e1", ("redness", 24, Severity.NONE, None), ("redness", 48, None, Trend.WORSE))
    await hear(store, "e2", ("redness", 24, None, None))
    assert await heard(store) == [(48, None)]


async def test_only_ones_own_clinics_and_only_treatments_since_then(store: Store) -> None:
    await hear(store, "e1", ("redness", 24, Severity.MILD, None))
    await hear(store, "e2", ("redness", 48, Severity.MILD, None), clinic="other")
    async with store.reading() as tx:
        [mine] = await courses(tx, [CLINIC], NOON - DAY)
        assert mine == Course("mesotherapy", "redness", NOON, NOON + DAY, None)
        assert len(await courses(tx, None, NOON)) == 2
        assert await courses(tx, [], NOON) == []
        assert await courses(tx, None, NOON + HOUR) == []


async def test_what_was_said_before_the_treatment_is_not_about_it(store: Store) -> None:
    await hear(store, "e1", ("redness", -3, Severity.MILD, None))
    assert await heard(store) == []
