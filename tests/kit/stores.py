"""A real store for one test, on each engine: migrated once in a run, then copied."""

from __future__ import annotations

import asyncio
import shutil
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from followup.store import migrate, open_store
from kit.hand_clock import HandClock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from followup.store import Store
    from kit.postgres import PrivatePostgres

ENGINES = ("sqlite", "postgresql")
JOURNAL_KEY = b"the journal's key"


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite database with our schema and nothing in it."""
    file = tmp_path_factory.mktemp("store") / "migrated.db"
    asyncio.run(migrate(f"sqlite:///{file}"))
    return file


@pytest.fixture(scope="session")
def migrated_database(request: pytest.FixtureRequest) -> str:
    """The name of a PostgreSQL database with our schema and nothing in it."""
    postgres: PrivatePostgres = request.getfixturevalue("postgres")
    url = postgres.new_database()
    asyncio.run(migrate(url))
    return urlsplit(url).path[1:]


@pytest.fixture(params=ENGINES)
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database with our schema, for one test; once on each engine."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("migrated_file"), tmp_path / "followup.db")
        yield f"sqlite:///{tmp_path}/followup.db"
        return
    postgres: PrivatePostgres = request.getfixturevalue("postgres")
    url = postgres.new_database(request.getfixturevalue("migrated_database"))
    yield url
    postgres.drop_database(url)


@pytest.fixture
def wall() -> HandClock:
    """Machine time as the store of this test has it."""
    return HandClock()


@pytest.fixture
async def store(store_url: str, wall: HandClock) -> AsyncIterator[Store]:
    """A store with nothing in it, once on each engine."""
    opened = await open_store(store_url, wall=wall, journal_key=JOURNAL_KEY)
    yield opened
    await opened.close()
