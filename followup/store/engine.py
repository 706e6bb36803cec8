"""What the two engines differ in: how they connect, begin, lock and number; nothing else in the house knows."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import event, func, literal_column, make_url
from sqlalchemy.dialects import sqlite
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool

from followup.store.errors import StoreUnavailableError
from followup.store.one_hop import connect

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import URL
    from sqlalchemy.ext.asyncio import AsyncEngine

EngineName = Literal["sqlite", "postgresql"]
BUSY_SECONDS = 5.0
READERS = 4
CONNECTIONS = 10
# synchronous=FULL: with NORMAL, which many advise, a power cut takes back what a stranger was told is kept.
_PRAGMAS = ("synchronous = FULL", "foreign_keys = ON", "temp_store = MEMORY", "cache_size = -16000")


@dataclass(frozen=True, slots=True)
class Traits:
    """One engine's ways.

    insert: its INSERT, which knows ON CONFLICT. locks_rows: it has row locks, and more than one writer.
    array, arrays: its names for a JSON array of values and of rows. next_number: SQL for the journal's next number.
    """

    name: EngineName
    insert: Callable[..., Any]
    locks_rows: bool
    array: Callable[..., Any]
    arrays: Callable[..., Any]
    next_number: str


def _postgresql_insert(table: Any) -> Any:
    from sqlalchemy.dialects import postgresql  # only where it is used: two megabytes

    return postgresql.insert(table)


SQLITE = Traits(
    name="sqlite",
    insert=sqlite.insert,
    locks_rows=False,
    array=func.json_array,
    arrays=func.json_group_array,
    # One writer at a time, so the greatest plus one is nobody else's.
    next_number="(SELECT coalesce(max(seq), 0) + 1 FROM journal)",
)
POSTGRESQL = Traits(
    name="postgresql",
    insert=_postgresql_insert,
    locks_rows=True,
    array=func.json_build_array,
    arrays=func.json_agg,
    next_number="nextval('journal_seq')",
)


def next_number(traits: Traits) -> Any:
    """The journal's next number, as an SQL expression."""
    return literal_column(traits.next_number)


@dataclass(frozen=True, slots=True)
class Engines:
    """The connections of one store; `reads` is `writes` where there can be only one."""

    traits: Traits
    writes: AsyncEngine
    reads: AsyncEngine

    async def dispose(self) -> None:
        """Closes every connection; the writing one last, since the last one out checkpoints the log."""
        if self.reads is not self.writes:
            await self.reads.dispose()
        await self.writes.dispose()


def traits_of(url: str) -> Traits:
    """Which engine a DATABASE_URL means."""
    return SQLITE if read_url(url).get_backend_name() == "sqlite" else POSTGRESQL


def read_url(url: str) -> URL:
    """A DATABASE_URL as people write it, for the driver that is used here; ValueError where it is none."""
    try:
        read = make_url(url)
    except Exception:  # noqa: BLE001 - the text may hold a password, and so may the library's error
        raise ValueError("DATABASE_URL cannot be read") from None
    scheme = read.drivername.partition("+")[0]
    if scheme == "sqlite":
        return read.set(drivername="sqlite+aiosqlite")
    if scheme in {"postgres", "postgresql"}:
        return read.set(drivername="postgresql+asyncpg", query={})
    message = f"DATABASE_URL begins with sqlite:// or postgresql://, not {scheme}://"
    raise ValueError(message)


def is_memory(url: str) -> bool:
    """Whether the database lives in this process only."""
    read = read_url(url)
    return read.get_backend_name() == "sqlite" and read.database in {None, "", ":memory:"}


def sqlite_file(url: str) -> Path | None:
    """The file of a SQLite database; None for one in memory, for a URI and for PostgreSQL."""
    read = read_url(url)
    if traits_of(url) is not SQLITE or is_memory(url) or str(read.database).startswith("file:"):
        return None
    return Path(str(read.database))


def make_engines(url: str) -> Engines:
    """Engines for this URL; nothing is connected yet."""
    if traits_of(url) is SQLITE:
        return _sqlite_engines(url)
    engine = _postgresql_engine(url)
    readonly = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    return Engines(POSTGRESQL, engine, engine.execution_options(**readonly))


def _sqlite_engines(url: str) -> Engines:
    _check_directory(url)
    writes = _sqlite_engine(url, size=1, begin="BEGIN IMMEDIATE", pragmas=("journal_mode = WAL", *_PRAGMAS))
    if is_memory(url):
        return Engines(SQLITE, writes, writes)
    reads = _sqlite_engine(url, size=READERS, begin="BEGIN", pragmas=(*_PRAGMAS, "query_only = ON"))
    return Engines(SQLITE, writes, reads)


def make_sole_engine(url: str) -> AsyncEngine:
    """A SQLite database for one connection, which nobody else may open as long as it is there."""
    pragmas = ("locking_mode = EXCLUSIVE", *_PRAGMAS)
    return _sqlite_engine(url, size=1, begin="BEGIN EXCLUSIVE", pragmas=pragmas)


def _check_directory(url: str) -> None:
    file = sqlite_file(url)
    if file is not None and not file.absolute().parent.is_dir():
        message = f"the directory {file.absolute().parent} of the database does not exist"
        raise StoreUnavailableError(message)


def _sqlite_engine(url: str, *, size: int, begin: str, pragmas: tuple[str, ...]) -> AsyncEngine:
    engine = create_async_engine(
        read_url(url),
        hide_parameters=True,
        poolclass=AsyncAdaptedQueuePool,
        pool_size=size,
        max_overflow=0,
        pool_reset_on_return=None,  # every transaction ends by itself; a rollback more is a thread's round trip more
        connect_args={"timeout": BUSY_SECONDS, "async_creator_fn": connect},
    )

    @event.listens_for(engine.sync_engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        # The driver would begin by itself, too late and never IMMEDIATE.
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in pragmas:
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def start(connection: Any) -> None:
        connection.exec_driver_sql(begin)

    return engine


def _postgresql_engine(url: str) -> AsyncEngine:
    read = make_url(url)
    return create_async_engine(
        read_url(url),
        hide_parameters=True,
        pool_size=CONNECTIONS,
        max_overflow=0,
        pool_recycle=1800,
        pool_timeout=BUSY_SECONDS,
        connect_args=_asyncpg_arguments(read),
    )


def _asyncpg_arguments(url: URL) -> dict[str, Any]:
    """A libpq URL's query, in asyncpg's words; what asyncpg does not know is left out."""
    said = {name: value if isinstance(value, str) else value[0] for name, value in url.query.items()}
    arguments: dict[str, Any] = {"timeout": float(said.get("connect_timeout", 10))}
    arguments["server_settings"] = {"timezone": "UTC", "application_name": said.get("application_name", "followup")}
    for ours, theirs in {
        "host": "host",
        "port": "port",
        "user": "user",
        "password": "password",
        "sslmode": "ssl",
    }.items():
        if ours in said:
            arguments[theirs] = int(said[ours]) if ours == "port" else said[ours]
    return arguments
