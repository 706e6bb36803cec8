"""Rows for any table, with something in each of their columns: what a copy or an upgrade must not bend."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, Boolean, Float, Integer, LargeBinary

from followup.store.columns import Instant, Json, Word
from kit.hand_clock import MONDAY

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from sqlalchemy import Column, Table

# What a journal's reader takes as it is.
_OF_JOURNAL = {"position": 0, "seal": "", "body_digest": "d"}
AWKWARD = "Zoë 🙂 \u2028 ' \" \\ \r\n\t %s :x"
_OF_KIND: tuple[tuple[type, Any], ...] = (
    (Instant, MONDAY + timedelta(microseconds=1)),
    (Json, {"a": [1, 0.1, None, AWKWARD], "": {}}),
    (Boolean, True),
    (Float, 0.1),
    (BigInteger, 2**40),
    (Integer, 7),
    (LargeBinary, bytes(range(256))),
)


def a_row(
    table: Table, parents: Mapping[str, Mapping[str, Any]], number: int = 0, columns: Collection[str] | None = None
) -> dict[str, Any]:
    """The row of that number, in these columns or all; `parents`: by table, the rows of that number made before."""
    row = {one.name: _value(one, number) for one in table.columns if columns is None or one.name in columns}
    for key in table.foreign_keys:
        row[key.parent.name] = parents[key.column.table.name][key.column.name]
    return row


def _value(column: Column[Any], number: int) -> Any:
    kind: Any = column.type
    if isinstance(kind, Word):
        words: Any = kind.words
        return next(iter(words))
    if column.table.name.startswith("journal") and column.name in _OF_JOURNAL:
        return None if column.nullable else _OF_JOURNAL[column.name]
    value = next((value for of, value in _OF_KIND if isinstance(kind, of)), f"{AWKWARD}{number}")
    return value + number if type(value) is int else value
