"""What a booking system is still to be asked for: at most one question of a kind about one record."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, bindparam, delete, func, or_, select, update

from followup.store.house_tables import fetches as t

if TYPE_CHECKING:
    from datetime import datetime

    from followup.store.engine import Traits
    from followup.store.transaction import Transaction


@dataclass(frozen=True, slots=True)
class Wanted:
    """One question. `times`: how often there was news, so that news that comes while we ask is asked for again."""

    clinic: str
    source: str
    kind: str
    ref: str
    item_id: str
    is_vital: bool
    asked_at: datetime
    times: int = 1
    tries: int = 0


_NAMES = ("clinic", "source", "kind", "ref", "item_id", "is_vital", "asked_at", "times", "tries")
_NEXT = (
    select(*(t.c[name] for name in _NAMES))
    .where(or_(t.c.try_after.is_(None), t.c.try_after <= bindparam("wall")))
    .order_by(t.c.asked_at, t.c.clinic, t.c.source, t.c.kind, t.c.ref)
    .limit(1)
)


async def want(tx: Transaction, wanted: Wanted) -> None:
    """To be asked; what is to be asked already is asked once for both."""
    await tx.run(_insert(tx.traits), {name: getattr(wanted, name) for name in _NAMES} | {"error": ""})


async def take(tx: Transaction, until_wall: datetime) -> Wanted | None:
    """The oldest question that may be asked now; nobody else takes it before `until_wall`."""
    row = await tx.row(tx.locked(_NEXT, skips=True), {"wall": tx.wall()})
    if row is None:
        return None
    wanted = Wanted(*row)
    await tx.run(update(t).where(_this(wanted)).values(try_after=until_wall))
    return wanted


async def done(tx: Transaction, wanted: Wanted) -> None:
    """Answered, or given up; asked again at once where there was news since it was taken."""
    await tx.run(delete(t).where(_this(wanted), t.c.times == wanted.times))
    await tx.run(update(t).where(_this(wanted)).values(try_after=None, tries=0))


async def put_off(tx: Transaction, wanted: Wanted, until_wall: datetime, error: str) -> None:
    """To be asked again later; `error` says what went wrong, without patient data."""
    await tx.run(update(t).where(_this(wanted)).values(tries=t.c.tries + 1, try_after=until_wall, error=error))


async def waiting(tx: Transaction) -> int:
    """How many are still to be asked."""
    return int(await tx.value(select(func.count()).select_from(t)))


def _this(wanted: Wanted) -> Any:
    names = ("clinic", "source", "kind", "ref")
    return and_(*(t.c[name] == getattr(wanted, name) for name in names))


@cache
def _insert(traits: Traits) -> Any:
    insert = traits.insert(t)
    # `try_after` stays: who asks right now sees by `times` that there is news, and a system that is away stays away.
    again = {
        "times": t.c.times + 1,
        "item_id": insert.excluded.item_id,
        "is_vital": or_(t.c.is_vital, insert.excluded.is_vital),
    }
    return insert.on_conflict_do_update(index_elements=["clinic", "source", "kind", "ref"], set_=again)
