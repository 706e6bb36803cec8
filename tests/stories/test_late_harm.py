"""Two patients with late harm who share a lot, from the booking system to what staff are shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from followup.flows.clusters import clusters
from followup.store.tables import booking_facts
from kit.story import open_story

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from followup.domain.clusters import Cluster
    from kit.story import Story

OTHER = "+447700900002"
LOT = [{"name": "Filler A", "lot": "L-7"}]


@pytest.fixture
async def story(tmp_path: Path) -> AsyncIterator[Story]:
    async with open_story(tmp_path) as opened:
        yield opened


async def seen(story: Story, clinics: list[str] | None = None) -> tuple[Cluster, ...]:
    async with story.services.store.reading() as tx:
        return await clusters(story.services, tx, clinics)


async def test_a_shared_lot_is_shown_once_while_a_flag_is_open(story: Story) -> None:
    await story.book(products=LOT, location={"name": "Room 2"})
    await story.book(booking="B-2", patient="P-2", phone=OTHER, products=LOT)
    await story.hours(100)
    await story.reply("there is a new hard lump under the skin")
    assert await seen(story) == ()
    await story.hours(200)
    await story.reply("a hard lump has come up, and pus", OTHER)

    (cluster,) = await seen(story)
    assert [shared.name for shared in cluster.shared] == ["Filler A", "Filler A, lot L-7"]
    assert len({harm.episode_id for harm in cluster.harms}) == 2
    assert await seen(story, ["elsewhere"]) == ()


async def test_a_fact_without_products_is_the_fact_it_always_was(story: Story) -> None:
    await story.book()
    await story.book("booking.updated", products=LOT)
    async with story.services.store.reading() as tx:
        told = [fact for (fact,) in await tx.rows(select(booking_facts.c.fact).order_by(booking_facts.c.at))]
    assert sorted("products" in fact for fact in told) == [False, True]
