"""A database that cannot be written for a while, in the middle of the day: it says so, and nothing is lost."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import aiohttp
import pytest

from followup.store import StoreUnavailableError
from kit.native_events import PHONE, native_event
from kit.story import open_story

if TYPE_CHECKING:
    from pathlib import Path

    from kit.postgres import PrivatePostgres
    from kit.story import Story

CUT = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
)
KEPT, UNAVAILABLE = 202, 503
OTHER = "+447700900002"


class OnSqlite:
    """The file's writing connection may write no more, as after a file system that found an error."""

    def __init__(self, url: str) -> None:
        self.url = url

    async def set(self, story: Story, *, is_read_only: bool) -> None:
        async with story.services.store._engines.writes.connect() as connection:
            raw = await connection.get_raw_connection()
            driver = raw.driver_connection
            assert driver is not None
            await driver.execute(f"PRAGMA query_only = {'ON' if is_read_only else 'OFF'}")


class OnPostgres:
    """Every connection from now on may only read, as after a failover to a server that still follows."""

    def __init__(self, url: str, postgres: PrivatePostgres) -> None:
        self.url = url
        self.postgres = postgres

    async def set(self, _story: Story, *, is_read_only: bool) -> None:
        name, value = urlsplit(self.url).path[1:], "on" if is_read_only else "off"
        # In the database that everybody has, which stays writable.
        self.postgres.run_sql(f"ALTER DATABASE {name} SET default_transaction_read_only = {value}")
        self.postgres.run_sql(CUT, url=self.url)


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> OnSqlite | OnPostgres:
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("migrated_file"), tmp_path / "story.db")
        return OnSqlite(f"sqlite:///{tmp_path}/story.db")
    postgres: PrivatePostgres = request.getfixturevalue("postgres")
    return OnPostgres(postgres.new_database(request.getfixturevalue("migrated_database")), postgres)


@pytest.mark.timeout(300)
async def test_doors_say_that_they_cannot_keep_it_and_afterwards_nothing_is_missing(
    tmp_path: Path, engine: OnSqlite | OnPostgres
) -> None:
    async with open_story(tmp_path, url=engine.url) as story:
        await story.book()
        await story.hours(24.5)
        [asked] = story.texts()

        await engine.set(story, is_read_only=True)
        late = native_event(
            "booking.completed", "B-2", at=story.clock(), ends=story.clock(), patient="P-2", phone=OTHER
        )
        assert await story.post(late, "evt-late") == UNAVAILABLE
        assert await readiness(story) == UNAVAILABLE
        await story.simulator.type_reply(PHONE, "3 0")
        await story.simulator.settle()
        with pytest.raises(StoreUnavailableError):
            await story.settle()
        with pytest.raises(StoreUnavailableError):
            await story.reconcile()
        assert story.texts() == [asked]
        assert await story.flags() == []

        await engine.set(story, is_read_only=False)
        # A booking system calls until it is answered so. The first call may meet a connection that is cut.
        assert KEPT in [await story.post(late, "evt-late") for _ in range(3)]
        await story.reconcile()
        assert await story.flags() == ["severe: redness"]
        assert (await story.steps())["day-1"] == "answered"
        assert len(story.texts()) == 2  # what it did with her reply she was told once
        assert len(await story.episodes(OTHER)) == 1


async def readiness(story: Story) -> int:
    async with aiohttp.ClientSession() as session, session.get(f"{story.origin}/readyz") as answer:
        return answer.status
