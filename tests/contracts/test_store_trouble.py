"""A database that cannot, and callers that hear so: waited for, or refused clearly; nothing is lost unsaid."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
import threading
import time
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text
from store_kit import NOON, a_patient

from followup.store import NewItem, Store, StoreUnavailableError, Verdict, open_store, patients, received
from followup.store import engine as engines
from kit.hand_clock import HandClock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from kit.postgres import PrivatePostgres

ITEM = NewItem("glow", "door", "k1", b"secret words", {}, NOON)


@pytest.fixture
def file(tmp_path: Path, migrated_file: Path) -> Path:
    copy = tmp_path / "followup.db"
    shutil.copy(migrated_file, copy)
    return copy


@pytest.fixture
async def on_file(file: Path) -> AsyncIterator[Store]:
    store = await open_store(f"sqlite:///{file}", wall=HandClock())
    yield store
    await store.close()


async def write(store: Store) -> None:
    async with store.transaction() as tx:
        await patients.save(tx, a_patient())


def hold_lock(file: Path, seconds: float) -> threading.Thread:
    """Another process's write, which takes so long."""
    has_it = threading.Event()

    def hold() -> None:
        with closing(sqlite3.connect(file, isolation_level=None)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            has_it.set()
            time.sleep(seconds)
            connection.execute("ROLLBACK")

    thread = threading.Thread(target=hold)
    thread.start()
    has_it.wait()
    return thread


async def test_a_lock_of_another_process_is_waited_for(on_file: Store, file: Path) -> None:
    thread = hold_lock(file, 1)
    kept, _ = await asyncio.gather(on_file.keep(ITEM), write(on_file))
    thread.join()

    assert kept.verdict is Verdict.NEW


async def test_a_lock_that_is_held_too_long_is_said_to_be(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # The real patience is longer than a test should take.
    monkeypatch.setattr(engines, "BUSY_SECONDS", 0.3)
    store = await open_store(f"sqlite:///{file}", wall=HandClock())
    thread = hold_lock(file, 1.5)
    refused = await asyncio.gather(store.keep(ITEM), write(store), return_exceptions=True)
    async with store.reading() as tx:
        assert await received.waiting(tx) == 0
    thread.join()

    assert [type(each) for each in refused] == [StoreUnavailableError] * 2
    assert "locked" in str(refused[0])
    assert (await store.keep(ITEM)).verdict is Verdict.NEW
    await store.close()


async def test_the_loop_runs_on_while_a_lock_is_waited_for(on_file: Store, file: Path) -> None:
    thread = hold_lock(file, 0.5)
    waiting = asyncio.create_task(on_file.keep(ITEM))
    turns = 0
    while not waiting.done():
        await asyncio.sleep(0.005)
        turns += 1
    thread.join()

    assert turns > 30


async def test_a_database_that_may_only_be_read_is_unavailable(file: Path) -> None:
    url = f"sqlite:///file:{file}?mode=ro&uri=true"
    with pytest.raises(StoreUnavailableError, match=r"read.?only"):
        await open_store(url, wall=HandClock())


async def test_a_full_disk_is_unavailable_and_keeps_nothing_by_halves(file: Path) -> None:
    store = await open_store(f"sqlite:///{file}", wall=HandClock())
    async with store.reading() as tx:
        pages = await tx.value(text("PRAGMA page_count"))
    async with store._engines.writes.connect() as connection:
        await connection.execute(text(f"PRAGMA max_page_count = {pages + 2}"))
        await connection.rollback()
    big = [NewItem("glow", "door", f"k{number}", b"x" * 20_000, {}, NOON) for number in range(5)]
    kept = await asyncio.gather(*map(store.keep, big), return_exceptions=True)

    assert [type(each) for each in kept] == [StoreUnavailableError] * 5
    assert "full" in str(kept[0])
    async with store.reading() as tx:
        assert await received.waiting(tx) == 0
    await store.close()


async def test_a_table_that_is_gone_is_unavailable(on_file: Store, file: Path) -> None:
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("DROP TABLE inbox")
    with pytest.raises(StoreUnavailableError) as refused:
        await on_file.keep(ITEM)

    assert "secret" not in str(refused.value)
    assert "secret" not in str(refused.value.__cause__)


async def test_a_reader_cannot_write(store: Store) -> None:
    async def write_while_reading() -> None:
        async with store.reading() as tx:
            await patients.save(tx, a_patient())

    with pytest.raises(Exception, match=r"read.?only"):
        await write_while_reading()
    await write(store)


async def test_pages_are_read_while_somebody_writes(store: Store) -> None:
    async with store.transaction() as writing:
        await patients.save(writing, a_patient())
        await writing.flush()
        async with store.reading() as tx:
            assert await patients.load(tx, "glow", "glow-native", "p1") is None


async def test_a_reader_sees_one_moment(store: Store) -> None:
    async with store.reading() as tx:
        assert await received.waiting(tx) == 0
        await store.keep(ITEM)
        assert await received.waiting(tx) == 0


async def test_a_transaction_that_is_cancelled_is_rolled_back_and_lets_others_in(store: Store) -> None:
    async def write_slowly() -> None:
        async with store.transaction() as tx:
            await patients.save(tx, a_patient())
            await tx.flush()
            await asyncio.sleep(10)

    task = asyncio.create_task(write_slowly())
    await asyncio.sleep(0.1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with store.reading() as tx:
        assert await patients.load(tx, "glow", "glow-native", "p1") is None
    await write(store)


async def test_statements_that_are_cancelled_at_any_moment_leave_a_working_store(store: Store) -> None:
    async def write_much(number: int) -> None:
        async with store.transaction() as tx:
            for place in range(20):
                await patients.save(tx, a_patient(f"{number}-{place}"))

    for number in range(12):
        task = asyncio.create_task(write_much(number))
        await asyncio.sleep(0.002 * number)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    async with store.transaction() as tx:
        counted = await tx.rows(text("SELECT id FROM patients"))
        await patients.save(tx, a_patient("after"))
    assert len(counted) % 20 == 0


async def test_a_store_in_memory_works_on_its_one_connection() -> None:
    store = await open_store("sqlite://", wall=HandClock())
    kept = await asyncio.gather(*(store.keep(ITEM) for _ in range(5)))
    async with store.reading() as tx:
        assert await received.waiting(tx) == 1
    await write(store)
    await store.close()

    assert [each.verdict for each in kept].count(Verdict.NEW) == 1


async def test_a_closed_store_has_written_what_it_was_given(file: Path) -> None:
    store = await open_store(f"sqlite:///{file}", wall=HandClock())
    keeping = [asyncio.create_task(store.keep(NewItem("g", "d", f"k{n}", b"", {}, NOON))) for n in range(10)]
    await asyncio.sleep(0)
    await store.close()

    assert {kept.verdict for kept in await asyncio.gather(*keeping)} == {Verdict.NEW}
    assert not [thread for thread in threading.enumerate() if "aiosqlite" in thread.name]


async def test_what_sqlite_promises_is_asked_of_it(on_file: Store) -> None:
    async def said(reading: bool, pragma: str) -> object:  # noqa: FBT001 - which of the two
        door = on_file.reading if reading else on_file.transaction
        async with door() as tx:
            return await tx.value(text(f"PRAGMA {pragma}"))

    assert await said(False, "journal_mode") == "wal"
    assert await said(False, "synchronous") == 2
    assert await said(False, "foreign_keys") == 1
    assert await said(False, "busy_timeout") == 5000
    assert await said(True, "query_only") == 1


# PostgreSQL


async def test_a_server_that_is_not_there_is_unavailable(tmp_path: Path) -> None:
    for url in (f"postgresql://nobody@/none?host={tmp_path}", "postgres://nobody:pw@127.0.0.1:9/none"):
        with pytest.raises(StoreUnavailableError) as refused:
            await open_store(url, wall=HandClock())
        assert "pw" not in str(refused.value)


async def test_a_connection_that_was_cut_is_unavailable_once(postgres: PrivatePostgres, migrated_database: str) -> None:
    url = postgres.new_database(migrated_database)
    store = await open_store(url, wall=HandClock())
    await write(store)
    postgres.run_sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'followup'")
    with pytest.raises(StoreUnavailableError):
        await write(store)
    await write(store)
    assert (await store.keep(ITEM)).verdict is Verdict.NEW
    await store.close()
    postgres.drop_database(url)


async def test_a_server_that_may_only_be_read_is_unavailable(postgres: PrivatePostgres, migrated_database: str) -> None:
    url = postgres.new_database(migrated_database)
    name = url.partition("?")[0].rpartition("/")[2]
    postgres.run_sql(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    with pytest.raises(StoreUnavailableError, match=r"read.?only"):
        await open_store(url, wall=HandClock())
    postgres.drop_database(url)
