"""Many rows in one statement: one visit to the driver and one step of the database, however many they are."""

from __future__ import annotations

from functools import cache
from itertools import chain
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from sqlalchemy import Dialect, Table
    from sqlalchemy.ext.asyncio import AsyncConnection

SIZES = (128, 64, 32, 16, 8, 4, 2, 1)
"""Rows in a statement. Few sizes, so that drivers have each of them prepared."""


async def insert(
    connection: AsyncConnection, table: Table, rows: Sequence[Mapping[str, Any]], *, ending: str = ""
) -> int:
    """Writes these rows, which all have the same columns; how many it wrote. ending: SQL that follows the values."""
    names = tuple(rows[0])
    bound = _bound(table, names, connection.dialect)
    written = 0
    for some in _parts(rows):
        values = chain.from_iterable(bound(row) for row in some)
        sql = _statement(table.name, names, len(some), connection.dialect.paramstyle, ending)
        written += (await connection.exec_driver_sql(sql, tuple(values))).rowcount
    return written


def _parts(rows: Sequence[Mapping[str, Any]]) -> Iterator[Sequence[Mapping[str, Any]]]:
    start = 0
    for size in SIZES:
        while len(rows) - start >= size:
            yield rows[start : start + size]
            start += size


@cache
def _bound(table: Table, names: tuple[str, ...], dialect: Dialect) -> Callable[[Mapping[str, Any]], list[Any]]:
    """How a row becomes the driver's values."""
    ways = [(name, table.c[name].type.dialect_impl(dialect).bind_processor(dialect)) for name in names]
    return lambda row: [way(row[name]) if way else row[name] for name, way in ways]


@cache
def _statement(table: str, names: tuple[str, ...], many: int, style: str, ending: str) -> str:
    marks = (f"${number}" if style == "numeric_dollar" else "?" for number in range(1, many * len(names) + 1))
    rows = ", ".join(f"({', '.join(next(marks) for _ in names)})" for _ in range(many))
    return f"INSERT INTO {table} ({', '.join(names)}) VALUES {rows} {ending}"  # noqa: S608 - names of ours
