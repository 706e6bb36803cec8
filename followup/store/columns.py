"""Column types: an instant is UTC or refused, an enumeration stays one, and any text can be stored."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from sqlalchemy import DateTime, String, Text, literal_column
from sqlalchemy.types import TypeDecorator

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import ColumnElement, Dialect
    from sqlalchemy.types import TypeEngine

E = TypeVar("E", bound=StrEnum)
ISO_LENGTH = 32
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")


class NaiveInstantError(ValueError):
    """A datetime without a zone was to be stored: our mistake."""


def as_instant(said: str) -> datetime:
    """The instant of an ISO 8601 text with its offset, in UTC."""
    at = datetime.fromisoformat(said)
    return at if at.tzinfo is UTC else at.astimezone(UTC)


class Instant(TypeDecorator[datetime]):
    """An instant: timestamptz on PostgreSQL, on SQLite text of fixed width, which sorts as time does."""

    impl = String
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """The column as this engine has it."""
        if dialect.name == "sqlite":
            return dialect.type_descriptor(String(ISO_LENGTH))
        return dialect.type_descriptor(DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """Refuses a naive datetime."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise NaiveInstantError(value.isoformat())
        at = value if value.tzinfo is UTC else value.astimezone(UTC)
        return at.isoformat(timespec="microseconds") if dialect.name == "sqlite" else at

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """UTC, whatever the engine."""
        if value is None:
            return None
        return as_instant(value) if dialect.name == "sqlite" else value.astimezone(UTC)


class Words(TypeDecorator[str]):
    """Any text. PostgreSQL has no NUL, and neither engine half a character: they are replaced, no reason to fail."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, _dialect: Dialect) -> str | None:
        """The text as it can be stored."""
        return None if value is None else storable(value)


def storable(value: str) -> str:
    """The text with each character that cannot be stored replaced by U+FFFD."""
    # Nearly all of it is ids and codes, and this is asked of every one of them.
    if value.isascii() and "\0" not in value:
        return value
    return _UNSTORABLE.sub("\ufffd", value)


class Word(TypeDecorator[E], Generic[E]):
    """One of a closed set of words, stored as it is written."""

    impl = Text
    cache_ok = True

    def __init__(self, words: type[E]) -> None:
        self.words = words
        self._members = {word.value: word for word in words}
        super().__init__()

    def process_bind_param(self, value: E | None, _dialect: Dialect) -> str | None:
        """Also takes the word as plain text, if it is one."""
        if value is None or value.__class__ is self.words:
            return value
        return str(self.words(value))

    def process_result_value(self, value: Any, _dialect: Dialect) -> E | None:
        """The member of the enumeration."""
        return None if value is None else self._members.get(value) or self.words(value)


class Json(TypeDecorator[Any]):
    """A value as JSON text, the same bytes on both engines."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, _dialect: Dialect) -> str | None:
        """Canonical JSON."""
        return None if value is None else canonical(value)

    def process_result_value(self, value: Any, _dialect: Dialect) -> Any:
        """The value as JSON has it."""
        return None if value is None else json.loads(value)


def canonical(value: Any) -> str:
    """JSON with sorted keys, no blanks and ASCII only: the same text for the same value, storable everywhere."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def is_one(column: ColumnElement[Any], *words: str) -> ColumnElement[bool]:
    """Whether a column holds one of these words of ours, which are written out in the statement.

    An index of some rows only is used where the engine sees, before it has any parameters, that those rows will do.
    """
    said: list[ColumnElement[Any]] = [literal_column(f"'{word}'") for word in words]
    return column.in_(said) if len(said) > 1 else column == said[0]


def reader(kind: TypeEngine[Any]) -> Callable[[Any], Any]:
    """How a column's value is read from inside a JSON array that the engine made of it."""
    if isinstance(kind, Instant):
        return lambda said: None if said is None else as_instant(said)
    if isinstance(kind, Word):
        words = kind.words
        return lambda said: None if said is None else words(said)
    if isinstance(kind, Json):
        return lambda said: None if said is None else json.loads(said)
    return lambda said: said
