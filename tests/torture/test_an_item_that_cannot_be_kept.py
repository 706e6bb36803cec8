"""A reply that can be read and not be written stands in nobody's way, and staff see it as it came."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from sqlalchemy import select

from followup.domain.message import Direction
from followup.store.tables import messages
from kit.hand_clock import MONDAY
from kit.story import open_story
from kit.torture_nursery import unlimited_config
from kit.torture_treated import phone_of, treat

if TYPE_CHECKING:
    from pathlib import Path

    from kit.story import Story

REFUSES = """
CREATE TRIGGER refuses BEFORE INSERT ON messages WHEN NEW.body = '3 0' AND NEW.direction = 'in'
BEGIN SELECT RAISE(ABORT, 'no place for this one'); END
"""
"""Stands for any mistake of ours that shows only when everything is written."""


async def test_a_reply_that_cannot_be_written_is_shown_and_stands_in_nobodys_way(tmp_path: Path) -> None:
    async with open_story(tmp_path, config=unlimited_config(tmp_path)) as story:
        await treat(story.services.store, range(2), MONDAY)
        await story.settle()
        with closing(sqlite3.connect(tmp_path / "story.db")) as database:
            database.execute(REFUSES)
        for number, words in ((0, "3 0"), (1, "0 0")):
            await story.simulator.type_reply(phone_of(number), words)
        await story.settle()
        assert await replies_of(story) == ["0 0"]

        for _ in range(60):
            await story.hours(1)
        [shown] = await story.strays()
        assert "Body=3+0" in shown.body
        assert shown.why == "could not be read: our mistake"


async def replies_of(story: Story) -> list[str]:
    async with story.services.store.reading() as tx:
        rows = await tx.rows(select(messages.c.body).where(messages.c.direction == Direction.IN))
    return [body for (body,) in rows]
