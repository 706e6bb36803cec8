"""The second factor of an account: its secret, sealed by whoever hands it in, and what was used of it. Machine time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import delete, select, update

from followup.store.house_tables import account_extras as x

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from followup.store.transaction import Transaction


@dataclass(frozen=True, slots=True)
class Factor:
    """confirmed_at: when its owner proved to have it, None while it is only offered; last_step: of the last code."""

    account_id: str
    sealed_secret: str
    confirmed_at: datetime | None
    last_step: int
    recovery_hashes: Sequence[str]


async def factor(tx: Transaction, account_id: str) -> Factor | None:
    """The account's second factor, offered or in use; locked."""
    found = select(x.c.account_id, x.c.sealed_secret, x.c.confirmed_at, x.c.last_step, x.c.recovery_hashes)
    row = await tx.row(tx.locked(found.where(x.c.account_id == account_id)))
    return Factor(*row) if row else None


async def offer(tx: Transaction, account_id: str, sealed_secret: str) -> None:
    """A new secret for an account that has none in use; an earlier offer is void."""
    await tx.run(delete(x).where(x.c.account_id == account_id, x.c.confirmed_at.is_(None)))
    row = {"account_id": account_id, "sealed_secret": sealed_secret, "last_step": 0, "recovery_hashes": []}
    await tx.run(tx.traits.insert(x).values(**row).on_conflict_do_nothing())


async def confirm(tx: Transaction, account_id: str, at: datetime, step: int, recovery_hashes: Sequence[str]) -> None:
    """Its owner has it: from here on it is asked for."""
    changed = {"confirmed_at": at, "last_step": step, "recovery_hashes": list(recovery_hashes)}
    await tx.run(update(x).where(x.c.account_id == account_id).values(**changed))


async def note_step(tx: Transaction, account_id: str, step: int) -> bool:
    """A code was used; False where that one, or a later one, was used before."""
    return await tx.run(update(x).where(x.c.account_id == account_id, x.c.last_step < step).values(last_step=step)) == 1


async def keep_recovery(tx: Transaction, account_id: str, recovery_hashes: Sequence[str]) -> None:
    """The recovery codes that are left."""
    await tx.run(update(x).where(x.c.account_id == account_id).values(recovery_hashes=list(recovery_hashes)))


async def remove(tx: Transaction, account_id: str) -> None:
    """The account is without one."""
    await tx.run(delete(x).where(x.c.account_id == account_id))
