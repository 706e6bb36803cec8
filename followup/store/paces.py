"""How much each sender may hand over now: one row for all processes, held only until its claim commits."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, select

from followup.store.house_tables import paces as t

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

    from followup.store.engine import Traits
    from followup.store.transaction import Transaction


@dataclass(frozen=True, slots=True)
class Bucket:
    """What was left at some instant."""

    tokens: float
    at: datetime


_ALL = select(t.c.sender, t.c.tokens, t.c.at).where(t.c.sender.in_(bindparam("senders", expanding=True)))
_IN_TURN = _ALL.order_by(t.c.sender)


async def load(tx: Transaction, senders: Collection[str]) -> dict[str, Bucket]:
    """What each of these has left, as far as it was ever noted; nobody waits for anybody."""
    return await _load(tx, _ALL, senders)


async def take(tx: Transaction, senders: Collection[str]) -> dict[str, Bucket]:
    """The same, for this transaction to change: others wait, in one order and so never crosswise."""
    return await _load(tx, tx.locked(_IN_TURN), senders)


async def _load(tx: Transaction, statement: Any, senders: Collection[str]) -> dict[str, Bucket]:
    if not senders:
        return {}
    rows = await tx.rows(statement, {"senders": sorted(senders)})
    return {sender: Bucket(tokens, at) for sender, tokens, at in rows}


async def begin(tx: Transaction, buckets: Mapping[str, Bucket]) -> None:
    """These senders' first; where somebody else was quicker, his counts."""
    rows = [_row(sender, bucket) for sender, bucket in sorted(buckets.items())]
    for row in rows:
        await tx.run(tx.traits.insert(t).values(row).on_conflict_do_nothing())


def save(tx: Transaction, buckets: Mapping[str, Bucket]) -> None:
    """What these senders have left now."""
    for sender, bucket in sorted(buckets.items()):
        tx.later(_saving(tx.traits), _row(sender, bucket))


def _row(sender: str, bucket: Bucket) -> dict[str, Any]:
    return {"sender": sender, "tokens": bucket.tokens, "at": bucket.at}


@cache
def _saving(traits: Traits) -> Any:
    insert = traits.insert(t)
    now = {"tokens": insert.excluded.tokens, "at": insert.excluded.at}
    return insert.on_conflict_do_update(index_elements=["sender"], set_=now)
