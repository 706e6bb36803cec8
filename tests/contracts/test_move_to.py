"""From SQLite to PostgreSQL: every row of every table as it was, or nothing; never two databases that both count."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
from admin_kit import Machine, make_machine
from sqlalchemy import insert, select
from treated import treat

from followup.flows.send_messages import send_messages
from followup.flows.wake_episodes import wake_episodes
from followup.store import SchemaError, beats, journal, open_store
from followup.store.engine import make_engines
from followup.store.holdings import counted, every_table, held
from followup.store.house_tables import journal as lines
from kit.hand_clock import MONDAY, HandClock
from kit.rows import a_row
from kit.stores import JOURNAL_KEY
from kit.story import open_story

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from followup.store import Store
    from followup.store.holdings import Holding
    from kit.postgres import PrivatePostgres

pytestmark = [pytest.mark.postgres, pytest.mark.timeout(300)]


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    found = make_machine(tmp_path)
    found.do(treat)
    found.do(one_of_each)
    return found


async def one_of_each(store: Store) -> None:
    """A row more in each table, with something in each of its columns."""
    async with store.transaction() as tx:
        filled: dict[str, dict[str, Any]] = {}
        for table in every_table():
            filled[table.name] = a_row(table, filled)
            await tx.run(insert(table), filled[table.name])
        await journal.seal(tx)


async def _held(url: str) -> Mapping[str, Holding]:
    engines = make_engines(url)
    async with engines.reads.begin() as connection:
        found = await held(connection)
    await engines.dispose()
    return found


def test_every_row_of_every_table_is_there_and_the_old_database_does_not_start_again(
    machine: Machine, postgres_url: str
) -> None:
    before = asyncio.run(_held(machine.environment["DATABASE_URL"]))
    assert all(holding.rows for holding in before.values())

    said = machine.run("move-to", postgres_url)

    assert "the journal is" in said
    assert asyncio.run(_held(postgres_url)) == before
    refused = machine.run("token", "list", code=1)
    assert "moved to" in refused
    assert "set DATABASE_URL" in refused
    assert "moved to" in machine.run("move-to", postgres_url, code=1)
    machine.environment["DATABASE_URL"] = postgres_url
    assert machine.say("user", "list")


def test_a_password_is_never_shown_nor_kept(machine: Machine, postgres: PrivatePostgres) -> None:
    url = postgres.new_database()
    with_password = url.replace("postgres@", "postgres:hunter2@")
    assert "hunter2" in with_password
    assert "hunter2" not in machine.run("move-to", with_password)
    assert "hunter2" not in machine.run("token", "list", code=1)
    assert b"hunter2" not in machine.bytes_on_disk()
    postgres.drop_database(url)


def test_a_dry_run_says_what_there_is_while_the_service_runs_and_changes_nothing(
    machine: Machine, postgres_url: str, postgres: PrivatePostgres
) -> None:
    said = machine.say("move-to", postgres_url, "--dry-run")
    assert said["hindrance"] == ""
    assert said["has_schema"] is False
    assert {name: holding.rows for name, holding in _source(machine).items()} == said["rows"]
    assert postgres.run_sql("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'", url=postgres_url) == "0\n"

    async def look_while_it_is_open(_store: Store) -> None:
        found = await asyncio.to_thread(machine.run, "move-to", postgres_url, "--dry-run", code=1)
        assert "in use" in found
        assert "patients" in found

    machine.do(look_while_it_is_open)
    machine.run("token", "list")


def _source(machine: Machine) -> Mapping[str, Holding]:
    return asyncio.run(_held(machine.environment["DATABASE_URL"]))


def test_while_anybody_works_with_the_database_it_does_not_move(machine: Machine, postgres_url: str) -> None:
    async def move_while_it_is_open(store: Store) -> None:
        async with store.reading() as tx:
            await beats.last(tx, "worker")
        assert "in use" in await asyncio.to_thread(machine.run, "move-to", postgres_url, code=1)

    machine.do(move_while_it_is_open)
    machine.run("move-to", postgres_url)


def test_a_target_that_holds_anything_is_refused_and_left_alone(machine: Machine, postgres_url: str) -> None:
    async def put_something_there() -> None:
        from followup.store import migrate

        await migrate(postgres_url)
        store = await open_store(postgres_url, wall=HandClock())
        await treat(store, "B-other", patient="P-other")
        await store.close()

    asyncio.run(put_something_there())
    there = asyncio.run(_held(postgres_url))
    assert "not empty" in machine.run("move-to", postgres_url, "--dry-run", code=1)
    assert "not empty" in machine.run("move-to", postgres_url, code=1)
    assert asyncio.run(_held(postgres_url)) == there
    machine.run("token", "list")


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ("UPDATE schema_version SET version_num = '0001'", "older"),
        ("UPDATE schema_version SET version_num = '9999'", "newer"),
        ("CREATE TABLE somebody_elses (a int)", "somebody_elses"),
    ],
)
def test_a_target_with_another_schema_is_refused(
    machine: Machine, postgres: PrivatePostgres, migrated_database: str, change: str, why: str
) -> None:
    url = postgres.new_database(migrated_database)
    postgres.run_sql(change, url=url)
    assert why in machine.run("move-to", url, code=1)
    machine.run("token", "list")
    postgres.drop_database(url)


def test_only_from_sqlite_and_only_to_postgresql(machine: Machine, postgres_url: str) -> None:
    assert "to PostgreSQL" in machine.run("move-to", f"sqlite:///{machine.directory}/other.db", code=1)
    assert "begins with" in machine.run("move-to", "mysql://localhost/x", code=1)
    machine.environment["DATABASE_URL"] = postgres_url
    assert "SQLite file" in machine.run("move-to", postgres_url, code=1)


def test_a_move_that_was_killed_before_it_could_say_so_is_finished_by_the_next(
    machine: Machine, postgres_url: str
) -> None:
    before = _source(machine)
    machine.run("move-to", postgres_url)
    machine.sql("DELETE FROM beats WHERE name LIKE 'moved to %'")

    assert machine.say("move-to", postgres_url)["was_there"] is True

    assert asyncio.run(_held(postgres_url)) == before
    machine.run("token", "list", code=1)


def test_a_row_that_does_not_arrive_as_it_left_stops_the_move(
    machine: Machine, postgres: PrivatePostgres, migrated_database: str
) -> None:
    url = postgres.new_database(migrated_database)
    bends = "CREATE FUNCTION bend() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.given := ''?''; RETURN NEW; END'"
    postgres.run_sql(
        bends, "CREATE TRIGGER bend BEFORE INSERT ON patients FOR EACH ROW EXECUTE FUNCTION bend()", url=url
    )
    assert "what arrived is not what left, in patients" in machine.run("move-to", url, code=1)
    assert not any(asyncio.run(_counted(url)).values())
    machine.run("token", "list")
    postgres.drop_database(url)


async def _counted(url: str) -> Mapping[str, int]:
    engines = make_engines(url)
    async with engines.reads.begin() as connection:
        found = await counted(connection)
    await engines.dispose()
    return found


async def test_the_plan_goes_on_where_it_was_and_the_seals_hold(tmp_path: Path, postgres_url: str) -> None:
    from followup.store.moving import move

    async with open_story(tmp_path) as story:
        await story.book()
        await story.hours(25)
        await story.reply("3 0")
        flags, texts = await story.flags(), story.texts()
        async with story.services.store.transaction() as tx:
            await journal.seal(tx)
        url = f"sqlite:///{tmp_path / 'story.db'}"
        key = story.services.store._journal_key
        await story.services.store.close()

        done = await move(url, postgres_url, wall=story.wall, journal_key=key)

        assert done.journal.is_intact
        assert done.journal.lines > 0
        with pytest.raises(SchemaError, match="moved to"):
            await open_store(url, wall=story.wall)
    async with open_story(tmp_path, url=postgres_url, start=story.clock()) as there:
        assert await there.flags() == flags
        assert await wake_episodes(there.services) + await send_messages(there.services) == 0
        await there.hours(48)
        assert len(there.texts()) == 1
        assert texts
        numbers = await _numbers(postgres_url)
    assert numbers == sorted(set(numbers))


async def _numbers(url: str) -> list[int]:
    store = await open_store(url, wall=HandClock(), journal_key=JOURNAL_KEY)
    async with store.reading() as tx:
        found = [seq for (seq,) in await tx.rows(select(lines.c.seq).order_by(lines.c.at, lines.c.seq))]
    await store.close()
    return found


def test_killed_at_any_moment_it_can_be_run_again(machine: Machine, postgres_url: str) -> None:
    with closing(sqlite3.connect(machine.database)) as connection:
        rows = [(f"key-{number}", bytes(2000), MONDAY.isoformat(timespec="microseconds")) for number in range(5_000)]
        columns = "id, clinic, door, key, digest, body, headers, received_at, tries, error, outcome"
        values = "lower(hex(randomblob(16))), 'glow', 'door', ?, 'd', ?, '{}', ?, 0, '', 'done'"
        connection.executemany(f"INSERT INTO inbox ({columns}) VALUES ({values})", rows)  # noqa: S608 - ours
        connection.commit()
    before = _source(machine)
    killed = 0
    for seconds in (1.2, 1.6, 2.0):
        killed += _move_killed_after(machine, postgres_url, seconds)
    assert killed > 0
    if not machine_is_moved(machine):
        machine.run("move-to", postgres_url)
    assert asyncio.run(_held(postgres_url)) == before
    assert machine_is_moved(machine)


def machine_is_moved(machine: Machine) -> bool:
    with closing(sqlite3.connect(machine.database)) as connection:
        return bool(connection.execute("SELECT count(*) FROM beats WHERE name LIKE 'moved to %'").fetchone()[0])


def _move_killed_after(machine: Machine, url: str, seconds: float) -> bool:
    environment = {**os.environ, **machine.environment}
    with subprocess.Popen([sys.executable, "-m", "followup", "move-to", url], env=environment) as moving:  # noqa: S603 - ours
        try:
            moving.wait(seconds)
        except subprocess.TimeoutExpired:
            moving.send_signal(signal.SIGKILL)
            moving.wait()
            return True
    return False
