"""How a database is reached: the URLs people write, and what comes back from a driver that was taught to hurry."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import make_url, text
from store_kit import CLINIC, NOON, a_patient

from followup.store import journal, open_store, patients
from followup.store.engine import _asyncpg_arguments, is_memory, read_url, sqlite_file, traits_of
from kit.hand_clock import HandClock

if TYPE_CHECKING:
    from followup.store import Store

MANY = 2500
NUMBERS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :most) SELECT i FROM n"


@pytest.mark.parametrize(
    ("url", "file"),
    [
        ("sqlite:///followup.db", "followup.db"),
        ("sqlite:////var/lib/followup.db", "/var/lib/followup.db"),
        ("sqlite+aiosqlite:///x.db", "x.db"),
    ],
)
def test_a_sqlite_url_names_a_file(url: str, file: str) -> None:
    assert traits_of(url).name == "sqlite"
    assert sqlite_file(url) == Path(file)
    assert not is_memory(url)


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:"])
def test_a_sqlite_url_may_name_no_file(url: str) -> None:
    assert is_memory(url)
    assert sqlite_file(url) is None


@pytest.mark.parametrize(
    ("url", "arguments"),
    [
        ("postgres://me:pw@db.example:5433/followup", {}),
        ("postgresql://me@/followup?host=/run/postgresql", {"host": "/run/postgresql"}),
        ("postgresql://db/followup?sslmode=require&channel_binding=require", {"ssl": "require"}),
        (
            "postgresql+asyncpg:///f?host=db&port=6543&user=me&password=pw",
            {"port": 6543, "user": "me", "password": "pw"},
        ),
        ("postgresql://db/f?connect_timeout=3&application_name=desk", {"timeout": 3.0}),
    ],
)
def test_a_libpq_url_is_put_in_asyncpgs_words(url: str, arguments: dict[str, Any]) -> None:
    assert traits_of(url).name == "postgresql"
    assert read_url(url).drivername == "postgresql+asyncpg"
    assert dict(read_url(url).query) == {}
    said = _asyncpg_arguments(make_url(url))
    assert arguments.items() <= said.items()
    assert set(said) <= {"timeout", "server_settings", "host", "port", "user", "password", "ssl"}


def test_a_url_that_cannot_be_read_keeps_its_password_to_itself() -> None:
    with pytest.raises(ValueError, match="DATABASE_URL") as refused:
        read_url("postgresql://me:secret@db:port/x")
    assert "secret" not in str(refused.value)
    assert refused.value.__cause__ is None


@pytest.mark.parametrize("most", [1, 999, 1000, 1001, MANY])
async def test_every_row_comes_at_once_or_few_at_a_time(store: Store, most: int) -> None:
    every = list(range(1, most + 1))
    async with store.reading() as tx:
        assert [row[0] for row in await tx.rows(text(NUMBERS), {"most": most})] == every
        assert [row[0] async for row in tx.stream(text(NUMBERS), {"most": most})] == every
        assert await tx.value(text(NUMBERS), {"most": most}) == 1
        assert await tx.row(text(NUMBERS + " WHERE i < 0"), {"most": most}) is None


async def test_a_long_journal_is_verified_whole(store: Store) -> None:
    async with store.transaction() as tx:
        for place in range(MANY):
            await journal.note(tx, CLINIC, "e1", "Noted", {"place": place}, at=NOON)
    async with store.transaction() as tx:
        while await journal.seal(tx):
            pass
        found = await journal.verify(tx)

    assert found.is_intact
    assert found.lines == MANY


async def test_rows_that_wait_to_be_written_are_seen_by_whoever_reads_their_table(store: Store) -> None:
    async with store.transaction() as tx:
        await patients.set_opt_out(tx, CLINIC, "+441", NOON, "STOP")
        await journal.note(tx, CLINIC, "e1", "Noted", {}, at=NOON)
        await patients.save(tx, a_patient(phone="+441"))
        patient = await patients.load(tx, CLINIC, "glow-native", "p1")
        assert patient is not None
        assert patient.opted_out_at == NOON
        assert await tx.value(text("SELECT count(*) FROM journal")) == 1


async def test_a_program_that_forgets_to_close_its_store_ends_all_the_same(tmp_path: Path) -> None:
    code = (
        "import asyncio, sys, datetime\n"
        "from followup.store import migrate, open_store\n"
        "async def main():\n"
        "    await migrate(sys.argv[1])\n"
        "    globals()['store'] = await open_store(sys.argv[1], wall=lambda: datetime.datetime.now(datetime.UTC))\n"
        "asyncio.run(main())\n"
    )
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, f"sqlite:///{tmp_path}/x.db", stderr=asyncio.subprocess.DEVNULL
    )
    assert await asyncio.wait_for(process.wait(), 30) == 0


async def test_a_schema_is_judged_without_loading_what_migrates_it(tmp_path: Path, migrated_file: Path) -> None:
    """Starting takes half as long without Alembic."""
    code = (
        "import asyncio, json, sys, datetime\n"
        "from followup.store import open_store\n"
        "async def main():\n"
        "    await (await open_store(sys.argv[1], wall=lambda: datetime.datetime.now(datetime.UTC))).close()\n"
        "asyncio.run(main())\n"
        "print(json.dumps(['alembic' in sys.modules, 'asyncpg' in sys.modules]))\n"
    )
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, f"sqlite:///{migrated_file}", stdout=asyncio.subprocess.PIPE, cwd=tmp_path
    )
    said, _ = await process.communicate()
    assert json.loads(said) == [False, False]


async def test_stores_of_two_processes_share_a_file(store_url: str) -> None:
    one, two = [await open_store(store_url, wall=HandClock()) for _ in range(2)]
    for number in range(10):
        for each in (one, two):
            async with each.transaction() as tx:
                await patients.save(tx, a_patient(f"p{number}", phone=None))
    async with one.reading() as tx:
        assert await tx.value(text("SELECT count(*) FROM patients")) == 10
    await one.close()
    await two.close()
