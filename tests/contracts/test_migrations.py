"""The schema: brought up once whoever asks, refused where it is not ours, and the same as the tables we work with."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text

from followup.store import SchemaError, StoreUnavailableError, migrate, open_store
from followup.store.engine import make_engines
from followup.store.house_tables import journal
from followup.store.schema import VERSION_TABLE, revisions
from kit.hand_clock import HandClock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Connection

    from kit.postgres import PrivatePostgres


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database with nothing in it, once on each engine."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/new.db"
        return
    postgres: PrivatePostgres = request.getfixturevalue("postgres")
    url = postgres.new_database()
    yield url
    postgres.drop_database(url)


async def run(url: str, *statements: str) -> None:
    engines = make_engines(url)
    async with engines.writes.begin() as connection:
        for statement in statements:
            await connection.execute(text(statement))
    await engines.dispose()


async def opens(url: str) -> None:
    await (await open_store(url, wall=HandClock())).close()


async def test_an_empty_database_is_refused_until_it_is_migrated(empty_url: str) -> None:
    with pytest.raises(SchemaError, match="followup migrate") as refused:
        await opens(empty_url)
    assert not refused.value.is_newer
    await migrate(empty_url)
    await migrate(empty_url)
    await opens(empty_url)


async def test_a_look_at_a_file_that_is_not_there_makes_none(tmp_path: Path) -> None:
    file = tmp_path / "none.db"
    with pytest.raises(SchemaError):
        await opens(f"sqlite:///{file}")
    with pytest.raises(FileNotFoundError):
        file.stat()


async def test_an_older_schema_is_refused(empty_url: str) -> None:
    await migrate(empty_url)
    await run(empty_url, "DELETE FROM schema_version")
    with pytest.raises(SchemaError, match="followup migrate") as refused:
        await opens(empty_url)
    assert not refused.value.is_newer


async def test_a_newer_schema_is_refused_and_left_as_it_is(empty_url: str) -> None:
    await migrate(empty_url)
    await run(empty_url, "UPDATE schema_version SET version_num = '9999'")
    for attempt in (opens, migrate):
        with pytest.raises(SchemaError, match="newer") as refused:
            await attempt(empty_url)
        assert refused.value.is_newer


async def test_two_at_once_bring_it_up_once(empty_url: str) -> None:
    await asyncio.gather(*(migrate(empty_url) for _ in range(4)))
    await opens(empty_url)


async def test_two_processes_at_once_bring_it_up_once(empty_url: str) -> None:
    code = "import asyncio, sys\nfrom followup.store import migrate\nasyncio.run(migrate(sys.argv[1]))"
    processes = [await asyncio.create_subprocess_exec(sys.executable, "-c", code, empty_url) for _ in range(2)]

    assert [await process.wait() for process in processes] == [0, 0]
    await opens(empty_url)


async def test_the_migrated_schema_is_the_one_we_work_with(empty_url: str) -> None:
    await migrate(empty_url)

    def differences(connection: Connection) -> list[object]:
        context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE, "compare_type": False})
        return list(compare_metadata(context, journal.metadata))

    def indexes(connection: Connection) -> set[str]:
        seen = inspect(connection)
        return {str(index["name"]) for table in seen.get_table_names() for index in seen.get_indexes(table)}

    engines = make_engines(empty_url)
    async with engines.writes.begin() as connection:
        assert await connection.run_sync(differences) == []
        found = await connection.run_sync(indexes)
    await engines.dispose()
    assert {str(index.name) for table in journal.metadata.tables.values() for index in table.indexes} <= found


async def test_every_step_can_be_taken_back(empty_url: str) -> None:
    from alembic import command
    from alembic.config import Config

    from followup.store.schema import MIGRATIONS

    await migrate(empty_url)

    def down(connection: Connection) -> None:
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        config.attributes["connection"] = connection
        command.downgrade(config, "base")

    engines = make_engines(empty_url)
    async with engines.writes.begin() as connection:
        await connection.run_sync(down)
        assert await connection.run_sync(lambda sync: inspect(sync).get_table_names()) == [VERSION_TABLE]
    await engines.dispose()
    await migrate(empty_url)
    await opens(empty_url)


async def test_a_migration_that_fails_leaves_nothing(empty_url: str) -> None:
    await run(empty_url, "CREATE TABLE strays (something TEXT)")
    with pytest.raises(Exception, match="strays"):
        await migrate(empty_url)
    with pytest.raises(SchemaError):
        await opens(empty_url)
    await run(empty_url, "DROP TABLE strays")
    await migrate(empty_url)
    await opens(empty_url)


async def test_versions_are_numbered_in_a_row() -> None:
    assert list(revisions()) == [f"{number:04}" for number in range(1, len(revisions()) + 1)]


async def test_a_directory_that_is_not_there_is_named(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/nowhere/followup.db"
    for attempt in (opens, migrate):
        with pytest.raises(StoreUnavailableError, match=r"nowhere .*does not exist"):
            await attempt(url)


async def test_a_file_that_is_no_database_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "odd.db").write_bytes(b"Dear diary, " * 1000)
    for attempt in (opens, migrate):
        with pytest.raises(StoreUnavailableError):
            await attempt(f"sqlite:///{tmp_path}/odd.db")


@pytest.mark.parametrize("url", ["mysql://x/y", "followup.db", "", "sqlite3:///x", "postgres//x"])
async def test_a_url_of_another_kind_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="DATABASE_URL"):
        await migrate(url)
