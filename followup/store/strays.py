"""Strays: what belongs to no episode and waits for staff."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from functools import cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, select, update

from followup.store.columns import is_one
from followup.store.cursors import after, one_page, read_cursor
from followup.store.tables import strays as t

if TYPE_CHECKING:
    from collections.abc import Sequence

    from followup.store.engine import Traits
    from followup.store.transaction import Transaction

OPEN, CLOSED = "open", "closed"


@dataclass(frozen=True, slots=True)
class Stray:
    """A reply from a number nobody has (`kind` "reply"), or a booking nobody can use ("booking"), and why."""

    id: str
    clinic: str
    kind: str
    why: str
    body: str
    phone: str | None
    at: datetime
    source: str = ""
    booking_id: str = ""
    item_id: str = ""
    state: str = OPEN
    closed_by: str = ""
    closed_at: datetime | None = None
    version: int = 1


_NAMES = tuple(field.name for field in fields(Stray))
_VALUES = attrgetter(*_NAMES)
_ALL = select(*(t.c[name] for name in _NAMES))
_BY_ID = _ALL.where(t.c.id == bindparam("stray_id"))
_OPEN = _ALL.where(is_one(t.c.state, OPEN)).order_by(t.c.at, t.c.id)


async def add(tx: Transaction, stray: Stray) -> None:
    """Adds a stray; a repeat of its id changes nothing."""
    tx.later(_insert(tx.traits), dict(zip(_NAMES, _VALUES(stray), strict=True)))


async def page(
    tx: Transaction, clinics: Sequence[str] | None, cursor: str | None, limit: int
) -> tuple[list[Stray], str | None]:
    """The open strays, oldest first, and the cursor of the next page where there is one."""
    found = _OPEN if clinics is None else _OPEN.where(t.c.clinic.in_(clinics))
    if cursor is not None:
        found = found.where(after((t.c.at, t.c.id), read_cursor(cursor, datetime, str)))
    return one_page([Stray(*row) for row in await tx.rows(found.limit(limit + 1))], limit, _place)


def _place(stray: Stray) -> tuple[datetime, str]:
    return stray.at, stray.id


async def load(tx: Transaction, stray_id: str) -> Stray | None:
    """The stray of that id, locked."""
    row = await tx.row(tx.locked(_BY_ID), {"stray_id": stray_id})
    return Stray(*row) if row else None


async def close(tx: Transaction, stray_id: str, who: str, at: datetime) -> bool:
    """Ends it; False where somebody had done so, or there is none."""
    closed: dict[str, Any] = {"state": CLOSED, "closed_by": who, "closed_at": at, "version": t.c.version + 1}
    return await tx.run(update(t).where(t.c.id == stray_id, t.c.state == OPEN).values(closed)) == 1


@cache
def _insert(traits: Traits) -> Any:
    return traits.insert(t).on_conflict_do_nothing()
