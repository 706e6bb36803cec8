"""SQLite without its thread and without waiting for the disk: for what is about decisions, not about durability.

A statement that goes to another thread and back takes ten times as long as it takes, which a service that answers
strangers meanwhile has to pay, and a simulation of weeks does not. What dies here is a process, not a machine: a file
that was written outlives it whether or not it was synced, so that nothing is hidden by not waiting for the disk
(power cuts: test_power_cut). The statements, the schema, the transactions and SQLite itself are the real ones.
"""

from __future__ import annotations

import sqlite3
from contextlib import asynccontextmanager, contextmanager
from functools import cache, partial
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from sqlalchemy import Connection, Engine, create_engine, event, exc
from sqlalchemy.pool import QueuePool

from followup.store import engine
from kit.torture_ready import Found, Ready, Shelf

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from sqlalchemy import URL, Dialect

    Waiting = list["HereConnection"]

READY: dict[Any, Any] = {}
"""Statements that went the long way: made once in a run, and not again by each new life of the service."""


class HereConnection:
    """What the store asks of a connection, done at once; afterwards it waits for the next who asks."""

    def __init__(self, inner: Connection, waiting: Waiting, shelf: Shelf) -> None:
        self.sync_connection = inner
        self.dialect = inner.dialect
        fairy: Any = inner.connection
        self._raw = fairy.driver_connection
        self._waiting, self._shelf = waiting, shelf
        self._begin = "ROLLBACK"
        # SQLAlchemy begins once and for all; what begins and ends after that is SQLite's own transactions.
        event.listen(inner, "before_cursor_execute", self._note_begin)
        inner.begin()
        event.remove(inner, "before_cursor_execute", self._note_begin)
        self._raw.rollback()

    def _note_begin(self, _inner: Any, _cursor: Any, statement: str, *_: Any) -> None:
        """How the engine has its transactions begun."""
        self._begin = statement

    async def execute(self, statement: Any, values: Any = None) -> Any:
        """One statement."""
        ready = self._shelf.find(statement, values)
        return self._done(ready, values) if ready else self.sync_connection.execute(statement, values)

    def _done(self, ready: Ready, values: Any) -> Found:
        if ready.writes:
            self._tell(ready)
        try:
            if isinstance(values, list):
                cursor = self._raw.executemany(ready.sql, map(ready.values, values))
            else:
                cursor = self._raw.execute(ready.sql, ready.values(values))
            return Found([ready.read(row) for row in cursor] if not ready.writes else [], cursor.rowcount)
        except sqlite3.Error as error:
            raise exc.DBAPIError.instance(ready.sql, None, error, sqlite3.Error) from error

    def _tell(self, ready: Ready) -> None:
        """Whoever listens for what is written hears of it on the short way, too."""
        inner = self.sync_connection
        for hear in inner.dispatch.before_cursor_execute:
            hear(inner, None, ready.sql, (), None, False)

    async def exec_driver_sql(self, statement: str, values: Any = None) -> Any:
        """One statement that is written out."""
        return self.sync_connection.exec_driver_sql(statement, values)

    async def run_sync(self, work: Callable[..., Any], *arguments: Any) -> Any:
        """Something that knows nothing of waiting."""
        return work(self.sync_connection, *arguments)

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[None]:
        """A transaction: commits at the end, rolls back on any exception."""
        self._raw.execute(self._begin)
        try:
            yield
        except BaseException:
            self._raw.rollback()
            raise
        self._raw.commit()

    async def close(self) -> None:
        """Given back."""
        self._waiting.append(self)


class HereEngine:
    """What the store asks of an engine."""

    def __init__(self, url: URL, *, pool_size: int, connect_args: dict[str, Any], **_: Any) -> None:
        make: Any = partial(sqlite3.connect, str(url.database), timeout=connect_args["timeout"])
        pool = QueuePool(make, pool_size=pool_size, max_overflow=0, reset_on_return=None)
        self.dialect = _dialect()
        self.sync_engine = Engine(pool, self.dialect, url, hide_parameters=True)
        self.sync_engine.update_execution_options(compiled_cache=READY)
        self._waiting: Waiting = []

    async def connect(self) -> HereConnection:
        """One of its connections."""
        if self._waiting:
            return self._waiting.pop()
        return HereConnection(self.sync_engine.connect(), self._waiting, _shelf())

    async def dispose(self) -> None:
        """Every connection is closed."""
        while self._waiting:
            self._waiting.pop().sync_connection.close()
        self.sync_engine.dispose()


@cache
def _dialect() -> Dialect:
    """SQLAlchemy's SQLite, which has seen a connection once and knows what this version can do."""
    made = create_engine("sqlite://")
    with made.connect():
        return made.dialect


@cache
def _shelf() -> Shelf:
    return Shelf(_dialect())


@contextmanager
def in_one_thread() -> Iterator[None]:
    """SQLite databases that are opened meanwhile work so."""
    pragmas = tuple(one.replace("FULL", "OFF") for one in engine._PRAGMAS)
    # The way in is the engine's, and the service has no setting by which it would write less carefully.
    with patch.object(engine, "create_async_engine", HereEngine), patch.object(engine, "_PRAGMAS", pragmas):
        yield
