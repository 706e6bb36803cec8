"""What was kept long enough is emptied: raw calls that were read, and strays that somebody has dealt with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import exists, func, or_, select, update

from followup.store.columns import is_one
from followup.store.picture_tables import pictures
from followup.store.received import ids_before
from followup.store.strays import CLOSED, OPEN
from followup.store.tables import inbox, strays

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from followup.store.transaction import Transaction

_WAITS_FOR_STAFF = select(strays.c.item_id).where(is_one(strays.c.state, OPEN))
"""What somebody still has to deal with stays as it came, so that it can be read again once they have."""


async def long_settled(tx: Transaction, before: datetime, after: str, limit: int) -> list[str]:
    """Ids of calls that were done with before then and still have what was sent, the oldest first, after that id."""
    i = inbox.c
    is_over = (i.outcome.is_not(None), i.settled_at < before, func.length(i.body) > 0, i.id.not_in(_WAITS_FOR_STAFF))
    found = select(i.id).where(i.id > after, ids_before(before), *is_over).order_by(i.id).limit(limit)
    return [item_id for (item_id,) in await tx.rows(found)]


async def empty_calls(tx: Transaction, item_ids: Sequence[str]) -> None:
    """Away with what was sent; the key and its digest stay, so that the same once more is still known."""
    await tx.run(update(inbox).where(inbox.c.id.in_(item_ids)).values(body=b"", headers={}))


async def long_closed(tx: Transaction, before: datetime, limit: int) -> list[str]:
    """Ids of strays that were closed before then, and still have somebody's words or phone or pictures."""
    s = strays.c
    has_pictures = exists().where(pictures.c.came_with == s.id, pictures.c.sealed.is_not(None))
    holds = or_(s.body != "", s.phone != "", has_pictures)
    found = select(s.id).where(s.state == CLOSED, s.closed_at < before, holds).order_by(s.id).limit(limit)
    return [stray_id for (stray_id,) in await tx.rows(found)]


async def empty_strays(tx: Transaction, stray_ids: Sequence[str]) -> None:
    """Away with words, phones and what is on pictures; who closed it and when stays."""
    await tx.run(update(strays).where(strays.c.id.in_(stray_ids)).values(body="", phone=None))
    gone = {"sealed": None, "sealed_small": None, "kept_at": None, "width": 0, "height": 0}
    await tx.run(update(pictures).where(pictures.c.came_with.in_(stray_ids)).values(**gone))
