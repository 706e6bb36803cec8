"""A database that is locked, full, read-only, damaged or cut off, under load: said so, kept or not, never by halves."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
import subprocess
import threading
import time
from collections import Counter
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select, text

from followup.cli.ending import VerbError
from followup.cli.running import refuse_damage
from followup.domain.claim import LEASE
from followup.domain.message import MessageState
from followup.flows.send_messages import send_messages
from followup.flows.wake_episodes import wake_episodes
from followup.sms import Accepted, OutgoingText, Unknown
from followup.sms.simulator.simulator import make_simulator
from followup.sms.twilio.gateway import make_gateway
from followup.store import NewItem, StoreUnavailableError, open_store, received
from followup.store.condition import damage_of
from followup.store.tables import inbox, messages
from kit.hand_clock import MONDAY, HandClock
from kit.needs import lacks
from kit.story import open_story
from kit.torture_nursery import unlimited_config
from kit.torture_treated import phone_of, treat

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from kit.postgres import PrivatePostgres

PAGE, FLIPPED = 4096, 64
TERMINATED = 48
CUT = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


def an_item(name: str, size: int = 10) -> NewItem:
    return NewItem("glow", "door", name, b"x" * size, {}, MONDAY)


@pytest.fixture
def file(tmp_path: Path, migrated_file: Path) -> Path:
    copy = tmp_path / "followup.db"
    shutil.copy(migrated_file, copy)
    return copy


async def test_three_seconds_of_lock_are_waited_for_by_everybody(file: Path) -> None:
    store = await open_store(f"sqlite:///{file}", wall=HandClock())
    has_it = threading.Event()

    def hold() -> None:
        with closing(sqlite3.connect(file, isolation_level=None)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            has_it.set()
            time.sleep(3)
            connection.execute("ROLLBACK")

    thread = threading.Thread(target=hold)
    thread.start()
    await asyncio.to_thread(has_it.wait)

    async def read() -> int:
        async with store.reading() as tx:
            return await received.waiting(tx)

    results = await asyncio.gather(
        *(store.keep(an_item(f"k{number}")) for number in range(300)), *(read() for _ in range(50))
    )
    assert len(results) == 350
    assert await read() == 300
    await asyncio.to_thread(thread.join)
    await store.close()


@contextmanager
def small_disk(directory: Path, size: str) -> Iterator[Path]:
    """A disk of its own; skips by name where this process may not have one."""
    directory.mkdir()
    mount = shutil.which("mount")
    command = [mount or "mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(directory)]
    if mount is None or subprocess.run(command, check=False, capture_output=True).returncode:  # noqa: S603 - our directory
        lacks("small disk", "this process may not mount one")
    try:
        yield directory
    finally:
        subprocess.run([shutil.which("umount") or "umount", str(directory)], check=True)  # noqa: S603 - the same


async def test_a_full_disk_is_said_to_be_and_work_goes_on_when_there_is_room_again(file: Path, tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "4m") as disk:
        shutil.copy(file, disk / "followup.db")
        ballast = disk / "ballast"
        ballast.write_bytes(bytes(1_500_000))
        store = await open_store(f"sqlite:///{disk}/followup.db", wall=HandClock())
        kept, refused = 0, 0
        for number in range(400):
            try:
                await store.keep(an_item(f"k{number}", 20_000))
                kept += 1
            except StoreUnavailableError:
                refused += 1
        async with store.reading() as tx:
            assert await received.waiting(tx) == kept
        assert kept > 0
        assert refused > 0

        ballast.unlink()
        for number in range(10):
            await store.keep(an_item(f"after-{number}", 20_000))
        async with store.reading() as tx:
            assert await received.waiting(tx) == kept + 10
            assert await damage_of(tx) == ""
        await store.close()


async def test_so_is_a_database_that_has_reached_its_greatest_size(file: Path) -> None:
    store = await open_store(f"sqlite:///{file}", wall=HandClock())

    async def limit(pages: int) -> None:
        async with store.transaction() as tx:
            await tx.value(text(f"PRAGMA max_page_count = {pages}"))

    async with store.reading() as tx:
        pages = await tx.value(text("PRAGMA page_count"))
    await limit(pages + 50)
    keeping = [store.keep(an_item(f"k{number}", 10_000)) for number in range(200)]
    answers = Counter(type(each).__name__ for each in await asyncio.gather(*keeping, return_exceptions=True))
    async with store.reading() as tx:
        assert await received.waiting(tx) == answers["Kept"]
    assert answers["StoreUnavailableError"] > 0
    await limit(pages + 5_000)
    await store.keep(an_item("after", 10_000))
    await store.close()


@pytest.mark.parametrize("seed", range(5))
async def test_flipped_bytes_are_found_before_anything_is_written(file: Path, seed: int) -> None:
    flip_bytes(file, Random(seed))  # noqa: S311 - repeatable on purpose
    store = await open_store(f"sqlite:///{file}", wall=HandClock())
    with pytest.raises((VerbError, StoreUnavailableError), match=r"damaged|malformed"):
        await refuse_damage(store)
    await store.close()


def flip_bytes(file: Path, randomly: Random) -> None:
    """At the beginning of one of the inbox's pages."""
    content = bytearray(file.read_bytes())
    with closing(sqlite3.connect(file)) as connection:
        found = connection.execute("SELECT rootpage FROM sqlite_master WHERE name LIKE '%inbox%' AND rootpage > 0")
        roots = [root for (root,) in found]
    start = (randomly.choice(roots) - 1) * PAGE
    content[start : start + FLIPPED] = bytes(255 - byte for byte in content[start : start + FLIPPED])
    file.write_bytes(content)


async def test_a_whole_database_is_not_refused(file: Path) -> None:
    store = await open_store(f"sqlite:///{file}", wall=HandClock())
    await refuse_damage(store)
    await store.close()


async def test_a_worker_that_stood_still_past_its_lease_does_not_send_any_more(tmp_path: Path) -> None:
    async with open_story(tmp_path) as story:
        await treat(story.services.store, [1], MONDAY)
        await wake_episodes(story.services)

        def stands_still() -> datetime:
            story.wall.now += LEASE
            return story.wall.now

        sleepy = replace(story.services, wall=stands_still)
        await send_messages(sleepy)
        assert story.texts(phone_of(1)) == []

        story.wall.now += timedelta(minutes=10)
        await story.settle()
        assert len(story.texts(phone_of(1))) == 1


async def test_a_process_that_stood_still_in_the_middle_of_a_call_does_not_send_any_more() -> None:
    simulator = make_simulator(HandClock())
    await simulator.start()
    gateway = make_gateway(simulator.account_sid, simulator.auth_token, simulator.api_url, time_limit=0.3)
    text = OutgoingText(simulator.number, phone_of(1), "How is it?", "http://127.0.0.1:9/x", timedelta(hours=1))
    assert isinstance(await gateway.send(text), Accepted)  # the connection is there from now on

    async def stand_still() -> None:
        time.sleep(0.4)  # noqa: ASYNC251 - the whole process, as a machine that is put to sleep

    outcome, _ = await asyncio.gather(gateway.send(text), stand_still())
    await asyncio.sleep(0.1)
    assert isinstance(outcome, Unknown)
    assert simulator.creates == 1
    await gateway.close()
    await simulator.stop()


# PostgreSQL


@pytest.mark.postgres
@pytest.mark.timeout(300)
async def test_connections_cut_all_the_time_ask_nobody_twice_and_forget_nobody(
    tmp_path: Path, postgres: PrivatePostgres, migrated_database: str
) -> None:
    number, cuts = 120, 0
    url = postgres.new_database(migrated_database)
    async with open_story(tmp_path, url=url, config=unlimited_config(tmp_path)) as story:
        await treat(story.services.store, range(number), MONDAY)
        unavailable = 0

        async def work() -> None:
            nonlocal unavailable
            while cuts < TERMINATED:
                try:
                    await wake_episodes(story.services)
                    await send_messages(story.services)
                except StoreUnavailableError:
                    unavailable += 1
                await asyncio.sleep(0.01)

        working = asyncio.create_task(work())
        while cuts < TERMINATED:
            await asyncio.to_thread(postgres.run_sql, CUT, url=url)
            cuts += 1
        await working
        for _ in range(5):
            story.clock.move(minutes=5)
            story.wall.move(minutes=5)
            try:
                await story.settle()
            except StoreUnavailableError:
                unavailable += 1
        async with story.services.store.reading() as tx:
            flying = (MessageState.QUEUED, MessageState.ATTEMPTING, MessageState.UNKNOWN)
            assert await tx.value(select(func.count()).where(messages.c.state.in_(flying))) == 0
            assert await tx.value(select(func.count()).select_from(inbox).where(inbox.c.outcome.is_(None))) == 0
        got = Counter(len(story.texts(phone_of(each))) for each in range(number))
    assert unavailable > 0
    assert got == {1: number}
