"""The inbox: what strangers sent, raw, once, until it is settled."""

from __future__ import annotations

import hashlib
import itertools
import secrets
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, or_, select, update

from followup.store.among import is_among, keys_of
from followup.store.columns import storable
from followup.store.tables import inbox

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement

    from followup.store.transaction import Transaction

LONGEST_KEY = 500
"""An index entry has its limits on PostgreSQL; a longer key is known by its digest."""


@dataclass(frozen=True, slots=True)
class NewItem:
    """What a stranger sent: `key` is the sender's name for it, `received_at` care time."""

    clinic: str
    door: str
    key: str
    body: bytes
    headers: Mapping[str, str]
    received_at: datetime


class Verdict(StrEnum):
    """Whether it was there before: the same, or something else under the same key."""

    NEW = "new"
    SAME = "same"
    CONFLICT = "conflict"


@dataclass(frozen=True, slots=True)
class Kept:
    """What became of an item: `id` is that of the first one of its key."""

    id: str
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Item:
    """A waiting item, as it came."""

    id: str
    clinic: str
    door: str
    key: str
    body: bytes
    headers: Mapping[str, str]
    received_at: datetime
    tries: int


_COLUMNS = tuple(inbox.c[name] for name in ("id", "clinic", "door", "key", "body", "headers", "received_at", "tries"))
_NEXT = (
    select(*_COLUMNS)
    .where(inbox.c.outcome.is_(None))
    .where(or_(inbox.c.try_after.is_(None), inbox.c.try_after <= bindparam("wall")))
    .order_by(inbox.c.id)
    .limit(bindparam("most"))
)
_KNOWN = select(inbox.c.id, inbox.c.door, inbox.c.key, inbox.c.digest).where(
    is_among("names", inbox.c.door, inbox.c.key)
)
_SETTLE = (
    update(inbox)
    .where(inbox.c.id == bindparam("item_id"))
    .values(outcome=bindparam("in_the_end"), settled_at=bindparam("at"))
)
_SETTLE_OF = _SETTLE.values(clinic=bindparam("of_clinic"))
_COUNTER = itertools.count()


async def put(tx: Transaction, items: Sequence[NewItem]) -> list[Kept]:
    """Keeps each item once; of two with the same key the first stands."""
    rows = [_row(item, tx.wall()) for item in items]
    # In one order everywhere, so that two processes with the same keys never wait for each other crosswise.
    ordered = sorted(rows, key=lambda row: (row["door"], row["key"], row["id"]))
    if await tx.insert(inbox, ordered, ending="ON CONFLICT (door, key) DO NOTHING") == len(rows):
        return [Kept(row["id"], Verdict.NEW) for row in rows]
    names = [(row["door"], row["key"]) for row in rows]
    first = {(row.door, row.key): row for row in await tx.rows(_KNOWN, keys_of("names", names))}
    return [_kept(row, first[row["door"], row["key"]]) for row in rows]


def _row(item: NewItem, wall: datetime) -> dict[str, Any]:
    return {
        "id": _rising_id(wall),
        "clinic": item.clinic,
        "door": item.door,
        "key": _short(item.key),
        "digest": hashlib.sha256(item.body).hexdigest(),
        "body": item.body,
        "headers": dict(item.headers),
        "received_at": item.received_at,
        "tries": 0,
        "error": "",
    }


def _rising_id(wall: datetime) -> str:
    """32 hex digits that rise with time, so that the oldest item is the one with the least id."""
    return f"{int(wall.timestamp() * 1_000_000):014x}{next(_COUNTER) & 0xFFFFFF:06x}{secrets.token_hex(6)}"


def _short(key: str) -> str:
    key = storable(key)
    return key if len(key) <= LONGEST_KEY else "sha256:" + hashlib.sha256(key.encode()).hexdigest()


def _kept(row: Mapping[str, Any], first: Any) -> Kept:
    if first.id == row["id"]:
        return Kept(first.id, Verdict.NEW)
    return Kept(first.id, Verdict.SAME if first.digest == row["digest"] else Verdict.CONFLICT)


async def take(tx: Transaction, most: int) -> list[Item]:
    """The oldest items that wait and may be tried now, locked; what others hold is skipped."""
    return [Item(*row) for row in await tx.rows(tx.locked(_NEXT, skips=True), {"wall": tx.wall(), "most": most})]


async def settle(tx: Transaction, item_id: str, outcome: str, clinic: str = "") -> None:
    """Done with; `clinic` where it became known by reading."""
    said = {"item_id": item_id, "in_the_end": outcome, "at": tx.wall()}
    tx.later(*((_SETTLE_OF, {**said, "of_clinic": clinic}) if clinic else (_SETTLE, said)))


async def postpone(tx: Transaction, item_id: str, until_wall: datetime, error: str) -> None:
    """To be tried again later; `error` says what went wrong, in a word without patient data."""
    values = {"tries": inbox.c.tries + 1, "try_after": until_wall, "error": error}
    await tx.run(update(inbox).where(inbox.c.id == item_id).values(values))


async def settled(tx: Transaction, door: str, since: datetime, after: str, limit: int) -> list[tuple[Item, str]]:
    """What came in by this door since then and was read, with what became of it, oldest first, after that id.

    Of what was emptied since (sweeping.py, whole_patient.py) the body is empty.
    """
    found = select(*_COLUMNS, inbox.c.outcome).where(inbox.c.outcome.is_not(None), inbox.c.door == door)
    found = found.where(inbox.c.received_at >= since, inbox.c.id > after).order_by(inbox.c.id).limit(limit)
    return [(Item(*row[:-1]), row[-1]) for row in await tx.rows(found)]


def ids_before(at: datetime) -> ColumnElement[bool]:
    """Whether an item was kept before then, by machine time; its id says so."""
    return inbox.c.id < _rising_id(at)


async def waiting(tx: Transaction) -> int:
    """How many items wait."""
    return int(await tx.value(select(func.count()).select_from(inbox).where(inbox.c.outcome.is_(None))))


async def oldest_waiting_at(tx: Transaction) -> datetime | None:
    """When the oldest of them came."""
    found: datetime | None = await tx.value(select(func.min(inbox.c.received_at)).where(inbox.c.outcome.is_(None)))
    return found
