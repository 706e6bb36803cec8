"""Whether anything waits: one question for every beat, which mostly is answered with no."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, exists, or_, select

from followup.domain.message import MessageState
from followup.domain.outbound import DeliveryState
from followup.domain.picture import PictureState
from followup.store.columns import is_one
from followup.store.house_tables import deliveries, fetches
from followup.store.picture_tables import pictures
from followup.store.tables import episodes, inbox, messages

if TYPE_CHECKING:
    from datetime import datetime

    from followup.store.transaction import Transaction


@dataclass(frozen=True, slots=True)
class Due:
    """What there is to do now."""

    inbox: bool = False
    episodes: bool = False
    messages: bool = False
    deliveries: bool = False
    fetches: bool = False
    pictures: bool = False


_ANYTHING = select(
    exists().where(inbox.c.outcome.is_(None), or_(inbox.c.try_after.is_(None), inbox.c.try_after <= bindparam("wall"))),
    exists().where(episodes.c.wake_at.is_not(None), episodes.c.wake_at <= bindparam("now")),
    exists().where(
        is_one(messages.c.state, MessageState.QUEUED),
        messages.c.not_before <= bindparam("now"),
        or_(messages.c.hands_off_until.is_(None), messages.c.hands_off_until <= bindparam("wall")),
    ),
    exists().where(is_one(deliveries.c.state, DeliveryState.WAITING), deliveries.c.due_at <= bindparam("wall")),
    exists().where(or_(fetches.c.try_after.is_(None), fetches.c.try_after <= bindparam("wall"))),
    exists().where(
        is_one(pictures.c.state, PictureState.WANTED, PictureState.KEPT), pictures.c.due_at <= bindparam("wall")
    ),
)


async def anything(tx: Transaction, now: datetime, wall: datetime) -> Due:
    """Which kinds of work wait."""
    row = await tx.row(_ANYTHING, {"now": now, "wall": wall})
    return Due(*map(bool, row)) if row else Due()
