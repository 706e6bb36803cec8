"""What a database can say no with, and what of it the rest of the house hears."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy import exc

if TYPE_CHECKING:
    from collections.abc import Iterator

# SQLSTATE classes of PostgreSQL that are nobody's mistake here: connection, rollback by the server, resources,
# operator's intervention, the system beneath, its configuration. 25006: it is read-only just now.
_CLASSES = ("08", "40", "53", "57", "58", "F0", "XX", "25006")
_DAMAGED = ("malformed", "not a database")


class StoreUnavailableError(Exception):
    """Nothing can be stored or read now: locked, read-only, full or gone. Holds no word of what was to be stored."""


class SchemaError(Exception):
    """The database's schema is not the one this version works with; the message says what to do."""

    def __init__(self, message: str, *, is_newer: bool = False) -> None:
        self.is_newer = is_newer
        super().__init__(message)


@contextmanager
def connecting() -> Iterator[None]:
    """Whatever goes wrong while a connection is made is unavailability."""
    try:
        yield
    except (exc.SQLAlchemyError, OSError) as error:
        raise StoreUnavailableError(_reason(error)) from error
    except Exception as error:
        # asyncpg's own errors come through unwrapped here, and it is not imported where SQLite is used.
        if not type(error).__module__.startswith("asyncpg"):
            raise
        raise StoreUnavailableError(_reason(error)) from error


@contextmanager
def working() -> Iterator[None]:
    """Errors of the database itself become StoreUnavailableError; mistakes of ours stay what they are."""
    try:
        yield
    except exc.TimeoutError as error:
        raise StoreUnavailableError(_reason(error)) from error
    except exc.DBAPIError as error:
        if not _is_unavailability(error):
            raise
        raise StoreUnavailableError(_reason(error)) from error


def _is_unavailability(error: exc.DBAPIError) -> bool:
    if isinstance(error, exc.OperationalError) or error.connection_invalidated:
        return True
    state = str(getattr(error.orig, "sqlstate", None) or "")
    return state.startswith(_CLASSES) or any(word in str(error.orig) for word in (*_DAMAGED, "connection is closed"))


def _reason(error: BaseException) -> str:
    said = str(getattr(error, "orig", None) or error).strip() or type(error).__name__
    return said.splitlines()[0]
