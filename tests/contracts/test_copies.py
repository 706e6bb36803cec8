"""Backups: whole, private, and never put over anything by accident."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from admin_kit import Machine, make_machine
from treated import SAID, treat

from followup.store import worklist

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from followup.store import Store


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return make_machine(tmp_path)


def test_a_backup_is_whole_private_and_overwrites_nothing(machine: Machine) -> None:
    async def back_up_while_it_is_open(store: Store) -> None:
        await treat(store)
        async with store.transaction():
            await asyncio.to_thread(machine.run, "backup", str(machine.directory / "copy.db"))

    machine.do(back_up_while_it_is_open)
    copy = machine.directory / "copy.db"
    assert copy.stat().st_mode & 0o777 == 0o600
    assert SAID.encode() in copy.read_bytes()
    before = copy.read_bytes()
    assert "exists already" in machine.run("backup", str(copy), code=1)
    assert copy.read_bytes() == before
    assert "cannot be written" in machine.run("backup", str(machine.directory / "nowhere" / "copy.db"), code=1)


def test_a_restored_backup_has_everything_in_it(machine: Machine) -> None:
    machine.do(treat)
    copy = machine.directory / "copy.db"
    machine.run("backup", str(copy))
    machine.do(lambda store: treat(store, "B-2", patient="P-2"))

    assert "exists already" in machine.run("restore", str(copy), code=1)
    said = machine.run("restore", str(copy), "--force")

    assert "followup.db.before-restore" in said
    assert _bookings(machine) == ["B-1"]
    (machine.directory / "followup.db.before-restore").replace(machine.database)
    assert sorted(_bookings(machine)) == ["B-1", "B-2"]
    machine.database.unlink()
    machine.run("restore", str(copy))
    assert _bookings(machine) == ["B-1"]


def test_nothing_is_restored_over_a_database_in_use(machine: Machine) -> None:
    copy = machine.directory / "copy.db"
    machine.run("backup", str(copy))

    async def restore_while_it_is_open(store: Store) -> None:
        await treat(store)
        said = await asyncio.to_thread(machine.run, "restore", str(copy), "--force", code=1)
        assert "stop followup first" in said

    machine.do(restore_while_it_is_open)
    assert _bookings(machine) == ["B-1"]


def test_what_is_no_backup_is_not_restored(machine: Machine) -> None:
    machine.do(treat)
    text, damaged, newer = (machine.directory / name for name in ("text.db", "damaged.db", "newer.db"))
    text.write_text("not a database" * 100)
    machine.run("backup", str(damaged))
    shutil.copy(damaged, newer)
    content = bytearray(damaged.read_bytes())
    content[4096 * 3 : 4096 * 9] = b"\x55" * (4096 * 6)
    damaged.write_bytes(content)
    with closing(sqlite3.connect(newer, isolation_level=None)) as connection:
        connection.execute("UPDATE schema_version SET version_num = '9999'")

    for file, why in ((text, "not a database"), (damaged, "damaged"), (newer, "newer followup")):
        assert why in machine.run("restore", str(file), "--force", code=1)
    assert "no such file" in machine.run("restore", str(machine.directory / "none.db"), "--force", code=1)
    assert _bookings(machine) == ["B-1"]


@pytest.mark.parametrize("words", [("backup", "new.db"), ("restore", "new.db")])
def test_postgresql_has_tools_of_its_own(machine: Machine, words: Sequence[str]) -> None:
    machine.environment["DATABASE_URL"] = "postgresql://localhost/followup"
    assert "pg_" in machine.run(*words, code=1)


def _bookings(machine: Machine) -> list[str]:
    async def read(store: Store) -> list[str]:
        async with store.reading() as tx:
            rows, _ = await worklist.find_episodes(tx, clinics=None)
        return [row.booking_id for row in rows]

    found: list[str] = machine.do(read)
    return found
