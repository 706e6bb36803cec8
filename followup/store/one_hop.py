"""aiosqlite with fewer round trips: a statement and its rows are one visit to the connection's thread, not four.

Each visit costs as much as the statement itself, and a transaction here has about eight statements. A BEGIN waits for
the first of them and goes with it: nothing is read or written before.
"""

from __future__ import annotations

import sqlite3
from functools import partial
from typing import TYPE_CHECKING, Any

import aiosqlite

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence
    from typing import Self

LATER = frozenset({"BEGIN", "BEGIN IMMEDIATE"})
"""What begins a transaction and may wait; a lock on the whole database may not."""
AT_ONCE = 1000
"""Rows that come with the statement; more are fetched when they are asked for."""


class OneHopCursor:
    """What SQLAlchemy asks of a cursor: it has its first rows as soon as it was executed."""

    def __init__(self, connection: OneHopConnection) -> None:
        self._connection = connection
        self._cursor: sqlite3.Cursor | None = None
        self._rows: list[Any] = []
        self.description: Any = None
        self.rowcount = -1
        self.lastrowid: int | None = None
        self.arraysize = 1

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def execute(self, sql: str, parameters: Any = ()) -> Self:
        """Executes it and takes the first rows along."""
        if sql in LATER:
            self._connection.begins_with = sql
            return self
        return await self._run(lambda connection: connection.execute(sql, parameters))

    async def executemany(self, sql: str, parameters: Any) -> Self:
        """Executes it for each."""
        return await self._run(lambda connection: connection.executemany(sql, parameters))

    async def _run(self, act: Callable[[sqlite3.Connection], sqlite3.Cursor]) -> Self:
        begin, self._connection.begins_with = self._connection.begins_with, ""
        self._cursor, self._rows = await self._connection.do(partial(_acted, begin, act, self._connection.inner))
        self.description, self.rowcount = self._cursor.description, self._cursor.rowcount
        self.lastrowid = self._cursor.lastrowid
        if len(self._rows) < AT_ONCE:
            self._cursor = None
        return self

    async def fetchall(self) -> Sequence[Any]:
        """Every row that is left."""
        rows, self._rows = self._rows, []
        if self._cursor is not None:
            rows += await self._connection.do(self._cursor.fetchall)
            self._cursor = None
        return rows

    async def fetchmany(self, size: int | None = None) -> Sequence[Any]:
        """So many of the rows that are left."""
        wanted = size or self.arraysize
        if len(self._rows) < wanted and self._cursor is not None:
            self._rows += await self._connection.do(partial(self._cursor.fetchmany, AT_ONCE))
        rows, self._rows = self._rows[:wanted], self._rows[wanted:]
        return rows

    async def fetchone(self) -> Any:
        """The next row, None where none is left."""
        rows = await self.fetchmany(1)
        return rows[0] if rows else None

    async def __aiter__(self) -> AsyncIterator[Any]:
        while (row := await self.fetchone()) is not None:
            yield row

    async def close(self) -> None:
        """A statement whose rows were not all taken is given back."""
        if self._cursor is not None:
            await self._connection.do(self._cursor.close)
            self._cursor = None


def _acted(
    begin: str, act: Callable[[sqlite3.Connection], sqlite3.Cursor], connection: sqlite3.Connection
) -> tuple[sqlite3.Cursor, list[Any]]:
    if begin:
        connection.execute(begin)
    cursor = act(connection)
    return cursor, cursor.fetchmany(AT_ONCE) if cursor.description else []


class OneHopConnection(aiosqlite.Connection):
    """A connection whose cursors are of that kind."""

    begins_with = ""
    """What the next statement is to be preceded by."""

    def cursor(self) -> OneHopCursor:  # type: ignore[override] # SQLAlchemy only enters it
        """A new cursor; nothing happens yet."""
        return OneHopCursor(self)

    @property
    def inner(self) -> sqlite3.Connection:
        """sqlite3's own connection, for its own thread only."""
        return self._conn

    async def commit(self) -> None:
        """Commits, if anything was begun."""
        if not self._forget_begin():
            await super().commit()

    async def rollback(self) -> None:
        """Rolls back, if anything was begun."""
        if not self._forget_begin():
            await super().rollback()

    def _forget_begin(self) -> bool:
        begin, self.begins_with = self.begins_with, ""
        return bool(begin)

    async def do(self, act: Callable[[], Any]) -> Any:
        """Does this on the connection's thread."""
        return await self._execute(act)  # type: ignore[no-untyped-call] # aiosqlite's


def connect(database: str, **how: Any) -> OneHopConnection:
    """A connection to be awaited, as aiosqlite.connect makes one."""
    connection = OneHopConnection(partial(sqlite3.connect, database, **how), iter_chunk_size=AT_ONCE)
    # Should one be forgotten, it must not keep the process from ending.
    connection._thread.daemon = True  # noqa: SLF001 - SQLAlchemy does the same with connections it makes itself
    return connection
