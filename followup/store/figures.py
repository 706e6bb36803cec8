"""How much there is of everything, counted when it is asked: for /metrics."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from followup.domain.episode import EpisodeState
from followup.domain.flag import FlagState
from followup.domain.message import MessageState
from followup.domain.understanding.values import Urgency
from followup.store.columns import is_one
from followup.store.tables import episodes, flags, inbox, messages, strays

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from enum import StrEnum

    from sqlalchemy import ColumnElement

    from followup.store.transaction import Transaction

RECEIPTS = "sms:%:receipt:%"


@dataclass(frozen=True, slots=True)
class Figures:
    """Counts over all clinics; each closed set is whole, with 0 for what there is none of."""

    received: Mapping[str, int]
    inbox_waiting: int
    messages: Mapping[str, int]
    flags_active: Mapping[str, int]
    episodes: Mapping[str, int]
    strays_open: int

    @property
    def unknown_sends(self) -> int:
        """Texts of which nobody knows whether the carrier has them."""
        return self.messages[MessageState.UNKNOWN]


async def count(tx: Transaction, gateways: Iterable[str]) -> Figures:
    """Everything counted. gateways: whose receipts' doors, one for each text, are counted as one."""
    is_receipt = inbox.c.door.like(RECEIPTS)
    received = await _grouped(tx, inbox.c.door, ~is_receipt)
    for gateway in gateways:
        door = f"sms:{gateway}:receipt"
        received[door] = await _number(tx, inbox.c.door.like(f"{door}:%"))
    return Figures(
        received,
        await _number(tx, inbox.c.outcome.is_(None)),
        _whole(MessageState, await _grouped(tx, messages.c.state)),
        _whole(Urgency, await _grouped(tx, flags.c.urgency, is_one(flags.c.state, FlagState.ACTIVE))),
        _whole(EpisodeState, await _grouped(tx, episodes.c.state)),
        await _number(tx, is_one(strays.c.state, "open")),
    )


async def _number(tx: Transaction, condition: ColumnElement[bool]) -> int:
    return int(await tx.value(select(func.count()).where(condition)))


async def _grouped(tx: Transaction, column: ColumnElement[Any], *conditions: ColumnElement[bool]) -> dict[str, int]:
    of = select(column, func.count()).where(*conditions).group_by(column)
    rows: Sequence[Any] = await tx.rows(of)
    return {str(row[0]): int(row[1]) for row in rows}


def _whole(words: type[StrEnum], counted: Mapping[str, int]) -> dict[str, int]:
    return {word.value: counted.get(word.value, 0) for word in words}
