"""The pulse: when a worker last did its round, by machine time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from followup.store.house_tables import beats

if TYPE_CHECKING:
    from datetime import datetime

    from followup.store.transaction import Transaction

RESTORED, TAKEN = "restored", "backup taken"
"""When a backup was put back, and when that backup was taken: for whoever has to ask what came in between."""
COPIED = "backup"
"""When the newest copy of this database was made that we know of."""


async def beat(tx: Transaction, name: str, at: datetime) -> None:
    """`name` is alive; several processes may say so under one name."""
    insert = tx.traits.insert(beats).values(name=name, at=at)
    newer = insert.excluded.at
    statement = insert.on_conflict_do_update(index_elements=["name"], set_={"at": newer}, where=beats.c.at < newer)
    await tx.run(statement)


async def last(tx: Transaction, name: str) -> datetime | None:
    """When it last said so; None for never."""
    found: datetime | None = await tx.value(select(beats.c.at).where(beats.c.name == name))
    return found
