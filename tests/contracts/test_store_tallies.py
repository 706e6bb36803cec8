"""How much waits, by all that the worklist can be sifted by: what is counted is what the list then shows."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from store_kit import CLINIC, HOUR, NOON, a_flag, a_patient, an_episode

from followup.domain import events as e
from followup.domain.decision import Decision
from followup.domain.flag import Reason
from followup.domain.inputs import Outcome
from followup.domain.understanding.values import Urgency
from followup.store import episodes, patients, strays, worklist
from followup.store.strays import Stray
from followup.store.worklist import Filter, Tally

if TYPE_CHECKING:
    from followup.domain.flag import Flag
    from followup.store import Store

NURSE, OTHER = "nurse@glow.example", "other@glow.example"
NOW = NOON + 30 * HOUR


async def raise_flags(store: Store, name: str, treatment: str, *flags: Flag, clinic: str = CLINIC) -> None:
    """A patient after this treatment, with these flags."""
    async with store.transaction() as tx:
        await patients.save(tx, a_patient(name, clinic=clinic))
        new = an_episode(name, patient=name, clinic=clinic, protocol_id=treatment)
        told: tuple[e.Event, ...] = (e.EpisodeOpened(new), *map(e.FlagRaised, flags))
        await episodes.apply(tx, None, Decision(told, None), at=NOON)


async def counted(store: Store, clinics: tuple[str, ...] | None = None, **whose: Any) -> list[Tally]:
    async with store.reading() as tx:
        return sorted(await worklist.tallies(tx, clinics, NOW, **whose), key=repr)


async def ids(store: Store, wanted: Filter) -> list[str]:
    async with store.reading() as tx:
        return [row.flag.id for row in (await worklist.flags(tx, wanted, cursor=None, limit=100))[0]]


@pytest.fixture
async def busy(store: Store) -> Store:
    """Three severe ones, one of them asleep and two alike; one silent one of another clinic; one that was closed."""
    severe = a_flag("f1", reason=Reason.SEVERE)
    asleep = replace(severe, id="f3", snoozed_until=NOW + HOUR, snoozed_by=NURSE, owner=NURSE)
    await raise_flags(store, "e1", "lips", severe, replace(severe, id="f2", owner=NURSE), asleep)
    await raise_flags(store, "e2", "peel", a_flag("f4", reason=Reason.UNCLEAR, urgency=Urgency.NOW, owner=OTHER))
    await raise_flags(store, "e3", "lips", a_flag("f5", reason=Reason.SILENT), clinic="other")
    await raise_flags(store, "e4", "lips", a_flag("f6"))
    async with store.transaction() as tx:
        closed = e.FlagClosed("f6", NURSE, NOON, Outcome.ADVISED, "")
        await episodes.apply(tx, await episodes.load(tx, "e4"), Decision((closed,), None), at=NOON)
    return store


async def test_what_is_alike_is_counted_together_and_with_whose_it_is(busy: Store) -> None:
    today, now = Urgency.TODAY, Urgency.NOW
    here = [
        Tally(CLINIC, "lips", today, Reason.SEVERE, False, 2, free=1, theirs=1, theirs_free=0),
        Tally(CLINIC, "lips", today, Reason.SEVERE, True, 1, free=0, theirs=1, theirs_free=0),
        Tally(CLINIC, "peel", now, Reason.UNCLEAR, False, 1, free=0, theirs=0, theirs_free=0),
    ]
    there = Tally("other", "lips", today, Reason.SILENT, False, 1, free=1, theirs=0, theirs_free=0)
    assert await counted(busy, owner=NURSE) == [*here, there]
    assert await counted(busy, (CLINIC,), owner=NURSE) == here
    assert await counted(busy, (), owner=NURSE) == []


async def test_nobodys_and_anybodys_and_those_that_mention_somebody_are_told_apart(busy: Store) -> None:
    await raise_flags(busy, "e5", "peel", a_flag("f7", mentioned=(NURSE,), owner=OTHER))
    asked: tuple[tuple[dict[str, Any], int, int], ...] = (
        ({}, 6, 2),
        ({"owner": ""}, 2, 2),
        ({"mentioned": NURSE}, 1, 0),
    )
    for whose, number, free in asked:
        found = await counted(busy, **whose)
        assert (sum(each.theirs for each in found), sum(each.theirs_free for each in found)) == (number, free)
        assert (sum(each.number for each in found), sum(each.free for each in found)) == (6, 2)


async def test_what_somebody_put_aside_is_awake_again_when_its_time_is_over(busy: Store) -> None:
    async with busy.reading() as tx:
        later = await worklist.tallies(tx, None, NOW + HOUR)
    assert not any(each.is_asleep for each in later)
    assert [each.number for each in later if each.reason is Reason.SEVERE] == [3]


async def test_flags_are_narrowed_to_one_treatment_and_to_what_can_wait(busy: Store) -> None:
    assert await ids(busy, Filter(None, treatment="lips")) == ["f1", "f2", "f3", "f5"]
    assert await ids(busy, Filter((CLINIC,), treatment="lips", owner="")) == ["f1"]
    assert await ids(busy, Filter(None, treatment="nothing we do")) == []
    assert await ids(busy, Filter(None, can_wait=True)) == ["f1", "f2", "f3", "f5"]


async def test_strays_of_these_clinics_are_counted(store: Store) -> None:
    async with store.transaction() as tx:
        for name, clinic in (("s1", CLINIC), ("s2", CLINIC), ("s3", "other")):
            await strays.add(tx, Stray(name, clinic, "reply", "no treatment", "hello", None, NOON))
        await strays.close(tx, "s2", NURSE, NOON)
    async with store.reading() as tx:
        assert [await worklist.count_strays(tx, clinics) for clinics in (None, (CLINIC,), ())] == [2, 1, 0]
