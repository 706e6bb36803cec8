"""Whether anything waits: one question for every beat, which mostly is answered with no."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, exists, or_, select

from followup.domain.message import MessageState
from followup.store.columns import is_one
from followup.store.tables import episodes, inbox, messages

if TYPE_CHECKING:
    from datetime import datetime

    from followup.store.transaction import Transaction


@dataclass(frozen=True, slots=True)
class Due:
    """What there is to do now."""

    inbox: bool
    episodes: bool
    messages: bool


_ANYTHING = select(
    exists().where(inbox.c.outcome.is_(None), or_(inbox.c.try_after.is_(None), inbox.c.try_after <= bindparam("wall"))),
    exists().where(episodes.c.wake_at.is_not(None), episodes.c.wake_at <= bindparam("now")),
    exists().where(
        is_one(messages.c.state, MessageState.QUEUED),
        messages.c.not_before <= bindparam("now"),
        or_(messages.c.hands_off_until.is_(None), messages.c.hands_off_until <= bindparam("wall")),
    ),
)


async def anything(tx: Transaction, now: datetime, wall: datetime) -> Due:
    """What of the three kinds of work waits."""
    row = await tx.row(_ANYTHING, {"now": now, "wall": wall})
    return Due(*map(bool, row)) if row else Due(inbox=False, episodes=False, messages=False)
