"""What lies ahead of a service, asked of its tables: when something next falls due, and whether anything waits now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, exists, func, select

from followup.domain.message import MessageState
from followup.store import due
from followup.store.columns import is_one
from followup.store.tables import episodes, messages, opt_outs

if TYPE_CHECKING:
    from datetime import datetime

    from followup.store.transaction import Transaction

_NOW = bindparam("now", type_=messages.c.at.type)
_QUEUED = is_one(messages.c.state, MessageState.QUEUED)
_HELD = is_one(messages.c.state, MessageState.ATTEMPTING, MessageState.UNKNOWN)


def _least(column: Any, *where: Any) -> Any:
    return select(func.min(column, type_=column.type)).where(column > _NOW, *where).scalar_subquery()


_AHEAD = select(
    _least(episodes.c.wake_at),
    _least(messages.c.not_before, _QUEUED),
    _least(messages.c.hands_off_until, _QUEUED),
    _least(messages.c.hands_off_until, _HELD),
)
_IN_DOUBT = select(
    exists().where(_HELD, messages.c.hands_off_until <= _NOW) | exists().where(_QUEUED, messages.c.useful_until <= _NOW)
)
_STOPPED = select(opt_outs.c.phone).where(opt_outs.c.opted_out_at.is_not(None))


async def next_due(tx: Transaction, now: datetime) -> datetime | None:
    """When the next thing falls due."""
    return min((at for at in await tx.row(_AHEAD, {"now": now}) if at is not None), default=None)


async def waiting(tx: Transaction, now: datetime) -> tuple[due.Due, bool]:
    """What there is to do now; and whether looking could change anything.

    It can where nobody came back from a text, and where one is of no use any more.
    """
    return await due.anything(tx, now, now), bool(await tx.value(_IN_DOUBT, {"now": now}))


async def stopped(tx: Transaction) -> set[str]:
    """The phones that want no texts, as far as the service knows."""
    return {phone for (phone,) in await tx.rows(_STOPPED)}
