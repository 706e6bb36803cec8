"""The pulse: when a worker last did its round, by machine time."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select

from followup.store.house_tables import beats

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Insert

    from followup.store.engine import Traits
    from followup.store.transaction import Transaction

RESTORED, TAKEN = "restored", "backup taken"
"""When a backup was put back, and when that backup was taken: for whoever has to ask what came in between."""
COPIED = "backup"
"""When the newest copy of this database was made that we know of."""

_LAST = select(beats.c.at).where(beats.c.name == bindparam("named"))


async def beat(tx: Transaction, name: str, at: datetime) -> None:
    """`name` is alive; several processes may say so under one name."""
    await tx.run(_beating(tx.traits), {"named": name, "then": at})


@cache
def _beating(traits: Traits) -> Insert:
    insert = traits.insert(beats).values(name=bindparam("named"), at=bindparam("then"))
    newer = insert.excluded.at
    made: Insert = insert.on_conflict_do_update(index_elements=["name"], set_={"at": newer}, where=beats.c.at < newer)
    return made


async def last(tx: Transaction, name: str) -> datetime | None:
    """When it last said so; None for never."""
    found: datetime | None = await tx.value(_LAST, {"named": name})
    return found
