"""SQLite without its thread and without waiting for the disk: for what is about decisions, not about durability.

A statement that goes to another thread and back takes ten times as long as it takes, which a service that answers
strangers meanwhile has to pay, and a simulation of weeks does not.
"""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from followup.store import engine
from followup.store.one_hop import AT_ONCE, OneHopConnection

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Generator, Iterator


class Doer:
    """What stands where the thread's queue was: what is put in is done."""

    def put_nowait(self, item: tuple[asyncio.Future[Any], Callable[[], Any]]) -> None:
        """SQLAlchemy's own orders come this way."""
        future, act = item
        try:
            future.set_result(act())
        except sqlite3.Error as error:
            future.set_exception(error)


class HereConnection(OneHopConnection):
    """aiosqlite's connection, which does at once what it is asked."""

    def __init__(self, connector: Callable[[], sqlite3.Connection]) -> None:
        super().__init__(connector, iter_chunk_size=AT_ONCE)
        self._tx: Any = Doer()

    async def _execute(self, fn: Any, *args: Any, **kwargs: Any) -> Any:
        return fn(*args, **kwargs)

    async def _connect(self) -> HereConnection:
        self._connection = self._connector()
        return self

    def __await__(self) -> Generator[Any, None, HereConnection]:
        return self._connect().__await__()

    def stop(self) -> None:
        """Closed; there is no thread to be told."""
        connection, self._connection, self._running = self._connection, None, False
        if connection is not None:
            connection.close()


def connect(database: str, **how: Any) -> HereConnection:
    """As one_hop.connect makes one."""
    return HereConnection(partial(sqlite3.connect, database, **how))


@contextmanager
def in_one_thread() -> Iterator[None]:
    """SQLite databases that are opened meanwhile work so."""
    pragmas = tuple(one.replace("FULL", "OFF") for one in engine._PRAGMAS)
    # The way in is the driver's, and the service has no setting by which it would write less carefully.
    with patch.object(engine, "connect", connect), patch.object(engine, "_PRAGMAS", pragmas):
        yield
