"""The store: one door for writing, one for reading, and the inbox's shared commit."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING

from followup.store.engine import Engines, is_memory, make_engines
from followup.store.errors import connecting, working
from followup.store.keeping import Keeper
from followup.store.schema import check_file, check_schema, migrate_engine
from followup.store.transaction import Transaction

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

    from followup.domain.outbound import OutboundRule
    from followup.store.engine import EngineName
    from followup.store.received import Kept, NewItem


class Store:
    """Where everything is kept. `open_store` makes one."""

    def __init__(
        self,
        engines: Engines,
        wall: Callable[[], datetime],
        journal_key: bytes,
        listeners: Mapping[str, Sequence[OutboundRule]] | None = None,
    ) -> None:
        self._engines = engines
        self._wall = wall
        self._journal_key = journal_key
        self._listeners = listeners or {}
        # SQLite has one writer. In this process they queue here, not in the driver's threads.
        self._turn = None if engines.traits.locks_rows else asyncio.Lock()
        self._keeper = Keeper(self.transaction)

    @property
    def engine_name(self) -> EngineName:
        """Which engine it is."""
        return self._engines.traits.name

    @property
    def has_one_writer(self) -> bool:
        """Whether writers queue anyway, so that several inputs may share a commit without waiting crosswise."""
        return self._turn is not None

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        """One write transaction: commits at the end, rolls back on any exception."""
        async with AsyncExitStack() as stack:
            if self._turn is not None:
                await stack.enter_async_context(self._turn)
            connection = await stack.enter_async_context(_begun(self._engines.writes))
            key, told = self._journal_key, self._listeners
            tx = Transaction(connection, self._engines.traits, self._wall, journal_key=key, listeners=told)
            yield tx
            await tx.flush()

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Transaction]:
        """Reads, all of one moment; nothing can be written."""
        async with _begun(self._engines.reads) as connection:
            key = self._journal_key
            yield Transaction(connection, self._engines.traits, self._wall, journal_key=key, may_write=False)

    async def keep(self, new: NewItem) -> Kept:
        """Keeps what a stranger sent; returns only when it is on the disk. Many callers share one commit."""
        return await self._keeper.keep(new)

    async def close(self) -> None:
        """Finishes what was begun and closes every connection; an open one would keep the process from ending."""
        await self._keeper.close()
        await self._engines.dispose()


async def open_store(
    url: str,
    *,
    wall: Callable[[], datetime],
    journal_key: bytes = b"",
    listeners: Mapping[str, Sequence[OutboundRule]] | None = None,
) -> Store:
    """The store at this URL, if its schema is the one this version works with. listeners: by clinic, who is told."""
    check_file(url)
    engines = make_engines(url)
    try:
        if is_memory(url):
            await migrate_engine(engines.writes)
        async with _begun(engines.writes) as connection:
            await check_schema(connection)
    except BaseException:
        await engines.dispose()
        raise
    return Store(engines, wall, journal_key, listeners)


@asynccontextmanager
async def _begun(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    with connecting():
        connection = await engine.connect()
    try:
        with working():
            async with connection.begin():
                yield connection
    finally:
        await connection.close()
