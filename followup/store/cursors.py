"""Lists page by page: a cursor says where one goes on, as text that means nothing to anybody else."""

from __future__ import annotations

import base64
import json
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import literal, tuple_

from followup.store.columns import as_instant

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy import ColumnElement

T = TypeVar("T")
Place = tuple["datetime | str | int", ...]


class BadCursorError(ValueError):
    """Somebody made a cursor up, or cut one short."""


def one_page(found: Sequence[T], limit: int, place: Callable[[T], Place]) -> tuple[list[T], str | None]:
    """The first `limit` of what was found, and the cursor after them where there is more."""
    page = list(found[:limit])
    return page, write_cursor(*place(page[-1])) if len(found) > limit and page else None


def after(columns: Sequence[ColumnElement[Any]], place: Sequence[Any]) -> Any:
    """Rows that come after this place in the order of these columns."""
    return tuple_(*columns) > _values(columns, place)


def before(columns: Sequence[ColumnElement[Any]], place: Sequence[Any]) -> Any:
    """Rows that come before this place: what a list goes on with that has the newest first."""
    return tuple_(*columns) < _values(columns, place)


def _values(columns: Sequence[ColumnElement[Any]], place: Sequence[Any]) -> Any:
    return tuple_(*(literal(value, column.type) for column, value in zip(columns, place, strict=True)))


def write_cursor(*places: datetime | str | int) -> str:
    """A cursor that stands after these values of the columns a list is ordered by."""
    said = [place.isoformat() if isinstance(place, datetime) else place for place in places]
    return base64.urlsafe_b64encode(json.dumps(said, separators=(",", ":")).encode()).decode().rstrip("=")


def read_cursor(cursor: str, *kinds: type) -> list[Any]:
    """The values again, each of its kind; BadCursorError where this is no such cursor."""
    try:
        said = json.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True))
        return [_read(kind, each) for kind, each in zip(kinds, said, strict=True)]
    except (ValueError, TypeError, OverflowError, RecursionError) as error:
        raise BadCursorError from error


def _read(kind: type, said: Any) -> Any:
    if kind is datetime:
        return as_instant(said)
    if type(said) is not kind:
        raise TypeError
    return said
