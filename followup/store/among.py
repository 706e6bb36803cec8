"""Rows whose key is one of several, where a key is more than one column."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, bindparam, tuple_

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy import ColumnElement


def is_among(name: str, *columns: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether these columns together are one of the keys that `keys_of(name, …)` gives the statement."""
    # For a list of whole keys alone SQLite reads the table from end to end; the lists beside it lead it to the index.
    each = [column.in_(bindparam(_part(name, place), expanding=True)) for place, column in enumerate(columns)]
    return and_(*each, tuple_(*columns).in_(bindparam(name, expanding=True)))


def keys_of(name: str, keys: Collection[tuple[Any, ...]]) -> dict[str, list[Any]]:
    """The values of a statement with `is_among(name, …)`; at least one key."""
    parts = {_part(name, place): sorted(set(column)) for place, column in enumerate(zip(*keys, strict=True))}
    return {name: sorted(set(keys)), **parts}


def _part(name: str, place: int) -> str:
    return f"{name}_{place}"
