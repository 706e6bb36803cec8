"""One transaction: reads at once, writes gathered and executed many rows at a time."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import Table, TextClause
from sqlalchemy.sql.visitors import iterate

from followup.store import many_rows

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Delete, Executable, Insert, Select, Update
    from sqlalchemy.ext.asyncio import AsyncConnection

    from followup.domain.outbound import OutboundRule
    from followup.store.engine import Traits


class Transaction:
    """One connection between its begin and its end.

    Writes that need no answer wait (`later`) until their table is read or the transaction ends: then each statement is
    executed once, for all its rows.
    """

    __slots__ = ("_connection", "_later", "journal_key", "listeners", "may_write", "traits", "wall")

    def __init__(
        self,
        connection: AsyncConnection,
        traits: Traits,
        wall: Callable[[], datetime],
        *,
        journal_key: bytes = b"",
        listeners: Mapping[str, Sequence[OutboundRule]] | None = None,
        may_write: bool = True,
    ) -> None:
        self._connection = connection
        self._later: dict[Insert | Update | Delete, list[Mapping[str, Any]]] = {}
        self.traits = traits
        self.wall = wall
        self.journal_key = journal_key
        self.listeners = listeners or {}
        self.may_write = may_write

    def later(self, statement: Insert | Update | Delete, row: Mapping[str, Any]) -> None:
        """Has this row written before its table is read, and at the latest in the end."""
        self._later.setdefault(statement, []).append(row)

    async def flush(self, tables: frozenset[Any] | None = None) -> None:
        """Writes what waits, or of it what these tables need; a table's statements in the order they were asked for."""
        wanted = [one for one in self._later if tables is None or _concerns(one, tables)]
        # What other rows belong to goes first.
        for statement in sorted(wanted, key=lambda one: bool(one.table.foreign_keys)):
            rows = self._later.pop(statement)
            await self._connection.execute(statement, rows if len(rows) > 1 else rows[0])

    async def run(self, statement: Executable, values: Mapping[str, Any] | None = None) -> int:
        """Executes a write at once and says how many rows it changed."""
        result = await self._execute(statement, values)
        return int(getattr(result, "rowcount", -1))

    async def insert(self, table: Table, rows: Sequence[Mapping[str, Any]], *, ending: str = "") -> int:
        """Writes these rows at once, which all have the same columns; how many it wrote."""
        if self._later:
            await self.flush(frozenset({table}))
        return await many_rows.insert(self._connection, table, rows, ending=ending)

    async def rows(self, statement: Executable, values: Mapping[str, Any] | None = None) -> Sequence[Any]:
        """Every row."""
        found: Sequence[Any] = (await self._execute(statement, values)).all()
        return found

    async def row(self, statement: Executable, values: Mapping[str, Any] | None = None) -> Any:
        """The first row, None where there is none."""
        return (await self._execute(statement, values)).first()

    async def value(self, statement: Executable, values: Mapping[str, Any] | None = None) -> Any:
        """The first column of the first row, None where there is none."""
        found = await self.row(statement, values)
        return found[0] if found is not None else None

    async def stream(self, statement: Executable, values: Mapping[str, Any] | None = None) -> AsyncIterator[Any]:
        """Every row, few at a time."""
        await self.flush()
        async with self._connection.stream(statement, values) as result:
            async for row in result:
                yield row

    async def _execute(self, statement: Executable, values: Any) -> Any:
        if self._later:
            await self.flush(_tables(statement))
        return await self._connection.execute(statement, values)

    def locked(self, statement: Select[Any], *, of: Any = None, skips: bool = False) -> Select[Any]:
        """The same rows, locked where the engine has row locks and this transaction may write."""
        if not (self.may_write and self.traits.locks_rows):
            return statement
        return _locked(statement, of, skips)


@lru_cache(maxsize=100)
def _locked(statement: Select[Any], of: Any, skips: bool) -> Select[Any]:  # noqa: FBT001 - only called above
    return statement.with_for_update(of=of, skip_locked=skips)


@lru_cache(maxsize=1000)
def _tables(statement: Any) -> frozenset[Table] | None:
    """Every table a statement reads or writes, also in what stands inside it; None where that cannot be known."""
    if isinstance(statement, TextClause):
        return None
    return frozenset(part for part in iterate(statement) if isinstance(part, Table))


def _concerns(waiting: Any, tables: frozenset[Any]) -> bool:
    """Whether a write that waits is about one of these tables, or makes a row that a row of theirs belongs to."""
    if waiting.table in tables:
        return True
    return bool(waiting.is_insert) and any(
        key.column.table is waiting.table for table in tables for key in table.foreign_keys
    )
