"""What each table of a database holds, so that two databases can be compared, and rows taken from one to the other."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, insert, inspect, select

from followup.store import house_tables, passkey_tables, picture_tables, tables
from followup.store.columns import canonical
from followup.store.schema import VERSION_TABLE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection, Row, Table
    from sqlalchemy.ext.asyncio import AsyncConnection

BATCH = 500
"""Rows at a time: an inbox's row may be as large as a stranger's call."""
MODULES = (house_tables, passkey_tables, picture_tables)
"""Where tables are written down, beside `tables`: they share one metadata once they are read."""
_ROOM = 1 << 256


@dataclass(frozen=True, slots=True)
class Holding:
    """How many rows, and the sum of their digests: the same in whatever order an engine returns them."""

    rows: int = 0
    digest: int = 0

    def plus(self, rows: Sequence[Row[Any]]) -> Holding:
        """With these rows, too."""
        return Holding(self.rows + len(rows), (self.digest + sum(map(_digest, rows))) % _ROOM)


Holdings = Mapping[str, Holding]


def every_table() -> Sequence[Table]:
    """Each table of ours, those that others refer to before them."""
    found: Sequence[Table] = tables.metadata.sorted_tables
    return found


def unlike_ours(connection: Connection) -> Sequence[str]:
    """Names of tables that are in this database and not known here, or known here and not there."""
    known = {table.name for table in every_table()} | {VERSION_TABLE}
    return sorted(known ^ set(inspect(connection).get_table_names()))


async def counted(connection: AsyncConnection) -> dict[str, int]:
    """How many rows each table has, without reading them."""
    counts = {}
    for table in every_table():
        counts[table.name] = int((await connection.execute(select(func.count()).select_from(table))).scalar_one())
    return counts


async def held(connection: AsyncConnection) -> dict[str, Holding]:
    """What each table holds, every row of it read."""
    return {table.name: await _read(connection, table) for table in every_table()}


async def copied(source: AsyncConnection, target: AsyncConnection) -> dict[str, Holding]:
    """Every row of one database put into the other; what was read."""
    return {table.name: await _read(source, table, target) for table in every_table()}


async def _read(source: AsyncConnection, table: Table, target: AsyncConnection | None = None) -> Holding:
    holding = Holding()
    async with source.stream(select(table)) as result:
        async for rows in result.partitions(BATCH):
            holding = holding.plus(rows)
            if target is not None:
                await target.execute(insert(table), [dict(row._mapping) for row in rows])  # noqa: SLF001 - public, only named so
    return holding


def _digest(row: Row[Any]) -> int:
    said = canonical([_plain(value) for value in row])
    return int.from_bytes(hashlib.sha256(said.encode()).digest())


def _plain(value: Any) -> Any:
    """A value as JSON can say it; instants and bytes, which it cannot, in a form that no text of ours has."""
    if isinstance(value, datetime):
        return ["at", value.isoformat()]
    return ["bytes", value.hex()] if isinstance(value, bytes) else value
