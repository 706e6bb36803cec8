"""Statements that are asked again and again, ready for SQLite: SQLAlchemy makes them, and is not asked each time.

Between a statement of ours and SQLite, SQLAlchemy's way through is three quarters of the time, which weeks of many
patients go ten million times. Here is the short way, with its words, its types and its order of values; the same seed
is the same story, row for row, on either (test_simulation). What is not plain goes the long way.
"""

from __future__ import annotations

from collections import namedtuple
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from weakref import ref

from sqlalchemy import Insert, Select, Update
from sqlalchemy.sql.dml import Delete

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sqlalchemy import Dialect

    Way = Callable[[Any], Any]

PLAIN = (Select, Insert, Update, Delete)


class Found:
    """What the store asks of a result."""

    def __init__(self, rows: list[Any], rowcount: int) -> None:
        self._rows, self.rowcount = rows, rowcount

    def all(self) -> list[Any]:
        """Every row."""
        return self._rows

    def first(self) -> Any:
        """The first one, None where there is none."""
        return self._rows[0] if self._rows else None


@dataclass(frozen=True, slots=True)
class Ready:
    """One statement as SQLite takes it. binds: how each of its values is made, by name, in its order.

    spread: lists whose members are values of their own, by the name of the list.
    """

    sql: str
    writes: bool
    binds: Sequence[tuple[str, Way | None]]
    fixed: Mapping[str, Any]
    spread: Mapping[str, Sequence[str]]
    ways: Sequence[tuple[int, Way]]
    row: Callable[[Any], Any]

    def values(self, given: Mapping[str, Any] | None) -> list[Any]:
        """One set of values."""
        known = {**self.fixed, **given} if given and (self.fixed or self.spread) else given or self.fixed
        for name, names in self.spread.items():
            known = {**known, **dict(zip(names, _flat(known[name]), strict=True))}
        return [way(known[name]) if way else known[name] for name, way in self.binds]

    def read(self, raw: Any) -> Any:
        """One row, with its columns' types."""
        if self.ways:
            raw = list(raw)
            for place, way in self.ways:
                raw[place] = way(raw[place])
        return self.row(raw)


def _flat(members: Sequence[Any]) -> Sequence[Any]:
    return [each for member in members for each in member] if members and isinstance(members[0], tuple) else members


class Shelf:
    """Every statement of a run that was met twice, which one that is made for one question never is."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self._met: dict[int, ref[Any]] = {}
        self._ready: dict[Any, tuple[Any, Ready | None]] = {}

    def find(self, statement: Any, values: Any) -> Ready | None:
        """None where it has to go the long way."""
        named: Any = values[0] if isinstance(values, list) else values
        key = (id(statement), type(values), *(() if not named else _lengths(named) if statement.is_select else named))
        found = self._ready.get(key)
        if found is not None:
            return found[1]
        before = self._met.get(id(statement))
        if before is None or before() is not statement:
            self._met[id(statement)] = ref(statement)
            return None
        is_many = isinstance(values, list)
        made = self._make(statement, named, is_many=is_many) if isinstance(statement, PLAIN) else None
        self._ready[key] = (statement, made)
        return made

    def _make(self, statement: Any, named: Mapping[str, Any] | None, *, is_many: bool) -> Ready | None:
        columns = None if statement.is_select else sorted(named or ())
        made = statement.compile(dialect=self._dialect, column_keys=columns, for_executemany=is_many)
        if made.literal_execute_params or made.effective_returning or made.insert_prefetch or made.update_prefetch:
            return None
        sql, ways, places, spread = str(made), made._bind_processors, made.positiontup, {}
        fixed = {name: bind.effective_value for bind, name in made.bind_names.items() if not bind.required}
        if made.post_compile_params:
            whole = made._process_parameters_for_postcompile({**fixed, **(named or {})})
            sql, places, spread = whole.statement, whole.positiontup, whole.parameter_expansion
            ways = {**ways, **whole.processors}
        binds = [(name, ways.get(name)) for name in places or ()]
        entries = made._result_columns if statement.is_select else ()
        reads = [(place, one.type._cached_result_processor(self._dialect, None)) for place, one in enumerate(entries)]
        row: Any = namedtuple("Row", [one.keyname for one in entries], rename=True)  # type: ignore[misc] # noqa: PYI024
        return Ready(
            sql, not statement.is_select, binds, fixed, spread, [(place, way) for place, way in reads if way], row._make
        )


def _lengths(named: Mapping[str, Any]) -> Sequence[int]:
    """A list of another length is another statement."""
    return [len(one) for one in named.values() if isinstance(one, list | tuple)]
