"""Values to rows and back: a dataclass whose fields are columns of the same name."""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime
from functools import cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

from sqlalchemy import bindparam, insert, update

from followup.domain.episode import CheckIn, Episode, Patient, Report
from followup.domain.flag import Before, Evidence, Flag
from followup.domain.inputs import Act
from followup.domain.message import Message
from followup.domain.talking import Talk
from followup.store import tables as t
from followup.store.columns import as_instant, reader

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sqlalchemy import Column, Insert, Row, Table, Update

T = TypeVar("T")


class Shape(Generic[T]):
    """How values of one type lie in one table; fields named in `without` lie elsewhere."""

    def __init__(
        self,
        kind: type[T],
        table: Table,
        *,
        without: frozenset[str] = frozenset(),
        written: Mapping[str, Callable[[Any], Any]] | None = None,
        read: Mapping[str, Callable[[Any], Any]] | None = None,
    ) -> None:
        self.table = table
        self.names = tuple(field.name for field in fields(cast("Any", kind)) if field.name not in without)
        self.columns: tuple[Column[Any], ...] = tuple(table.c[name] for name in self.names)
        self._kind = kind
        self._values = attrgetter(*self.names)
        self._written = dict(written or {})
        self._read = {self.names.index(name): function for name, function in (read or {}).items()}
        self._readers = tuple(reader(column.type) for column in self.columns)

    def row(self, value: T, **more: Any) -> dict[str, Any]:
        """The value's columns, and these beside them."""
        row = dict(zip(self.names, self._values(value), strict=True))
        for name, function in self._written.items():
            row[name] = function(row[name])
        row.update(more)
        return row

    def value(self, row: Row[Any] | Sequence[Any], start: int = 0, **more: Any) -> T:
        """The value whose columns begin at `start` of a row."""
        said = list(row[start : start + len(self.names)])
        for place, function in self._read.items():
            said[place] = function(said[place])
        return self._kind(**dict(zip(self.names, said, strict=True)), **more)

    def from_json(self, array: Sequence[Any]) -> T:
        """The value from a JSON array of its columns as the engine made it."""
        return self.value([read(said) for read, said in zip(self._readers, array, strict=False)])


@cache
def inserting(shape: Shape[Any]) -> Insert:
    """Writes new rows of this shape."""
    return insert(shape.table)


@cache
def updating(shape: Shape[Any]) -> Update:
    """Writes rows anew that are there; to be executed with `changed` rows."""
    keys = shape.table.primary_key.columns
    return update(shape.table).where(*(column == bindparam(f"key_{column.name}") for column in keys))


def changed(shape: Shape[Any], row: dict[str, Any]) -> dict[str, Any]:
    """A whole row as `updating` wants it."""
    keys = {f"key_{column.name}": row.pop(column.name) for column in shape.table.primary_key.columns}
    return {**row, **keys}


def _evidence_row(evidence: Evidence) -> dict[str, Any]:
    return {
        "said": evidence.said,
        "rule": evidence.rule,
        "reported_at": evidence.reported_at.isoformat(),
        "hours_since_treatment": evidence.hours_since_treatment,
        "window_hours": evidence.window_hours,
        **({"hours_since_others": list(evidence.hours_since_others)} if evidence.hours_since_others else {}),
    }


def _evidence(row: Mapping[str, Any]) -> Evidence:
    others = tuple(row.get("hours_since_others", ()))
    return Evidence(**{**row, "reported_at": as_instant(row["reported_at"]), "hours_since_others": others})


def _before_row(before: Before | None) -> dict[str, Any] | None:
    return None if before is None else {field.name: _plain(getattr(before, field.name)) for field in fields(Before)}


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def _before(row: Mapping[str, Any] | None) -> Before | None:
    if row is None:
        return None
    instants = {name: as_instant(row[name]) if row[name] else None for name in _INSTANTS}
    return Before(**{**row, **instants, "act": Act(row["act"])})


_INSTANTS = ("until", "acknowledged_at", "snoozed_until")


def _mentioned_row(emails: Sequence[str]) -> str:
    return f" {' '.join(emails)} " if emails else ""


def _mentioned(row: str) -> tuple[str, ...]:
    return tuple(row.split())


def _stamps_row(stamps: Mapping[str, Any]) -> dict[str, str]:
    return {name: at.isoformat() for name, at in stamps.items()}


def _stamps(row: Mapping[str, str]) -> dict[str, Any]:
    return {name: as_instant(at) for name, at in row.items()}


def _talk_row(talk: Talk | None) -> dict[str, Any] | None:
    return None if talk is None else {field.name: _plain(getattr(talk, field.name)) for field in fields(Talk)}


def talk_of(row: Mapping[str, Any] | None) -> Talk | None:
    """The conversation as an episode's row keeps it."""
    if row is None:
        return None
    instants = {name: as_instant(row[name]) if row[name] else None for name in ("since", "last_word_at", "ended_at")}
    return Talk(**{**row, **instants})


EPISODE = Shape(
    Episode,
    t.episodes,
    without=frozenset({"check_ins", "reports", "flags"}),
    written={"talk": _talk_row},
    read={"talk": talk_of},
)
CHECK_IN = Shape(CheckIn, t.check_ins)
REPORT = Shape(Report, t.reports)
FLAG = Shape(
    Flag,
    t.flags,
    written={"evidence": _evidence_row, "before": _before_row, "mentioned": _mentioned_row},
    read={"evidence": _evidence, "before": _before, "mentioned": _mentioned},
)
MESSAGE = Shape(Message, t.messages)
PATIENT = Shape(
    Patient,
    t.patients,
    without=frozenset({"opted_out_at"}),
    written={"stamps": _stamps_row},
    read={"stamps": _stamps},
)
