"""The move of a whole database from SQLite to PostgreSQL: all of it or nothing, compared before it counts."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, insert, make_url, select, text

from followup.store.engine import POSTGRESQL, SQLITE, make_engines, make_sole_engine, sqlite_file, traits_of
from followup.store.errors import SchemaError, connecting, working
from followup.store.holdings import copied, counted, every_table, held, unlike_ours
from followup.store.house_tables import beats, journal
from followup.store.journal import verify
from followup.store.schema import MOVED, check_file, check_schema, current_revision, migrate_engine
from followup.store.transaction import Transaction

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

    from followup.store.engine import Traits
    from followup.store.holdings import Holding
    from followup.store.journal import Verification


class MoveError(Exception):
    """Nothing was moved, and both databases are as they were; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a move would do. `has_schema`: whether the target has our tables already; `hindrance`: why not, or ""."""

    rows: Mapping[str, int]
    place: str
    has_schema: bool
    hindrance: str


@dataclass(frozen=True, slots=True)
class Moved:
    """What was moved. `was_there`: an earlier move had brought it all, and was killed before it could say so."""

    rows: Mapping[str, int]
    place: str
    journal: Verification
    was_there: bool


def place_of(url: str) -> str:
    """Where a database is, without who may enter and how."""
    read = make_url(url)
    host = read.host or read.query.get("host") or "localhost"
    port = read.port or read.query.get("port")
    where = f"{host}:{port}" if port else str(host)
    return f"{where}/{read.database or ''}"


async def look(source: str, target: str) -> Outlook:
    """What a move would do, and what is in its way; the service may go on meanwhile."""
    _check_urls(source, target)
    async with _begun_on(make_engines(source).reads) as connection:
        await check_schema(connection, may_write=False)
        rows = await counted(connection)
    async with _begun_on(make_engines(target).reads) as connection:
        has_schema = await connection.run_sync(current_revision) is not None
        hindrance = await _hindrance(connection) if has_schema else ""
    return Outlook(rows, place_of(target), has_schema, hindrance or await _in_use(source))


async def _hindrance(target: AsyncConnection) -> str:
    try:
        await check_schema(target, may_write=False)
    except SchemaError as error:
        return f"the target: {error}"
    return _NOT_EMPTY if any((await counted(target)).values()) else ""


async def _in_use(source: str) -> str:
    try:
        async with _alone(source):
            return ""
    except MoveError as error:
        return str(error)


async def move(source: str, target: str, *, wall: Callable[[], datetime], journal_key: bytes) -> Moved:
    """Brings everything over, compares it, and marks the source, so that nobody starts it by accident."""
    _check_urls(source, target)
    engines = make_engines(target)
    try:
        async with _alone(source) as old:
            await check_schema(old)
            await _make_ready(engines.writes)
            seals = await verify(_transaction(old, SQLITE, wall, journal_key))
            async with _begun(engines.writes) as new:
                read, was_there = await _bring(old, new)
                await _compare(read, new)
                if await verify(_transaction(new, POSTGRESQL, wall, journal_key)) != seals:
                    raise MoveError("the journal's seals do not hold there as they do here; nothing was moved")
            # Killed before this line, the next move finds everything there and has only this left to do.
            await old.execute(insert(beats).values(name=MOVED + place_of(target), at=wall()))
    finally:
        await engines.dispose()
    rows = {name: holding.rows for name, holding in read.items()}
    return Moved(rows, place_of(target), seals, was_there)


async def _make_ready(target: AsyncEngine) -> None:
    """The target's schema: made where there is none, and refused where it is another one than ours."""
    async with _begun(target) as connection:
        is_new = await connection.run_sync(current_revision) is None
    if is_new:
        await migrate_engine(target)
    async with _begun(target) as connection:
        try:
            await check_schema(connection)
        except SchemaError as error:
            message = f"the target: {error}"
            raise MoveError(message) from error
        unlike = await connection.run_sync(unlike_ours)
    if unlike:
        message = f"the target has other tables than ours ({', '.join(unlike)}); name a database that nobody else uses"
        raise MoveError(message)


async def _bring(old: AsyncConnection, new: AsyncConnection) -> tuple[dict[str, Holding], bool]:
    """What the source holds, now in the target, too; and whether it was there before."""
    names = ", ".join(table.name for table in every_table())
    await new.execute(text(f"LOCK TABLE {names} IN EXCLUSIVE MODE"))
    if any((await counted(new)).values()):
        holdings = await held(old)
        if await held(new) != holdings:
            raise MoveError(_NOT_EMPTY)
        return holdings, True
    holdings = await copied(old, new)
    # The sequence is part of no transaction; after a move that failed it is set again.
    await new.execute(select(func.setval("journal_seq", func.coalesce(func.max(journal.c.seq), 1))))
    return holdings, False


async def _compare(read: Mapping[str, Holding], new: AsyncConnection) -> None:
    there = await held(new)
    unlike = sorted(name for name, holding in read.items() if there[name] != holding)
    if unlike:
        message = f"what arrived is not what left, in {', '.join(unlike)}; nothing was moved"
        raise MoveError(message)


def _check_urls(source: str, target: str) -> None:
    if sqlite_file(source) is None:
        raise MoveError("DATABASE_URL is the database that is moved: a SQLite file")
    if traits_of(target) is not POSTGRESQL:
        raise MoveError("a database is moved to PostgreSQL: postgresql://USER:PASSWORD@HOST/DATABASE")
    check_file(source)


def _transaction(
    connection: AsyncConnection, traits: Traits, wall: Callable[[], datetime], journal_key: bytes
) -> Transaction:
    return Transaction(connection, traits, wall, journal_key=journal_key, may_write=False)


@asynccontextmanager
async def _alone(source: str) -> AsyncIterator[AsyncConnection]:
    """The source, and nobody else at it: neither now nor, until the move is over, anybody who starts."""
    engine = make_sole_engine(source)
    try:
        try:
            connection = await engine.connect()
            transaction = await connection.begin()
        except Exception as error:
            if "locked" not in str(error):
                raise
            raise MoveError("the database is in use; stop every followup that works with it first") from error
        try:
            with working():
                yield connection
                await transaction.commit()
        finally:
            await connection.close()
    finally:
        await engine.dispose()


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


@asynccontextmanager
async def _begun_on(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    try:
        async with _begun(engine) as connection:
            yield connection
    finally:
        await engine.dispose()


_NOT_EMPTY = "the target is not empty; name a database that holds nothing"
