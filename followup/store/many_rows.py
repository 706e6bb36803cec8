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
"""Rows in a statement of SQLite's. Few sizes, so that the driver has each of them prepared."""
AT_ONCE = 1000
"""Rows in one of PostgreSQL's, which takes a list for each column and so is the same for any number of rows."""


async def insert(
    connection: AsyncConnection, table: Table, rows: Sequence[Mapping[str, Any]], *, ending: str = ""
) -> int:
    """Writes these rows, which all have the same columns; how many it wrote. ending: SQL that follows the values."""
    names = tuple(rows[0])
    bound = _bound(table, names, connection.dialect)
    takes_lists = connection.dialect.name == "postgresql"
    written = 0
    for some in _slices(rows) if takes_lists else _parts(rows):
        given = [bound(row) for row in some]
        if takes_lists:
            sql = _of_lists(table, names, connection.dialect, ending)
            values: tuple[Any, ...] = tuple(map(list, zip(*given, strict=True)))
        else:
            sql = _of_rows(table.name, names, len(some), ending)
            values = tuple(chain.from_iterable(given))
        written += (await connection.exec_driver_sql(sql, values)).rowcount
    return written


def _slices(rows: Sequence[Mapping[str, Any]]) -> Iterator[Sequence[Mapping[str, Any]]]:
    for start in range(0, len(rows), AT_ONCE):
        yield rows[start : start + AT_ONCE]


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
def _of_rows(table: str, names: tuple[str, ...], many: int, ending: str) -> str:
    rows = ", ".join([f"({', '.join('?' * len(names))})"] * many)
    return f"INSERT INTO {table} ({', '.join(names)}) VALUES {rows} {ending}"  # noqa: S608 - names of ours


@cache
def _of_lists(table: Table, names: tuple[str, ...], dialect: Dialect, ending: str) -> str:
    kinds = [table.c[name].type.compile(dialect) for name in names]
    lists = ", ".join(f"${place}::{kind}[]" for place, kind in enumerate(kinds, 1))
    return f"INSERT INTO {table.name} ({', '.join(names)}) SELECT * FROM unnest({lists}) {ending}"  # noqa: S608 - ours
