"""Two patients with late harm who share a lot, from the booking system to what staff are shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from followup.flows.clusters import clusters
from followup.store.tables import booking_facts
from kit.desk import hire
from kit.native_events import PHONE
from kit.story import open_story

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from followup.domain.clusters import Cluster
    from kit.story import Story

OTHER, THIRD = "+447700900002", "+447700900003"
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


async def two_lumps(story: Story) -> None:
    """Two patients treated with one lot, each with a late lump."""
    await story.book(products=LOT)
    await story.book(booking="B-2", patient="P-2", phone=OTHER, products=LOT)
    await story.hours(100)
    await story.reply("there is a new hard lump under the skin")
    await story.reply("a hard lump has come up", OTHER)


async def test_the_worklist_says_it_until_a_lead_has_looked_into_it(story: Story) -> None:
    await two_lumps(story)
    nurse = await hire(story.services, story.origin)
    lead = await hire(story.services, story.origin, "Lea", "lead")
    page = await nurse.see()
    assert page.words.count("2 patients of Glow Clinic with late lumps") == 1
    assert page.forms("/clusters") == []
    page = await lead.see()
    [form] = page.forms("/clusters")
    assert (await nurse.send("/clusters", {**form.fields, "note": "x"})).status == 403
    assert (await lead.press(page, "/clusters", note=" ")).status == 400
    assert (await lead.press(page, "/clusters", note="x", flags="made-up")).status == 409
    assert "with late lumps" in (await nurse.see()).words

    done = await lead.press(page, "/clusters", note="Lot L-7 sent back to the maker")
    assert (done.status, "with late lumps" in done.words) == (200, False)
    assert (await lead.press(page, "/clusters", note="again")).status == 409
    for phone in (PHONE, OTHER):
        told = (await nurse.see(f"/episodes/{(await story.episode(phone)).id}")).words
        assert "Looked into what 2 flags have in common" in told
        assert "Lot L-7 sent back to the maker" in told
    assert "Lot L-7 sent back" in (await lead.see("/journal?event=ClusterLookedInto")).words
    await nurse.close()
    await lead.close()


async def test_another_patient_brings_it_back(story: Story) -> None:
    await story.book(booking="B-3", patient="P-3", phone=THIRD, products=LOT)
    await two_lumps(story)
    lead = await hire(story.services, story.origin, "Lea", "lead")
    await lead.press(await lead.see(), "/clusters", note="Looked at the fridge")
    assert await seen(story) == ()
    await story.reply("there is a new hard lump under the skin", THIRD)
    (cluster,) = await seen(story)
    assert len(cluster.harms) == 3
    await lead.close()


async def test_another_clinics_lead_neither_sees_nor_ends_it(story: Story) -> None:
    await two_lumps(story)
    lead = await hire(story.services, story.origin, "Lea", "lead")
    [form] = (await lead.see()).forms("/clusters")
    other = await hire(story.services, story.origin, "Olga", "lead", "other")
    page = await other.see()
    assert "with late lumps" not in page.words
    token = next(one for one in page.forms("/") if "csrf" in one.fields).fields["csrf"]
    assert (await other.send("/clusters", {**form.fields, "csrf": token, "note": "x"})).status == 409
    assert len(await seen(story)) == 1
    await lead.close()
    await other.close()


async def test_a_fact_without_products_is_the_fact_it_always_was(story: Story) -> None:
    await story.book()
    await story.book("booking.updated", products=LOT)
    async with story.services.store.reading() as tx:
        told = [fact for (fact,) in await tx.rows(select(booking_facts.c.fact).order_by(booking_facts.c.at))]
    assert sorted("products" in fact for fact in told) == [False, True]
