"""Protocols as plans follow them: kept once, found again, on each engine."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from treated import treat

from followup.domain import events as e
from followup.domain.decision import Decision
from followup.domain.episode import EpisodeState
from followup.store import episodes, protocols
from followup.store.protocols import Version
from kit.hand_clock import MONDAY

if TYPE_CHECKING:
    from followup.store import Store

VERSION = Version("glow", "d1", "mesotherapy", "2026.1", 'id = "mesotherapy"\n', MONDAY)


async def test_a_wording_is_kept_once_for_each_clinic(store: Store) -> None:
    for version in (VERSION, replace(VERSION, body="later"), replace(VERSION, clinic="other")):
        async with store.transaction() as tx:
            protocols.keep(tx, version)
    async with store.reading() as tx:
        assert await protocols.bodies(tx, ["d1", "d2", "d1"]) == {"d1": VERSION.body}
        assert await protocols.bodies(tx, []) == {}


async def test_the_wording_an_episode_follows_is_loaded_with_it(store: Store) -> None:
    episode = await treat(store)
    moved = e.EpisodeMoved(None, episode.treated_until, episode.check_ins, "mesotherapy", "2026.2", "", "d2")
    async with store.transaction() as tx:
        known = await episodes.load(tx, episode.id)
        after = await episodes.apply(tx, known, Decision((moved,), None), at=MONDAY)
    async with store.reading() as tx:
        assert await episodes.load(tx, episode.id) == after
    assert after.protocol_digest == "d2"


async def test_plans_on_another_wording_are_those_that_still_run(store: Store) -> None:
    first = await treat(store)
    over = await treat(store, "B-2", patient="P-2", phone="+447700900002")
    async with store.transaction() as tx:
        known = await episodes.load(tx, over.id)
        after = await episodes.apply(tx, known, Decision((e.EpisodeFinished(),), None), at=MONDAY)
    assert after.state is EpisodeState.FINISHED
    async with store.reading() as tx:
        assert await protocols.on_older(tx, "mesotherapy", "d1") == [first.id]
        assert await protocols.on_older(tx, "mesotherapy", "") == []
        assert await protocols.on_older(tx, "prp", "d1") == []


async def test_past_episodes_come_in_pages_and_of_some_clinics_alone(store: Store) -> None:
    for number in range(5):
        await treat(store, f"B-{number}", patient=f"P-{number}", clinic="glow" if number < 3 else "other")
    async with store.reading() as tx:
        first = await protocols.past(tx, "mesotherapy", None, "", 3)
        rest = await protocols.past(tx, "mesotherapy", None, first[-1].id, 3)
        glow = await protocols.past(tx, "mesotherapy", ["glow"], "", 9)
    assert (len(first), len(rest), len(glow)) == (3, 2, 3)
    assert sorted(one.id for one in [*first, *rest]) == [one.id for one in [*first, *rest]]
    assert all(one.reports and one.flags for one in first)
