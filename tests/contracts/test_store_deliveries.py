"""The outbox of what other systems are told, on each engine."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from treated import treat

from followup.domain.decision import Decision
from followup.domain.outbound import LEASE, Announced, DeliveryState, Endpoint, OutboundRule, on_taken
from followup.store import deliveries, episodes, open_store
from followup.store.saving import NothingHappenedError
from followup.store.whole_patient import export, whose
from kit.hand_clock import MONDAY

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from followup.domain.outbound import Delivery
    from followup.store import Store
    from kit.hand_clock import HandClock

RULE = OutboundRule("https://hooks.example/x", frozenset(Announced), ("whsec_x",))
HERE = ("glow", RULE.endpoint)


@pytest.fixture
async def store(store_url: str, wall: HandClock) -> AsyncIterator[Store]:
    """A store where one clinic has another system told of everything."""
    opened = await open_store(store_url, wall=wall, listeners={"glow": (RULE,)})
    yield opened
    await opened.close()


async def claim(store: Store) -> list[Delivery]:
    async with store.transaction() as tx:
        return await deliveries.claim(tx, *HERE, 10)


async def due(store: Store) -> list[tuple[str, str]]:
    async with store.reading() as tx:
        return await deliveries.due(tx)


async def test_deliveries_are_written_with_the_events_and_for_that_clinic_alone(store: Store) -> None:
    episode = await treat(store)
    await treat(store, "B-2", clinic="other")
    assert await due(store) == [HERE]
    claimed = await claim(store)
    assert sorted(one.kind.value for one in claimed) == ["episode.opened", "flag.raised"]
    assert {one.episode_id for one in claimed} == {episode.id}


async def test_what_is_rolled_back_is_told_to_nobody(store: Store) -> None:
    async with store.transaction() as tx:
        before = await deliveries.endpoint(tx, *HERE)
    with pytest.raises(NothingHappenedError):
        await _write_and_fail(store)
    async with store.reading() as tx:
        assert await deliveries.endpoint(tx, *HERE) == before == Endpoint(*HERE)
    assert await due(store) == []


async def _write_and_fail(store: Store) -> None:
    async with store.transaction() as tx:
        await deliveries.save_endpoint(tx, Endpoint(*HERE, failing_since=MONDAY))
        await episodes.apply(tx, None, Decision((), None), at=MONDAY)


async def test_what_is_claimed_is_left_alone_until_its_lease_is_over(store: Store, wall: HandClock) -> None:
    await treat(store)
    first = await claim(store)
    assert await claim(store) == []
    assert await due(store) == []
    wall.now += LEASE
    assert [(one.id, one.tries) for one in await claim(store)] == [(one.id, 2) for one in first]


async def test_what_is_held_waits_for_a_person_and_is_then_due_with_all_its_tries(store: Store) -> None:
    await treat(store)
    one, _ = await claim(store)
    async with store.transaction() as tx:
        await deliveries.save(tx, on_taken(one, MONDAY))
        await deliveries.save_endpoint(tx, Endpoint(*HERE, failing_since=MONDAY, disabled_at=MONDAY, why="no"))
        assert await deliveries.hold(tx, *HERE) == 1
        assert await deliveries.disabled(tx) == [Endpoint(*HERE, MONDAY, MONDAY, "no")]
    assert await due(store) == []
    async with store.transaction() as tx:
        assert await deliveries.counts(tx, *HERE) == {"delivered": 1, "held": 1}
        assert await deliveries.again(tx, *HERE) == 1
        assert await deliveries.disabled(tx) == []
    [again] = await claim(store)
    assert (again.tries, again.state) == (1, DeliveryState.WAITING)


async def test_what_was_taken_long_ago_is_swept_away(store: Store) -> None:
    await treat(store)
    one, _ = await claim(store)
    async with store.transaction() as tx:
        await deliveries.save(tx, on_taken(one, MONDAY))
        assert await deliveries.sweep(tx, MONDAY) == 0
        assert await deliveries.sweep(tx, MONDAY + timedelta(seconds=1)) == 1
        assert await deliveries.load(tx, "glow", one.id) is None


async def test_a_patients_export_holds_what_others_were_told_of_them(store: Store) -> None:
    await treat(store)
    async with store.reading() as tx:
        who = await whose(tx, "glow", "glow-native", "P-1")
        assert who is not None
        told = (await export(tx, who))["deliveries"]
    assert sorted(one["kind"] for one in told) == ["episode.opened", "flag.raised"]
