"""How SQLite goes about the statements that run all day: by an index each, however much there is."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy.dialects import sqlite

from followup.domain.understanding.values import Urgency
from followup.store import episodes, outbox, patients, received, strays, worklist
from followup.store.engine import SQLITE
from followup.store.rows import EPISODE, FLAG, MESSAGE, updating
from followup.store.worklist import Filter

if TYPE_CHECKING:
    from pathlib import Path

FLAGS = worklist._ROWS.order_by(*worklist._ORDER)
STATEMENTS: dict[str, tuple[Any, str]] = {
    "what is due": (episodes._narrowed(episodes._due, SQLITE), "ix_episodes_wake"),
    "an episode": (episodes._narrowed(episodes._by_id, SQLITE), "ix_episodes_id"),
    "a booking's episode": (episodes._narrowed(episodes._of_booking, SQLITE), "autoindex_episodes"),
    "a phone's episodes": (episodes._narrowed(episodes._of_phone, SQLITE), "ix_episodes_patient"),
    "a phone's former episodes": (episodes._narrowed(episodes._once_texted, SQLITE), "ix_messages_phone"),
    "what went to a phone": (episodes._CONTACT, "ix_messages_phone"),
    "a patient": (patients._ONE, "autoindex_patients"),
    "a phone's patients": (patients._OF_PHONE, "ix_patients_phone"),
    "the next item": (received._NEXT, "ix_inbox_waiting"),
    "what may be claimed": (outbox._CLAIMABLE, "ix_messages_queued"),
    "who has something to claim": (outbox._CLINICS, "ix_messages_queued"),
    "a text": (outbox._BY_ID, "ix_messages_id"),
    "what is in flight": (outbox._HELD, "ix_messages_in_flight"),
    "a reply": (outbox._REPLIES, "ix_messages_carrier"),
    "the oldest due text": (outbox._OLDEST, "ix_messages_queued"),
    "what expired": (outbox._EXPIRED, "ix_messages_queued"),
    "an episode's change": (updating(EPISODE).values(why=""), "autoindex_episodes"),
    "a flag's change": (updating(FLAG).values(owner=""), "autoindex_flags"),
    "a text's change": (updating(MESSAGE).values(why=""), "autoindex_messages"),
    "the worklist": (worklist._narrowed(FLAGS, Filter(None)), "ix_flags_active"),
    "a clinic's worklist": (worklist._narrowed(FLAGS, Filter(("glow",))), "ix_flags_clinic_active"),
    "what is urgent": (worklist._narrowed(FLAGS, Filter(None, urgency=Urgency.NOW)), "ix_flags_active"),
    "the strays": (strays._OPEN, "ix_strays_open"),
}


@pytest.mark.parametrize("what", STATEMENTS)
def test_every_statement_of_the_day_goes_by_an_index(what: str, migrated_file: Path) -> None:
    statement, index = STATEMENTS[what]
    sql = re.sub(r"\(__\[POSTCOMPILE_[^]]*\]\)", "(?)", str(statement.compile(dialect=sqlite.dialect())))
    with closing(sqlite3.connect(migrated_file)) as database:
        plan = [row[3] for row in database.execute(f"EXPLAIN QUERY PLAN {sql}", [""] * sql.count("?"))]

    assert any(index in step for step in plan), plan
    assert not [step for step in plan if step.startswith("SCAN") and " USING " not in step], plan
