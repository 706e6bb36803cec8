"""Nothing a patient, a carrier or staff wait for reads a whole table, however many others there are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import bindparam, select, tuple_

from followup.flows.clusters import clusters
from followup.store.tables import patients
from kit.query_plans import end_to_end
from kit.story import open_story

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.xdist_group("whole engine")
async def test_no_walk_reads_a_table_from_end_to_end(tmp_path: Path) -> None:
    async with open_story(tmp_path) as story:
        with end_to_end() as found:
            await story.book()
            await story.book()  # the same again
            await story.book(booking="B-2")
            await story.hours(26)
            await story.reply("0 1")
            await story.reply("its worse, theres yellow stuff coming out")
            await story.hours(24 * 8)
            await story.reply("my lips are swelling and I cant breathe")
            await story.reply("STOP")
            await story.book("booking.cancelled", booking="B-2")
            await story.reconcile()
            async with story.services.store.reading() as tx:
                await clusters(story.services, tx, None)
            assert await story.flags()
    assert found == {}


async def test_a_list_of_whole_keys_alone_would_be_one_that_does(tmp_path: Path) -> None:
    alone = select(patients.c.id).where(
        tuple_(patients.c.clinic, patients.c.phone).in_(bindparam("phones", expanding=True))
    )
    async with open_story(tmp_path) as story:
        with end_to_end() as found:
            async with story.services.store.reading() as tx:
                await tx.rows(alone, {"phones": [("glow", "+447700900001"), ("glow", "+447700900002")]})
    assert list(found.values()) == [["SCAN patients"]]
