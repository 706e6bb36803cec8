"""Which flags to look at for whom to tell, and the outbox of what staff are told off-screen."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, bindparam, delete, func, or_, select, update

from followup.domain.notifying import Notice, NoticeState
from followup.domain.understanding.values import Urgency
from followup.store.columns import is_one
from followup.store.house_tables import notices as n
from followup.store.house_tables import notify_starts as s
from followup.store.rows import FLAG, Shape
from followup.store.tables import flags as f

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from followup.domain.flag import Flag
    from followup.store.engine import Traits
    from followup.store.transaction import Transaction

_NOTICE = Shape(Notice, n)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A flag to look at, and the notices about it that there are."""

    flag: Flag
    episode_id: str
    known: tuple[Notice, ...]


@dataclass(frozen=True, slots=True)
class Claimable:
    """A notice whose turn has come, and the flag it is about as it stands now."""

    notice: Notice
    flag: Flag


# Other names than the columns have: in an UPDATE those are for what is written.
_ID = and_(f.c.clinic == bindparam("of_clinic"), f.c.id == bindparam("of_flag"))
_TO_LOOK_AT = (
    select(f.c.id)
    .where(
        f.c.clinic == bindparam("clinic"),
        f.c.waits_since.is_not(None),
        or_(
            f.c.looked_since.is_(None),
            f.c.looked_since != f.c.waits_since,
            f.c.looked_by.not_in([bindparam("rules"), bindparam("aside")]),
            f.c.look_at <= bindparam("now"),
            # It waited before anybody was to be told, and something has happened to it since.
            and_(f.c.looked_by == bindparam("aside"), f.c.last_raised_at >= bindparam("newest")),
        ),
    )
    .order_by(f.c.rank, f.c.waits_since, f.c.id)
    .limit(bindparam("most"))
)
_FLAG = select(*FLAG.columns, f.c.episode_id).where(_ID)
_LOOKED = (
    update(f)
    .where(_ID)
    .values(looked_since=bindparam("since"), looked_by=bindparam("rules"), look_at=bindparam("next_look"))
)
_OF_FLAG = select(*_NOTICE.columns).where(n.c.clinic == bindparam("of_clinic"), n.c.flag_id == bindparam("of_flag"))
_DUE = and_(
    is_one(n.c.state, NoticeState.DUE),
    n.c.due_at <= bindparam("now"),
    or_(n.c.hands_off_until.is_(None), n.c.hands_off_until <= bindparam("wall")),
)
_CLAIMABLE = (
    select(*_NOTICE.columns, *(column.label(f"flag_{column.name}") for column in FLAG.columns))
    .select_from(n)
    .join(f, and_(f.c.clinic == n.c.clinic, f.c.id == n.c.flag_id))
    .where(_DUE)
    .order_by(n.c.due_at, n.c.id)
    .limit(bindparam("most"))
)
_STARTS = select(s.c.clinic, s.c.urgency, s.c.at)
_BEFORE = (
    select(f.c.id)
    .where(f.c.clinic == bindparam("of_clinic"), f.c.rank == bindparam("of_rank"))
    .where(f.c.waits_since < bindparam("now"), f.c.last_raised_at < bindparam("now"))
    .order_by(f.c.waits_since, f.c.id)
)
_IS_ANY_DUE = select(n.c.id).where(_DUE).limit(1)


async def to_look_at(
    tx: Transaction, clinic: str, rules: str, now: datetime, most: int, newest: datetime | None = None
) -> Sequence[str]:
    """Flags nobody deals with and whose time has come, or that nobody looked at under these rules; urgent first.

    newest: when the clinic last began to have somebody told of another urgency.
    """
    asked = {"clinic": clinic, "rules": rules, "aside": aside(rules), "newest": newest or now, "now": now, "most": most}
    return [row.id for row in await tx.rows(_TO_LOOK_AT, asked)]


def aside(rules: str) -> str:
    """What a flag is looked at by that is older than the rules."""
    return f"{rules}, older"


async def starts(tx: Transaction) -> dict[str, dict[str, datetime]]:
    """Since when each clinic has somebody told, by urgency."""
    found: dict[str, dict[str, datetime]] = {}
    for clinic, urgency, at in await tx.rows(_STARTS):
        found.setdefault(clinic, {})[urgency] = at
    return found


async def begin(tx: Transaction, clinic: str, urgency: str, now: datetime) -> bool:
    """From now on somebody is told of such flags; False where that is so already."""
    values = {"clinic": clinic, "urgency": urgency, "at": now}
    return await tx.run(tx.traits.insert(s).values(values).on_conflict_do_nothing()) == 1


async def end(tx: Transaction, clinic: str, urgency: str) -> None:
    """Nobody is told of such flags any more."""
    await tx.run(delete(s).where(s.c.clinic == clinic, s.c.urgency == urgency))


async def waiting_before(tx: Transaction, clinic: str, urgency: str, now: datetime) -> tuple[int, str]:
    """How many flags of this urgency nobody dealt with before now, and the one that has waited longest ("": none)."""
    rows = await tx.rows(_BEFORE, {"of_clinic": clinic, "of_rank": Urgency(urgency).rank, "now": now})
    return (len(rows), rows[0].id) if rows else (0, "")


async def waiting(tx: Transaction, clinic: str, flag_id: str) -> Waiting | None:
    """The flag, locked; None where somebody else has it just now."""
    who = {"of_clinic": clinic, "of_flag": flag_id}
    row = await tx.row(tx.locked(_FLAG, skips=True), who)
    if row is None:
        return None
    known = await tx.rows(_OF_FLAG, who)
    return Waiting(FLAG.value(row), row.episode_id, tuple(map(_NOTICE.value, known)))


async def looked(
    tx: Transaction, clinic: str, flag_id: str, *, since: datetime | None, rules: str, look_at: datetime | None
) -> None:
    """The flag was looked at for this wait and under these rules, and has to be again at `look_at`."""
    await tx.run(
        _LOOKED, {"of_clinic": clinic, "of_flag": flag_id, "since": since, "rules": rules, "next_look": look_at}
    )


async def save(tx: Transaction, notices: Sequence[Notice]) -> None:
    """Writes new notices and changed ones."""
    for notice in notices:
        await tx.run(_upsert(tx.traits), _NOTICE.row(notice))


async def is_any_due(tx: Transaction, now: datetime) -> bool:
    """Whether a notice's turn has come."""
    return await tx.row(_IS_ANY_DUE, {"now": now, "wall": tx.wall()}) is not None


async def claimable(tx: Transaction, now: datetime, most: int) -> list[Claimable]:
    """Notices whose turn has come, the oldest first; locked, and those that somebody else has left out."""
    rows = await tx.rows(tx.locked(_CLAIMABLE, of=n, skips=True), {"now": now, "wall": tx.wall(), "most": most})
    return [Claimable(_NOTICE.value(row), FLAG.value(row, start=len(_NOTICE.columns))) for row in rows]


async def load(tx: Transaction, clinic: str, notice_id: str) -> Notice | None:
    """The notice, locked."""
    found = select(*_NOTICE.columns).where(n.c.clinic == clinic, n.c.id == notice_id)
    row = await tx.row(tx.locked(found))
    return _NOTICE.value(row) if row else None


async def stuck(tx: Transaction, tries: int) -> int:
    """How many notices were tried so often, and still are to be told."""
    found = select(func.count()).select_from(n).where(is_one(n.c.state, NoticeState.DUE), n.c.tries >= tries)
    return int(await tx.value(found))


@cache
def _upsert(traits: Traits) -> Any:
    insert = traits.insert(n)
    again = {name: insert.excluded[name] for name in ("state", "tries", "hands_off_until", "settled_at", "why")}
    return insert.on_conflict_do_update(index_elements=["clinic", "id"], set_=again)
