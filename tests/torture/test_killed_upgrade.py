"""A full database of the first schema, brought up by a process that is killed in the middle: as it was, then whole."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import insert, inspect, select

from followup.store import migrate, open_store
from followup.store.engine import make_engines
from followup.store.holdings import Holding, every_table
from followup.store.schema import MIGRATIONS, VERSION_TABLE, current_revision, revisions
from followup.store.tables import metadata
from kit.hand_clock import HandClock
from kit.rows import a_row
from kit.sources import TOP

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from sqlalchemy import Connection

    from kit.postgres import PrivatePostgres

ROWS = 300
FIRST = revisions()[0]
KILLED_AT = """
import asyncio, os, signal, sys
from sqlalchemy import Engine, event
from followup.store import migrate

left = [int(sys.argv[2])]

@event.listens_for(Engine, "before_cursor_execute")
def count(connection, cursor, statement, *_):
    left[0] -= 1
    if not left[0]:
        os.kill(os.getpid(), signal.SIGKILL)

asyncio.run(migrate(sys.argv[1]))
"""


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty database, once on each engine."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/followup.db"
        return
    postgres: PrivatePostgres = request.getfixturevalue("postgres")
    made = postgres.new_database()
    yield made
    postgres.drop_database(made)


async def with_connection(url: str, work: Any, *arguments: Any) -> Any:
    engines = make_engines(url)
    async with engines.writes.begin() as connection:
        found = await connection.run_sync(work, *arguments)
    await engines.dispose()
    return found


def fill(connection: Connection) -> dict[str, list[str]]:
    """The first schema, full; its columns by table."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    attributes: dict[str, Any] = config.attributes
    attributes["connection"] = connection
    command.upgrade(config, FIRST)
    there = inspect(connection)
    columns = {name: [one["name"] for one in there.get_columns(name)] for name in there.get_table_names()}
    known = [table for table in every_table() if table.name in columns]
    assert len(known) > 10
    for number in range(ROWS):
        made: dict[str, dict[str, Any]] = {}
        for table in known:
            made[table.name] = a_row(table, made, number, columns[table.name])
            connection.execute(insert(table), made[table.name])
    return {table.name: columns[table.name] for table in known}


def first_ones(connection: Connection, columns: Mapping[str, list[str]]) -> dict[str, Holding]:
    """What is in the columns that the first schema had."""
    found = {}
    for table in every_table():
        if table.name in columns:
            rows = connection.execute(select(*(table.c[name] for name in columns[table.name] if name in table.c)))
            found[table.name] = Holding().plus(rows.all())
    return found


def unlike_the_tables(connection: Connection) -> list[Any]:
    """Tables and columns that are not as we work with them (indexes: test_migrations)."""
    context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})
    return [one for one in compare_metadata(context, metadata) if "index" not in str(one[0])]


def killed_at(url: str, statement: int) -> bool:
    """Whether it was killed there; else it was done before."""
    words = [sys.executable, "-W", "ignore", "-c", KILLED_AT, url, str(statement)]
    done = subprocess.run(words, check=False, cwd=TOP, capture_output=True, timeout=120)  # noqa: S603 - ours
    assert done.returncode in {0, -9}, done.stderr
    return done.returncode != 0


def kill_every(url: str, step: int) -> int:
    """How many were killed, each at a later statement than the one before; fails where one of them shows."""
    columns = asyncio.run(with_connection(url, fill))
    before = asyncio.run(with_connection(url, first_ones, columns))
    assert {holding.rows for holding in before.values()} == {ROWS}
    kills = 0
    while killed_at(url, 1 + kills * step):
        kills += 1
        assert asyncio.run(with_connection(url, current_revision)) == FIRST
        assert asyncio.run(with_connection(url, first_ones, columns)) == before
    asyncio.run(migrate(url))
    assert asyncio.run(with_connection(url, current_revision)) == revisions()[-1]
    assert asyncio.run(with_connection(url, first_ones, columns)) == before
    assert asyncio.run(with_connection(url, unlike_the_tables)) == []
    asyncio.run(_open(url))
    return kills


async def _open(url: str) -> None:
    await (await open_store(url, wall=HandClock())).close()


@pytest.mark.timeout(300)
def test_killed_at_some_statements_it_is_as_it_was_and_then_whole(url: str) -> None:
    assert kill_every(url, 29) > 1


@pytest.mark.torture
@pytest.mark.timeout(3600)
def test_killed_at_every_statement_it_is_as_it_was_and_then_whole(url: str, record_property: Any) -> None:
    record_property("kills", kill_every(url, 1))
