"""The journal: a line for everything that happened, in order, sealed so that a change of it shows."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, insert, select, update

from followup.store.columns import canonical
from followup.store.engine import next_number
from followup.store.house_tables import journal, journal_heads

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Insert, Row

    from followup.store.engine import Traits
    from followup.store.transaction import Transaction

SALT = 32
"""Characters before a body's JSON that nobody can guess: once both are erased, the digest tells nothing of them."""
AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class JournalLine:
    """One line; its body is empty where it was erased."""

    seq: int
    at: datetime
    event: str
    body: Mapping[str, Any]
    who: str
    cause: str


@dataclass(frozen=True, slots=True)
class Verification:
    """What a reading of the whole journal found. `broken`: lines that were changed, moved, or follow one that is gone.

    missing: how many sealed lines are gone from the ends. heads: each clinic's last seal, to be compared with a copy
    that is kept elsewhere.
    """

    lines: int
    unsealed: int
    broken: tuple[int, ...]
    missing: int
    heads: Mapping[str, str]

    @property
    def is_intact(self) -> bool:
        """Whether nothing was found."""
        return not self.broken and not self.missing


_SEALED = ("seq", "clinic", "episode_id", "at", "event", "who", "cause", "body_digest")
_COLUMNS = tuple(journal.c[name] for name in (*_SEALED, "body", "position", "seal"))
_UNSEALED = (
    select(*_COLUMNS)
    .where(journal.c.clinic == bindparam("of"), journal.c.position.is_(None))
    .order_by(journal.c.seq)
    .limit(AT_ONCE)
)
_IN_ORDER = (
    select(*_COLUMNS)
    .where(journal.c.clinic == bindparam("of"), journal.c.position.is_not(None))
    .order_by(journal.c.position)
)
_SET_SEAL = (
    update(journal)
    .where(journal.c.clinic == bindparam("of"), journal.c.seq == bindparam("number"))
    .values(position=bindparam("new_position"), seal=bindparam("new_seal"))
)


async def note(
    tx: Transaction,
    clinic: str,
    episode_id: str,
    event: str,
    body: Mapping[str, Any],
    *,
    at: datetime,
    who: str = "",
    cause: str = "",
) -> None:
    """Writes one line, with the transaction it belongs to."""
    write(tx, clinic, episode_id, event, body, at=at, who=who, cause=cause)


def write(
    tx: Transaction,
    clinic: str,
    episode_id: str,
    event: str,
    body: Mapping[str, Any],
    *,
    at: datetime,
    who: str,
    cause: str,
) -> None:
    """The same for a caller that does not wait."""
    said = secrets.token_hex(SALT // 2) + canonical(body)
    row = {"clinic": clinic, "episode_id": episode_id, "event": event, "body": said, "body_digest": _digest(said)}
    tx.later(_insert(tx.traits), {**row, "at": at, "who": who, "cause": cause})


@cache
def _insert(traits: Traits) -> Insert:
    return insert(journal).values(seq=next_number(traits))


def read_body(said: str | None) -> dict[str, Any]:
    """A body as it was noted; empty where it was erased."""
    body: dict[str, Any] = json.loads(said[SALT:]) if said else {}
    return body


async def lines_of(tx: Transaction, clinic: str, episode_ids: Sequence[str]) -> list[JournalLine]:
    """Every line about these episodes, in order."""
    wanted = (journal.c.seq, journal.c.at, journal.c.event, journal.c.body, journal.c.who, journal.c.cause)
    found = select(*wanted).where(journal.c.clinic == clinic, journal.c.episode_id.in_(episode_ids))
    rows = await tx.rows(found.order_by(journal.c.seq))
    return [JournalLine(seq, at, event, read_body(body), who, cause) for seq, at, event, body, who, cause in rows]


async def seal(tx: Transaction) -> int:
    """Chains the lines that are new, each clinic's in a chain of its own, and says how many they were."""
    clinics = await tx.rows(select(journal.c.clinic).where(journal.c.position.is_(None)).distinct())
    # In one order everywhere: two workers that seal at once wait for each other, never crosswise.
    return sum([await _seal_clinic(tx, clinic) for (clinic,) in sorted(clinics)])


async def _seal_clinic(tx: Transaction, clinic: str) -> int:
    nothing = {"clinic": clinic, "position": 0, "seal": ""}
    await tx.run(tx.traits.insert(journal_heads).values(nothing).on_conflict_do_nothing())
    head = select(journal_heads.c.position, journal_heads.c.seal).where(journal_heads.c.clinic == clinic)
    [(position, previous)] = await tx.rows(tx.locked(head))
    lines = await tx.rows(_UNSEALED, {"of": clinic})
    for position, line in enumerate(lines, position + 1):  # noqa: B020 - it goes on from the head's
        previous = _seal(tx.journal_key, previous, position, line)
        tx.later(_SET_SEAL, {"of": clinic, "number": line.seq, "new_position": position, "new_seal": previous})
    moved = {"position": position, "seal": previous}
    await tx.run(update(journal_heads).where(journal_heads.c.clinic == clinic).values(moved))
    return len(lines)


async def verify(tx: Transaction) -> Verification:
    """Reads the whole journal and finds what was changed, moved or taken away after it was sealed."""
    heads = await tx.rows(select(journal_heads.c.clinic, journal_heads.c.position, journal_heads.c.seal))
    broken: list[int] = []
    lines = missing = 0
    for clinic, position, last in heads:
        chain = _Chain(tx.journal_key)
        broken += [line.seq async for line in tx.stream(_IN_ORDER, {"of": clinic}) if not chain.holds(line)]
        lines += chain.lines
        missing += max(0, position - chain.position) or int(chain.previous != last)
    unsealed = await tx.rows(select(*_COLUMNS).where(journal.c.position.is_(None)))
    broken.extend(line.seq for line in unsealed if not _has_its_body(line))
    return Verification(
        lines + len(unsealed),
        len(unsealed),
        tuple(sorted(broken)),
        missing,
        {clinic: last for clinic, _, last in heads},
    )


class _Chain:
    """Where a reader of one clinic's lines stands."""

    def __init__(self, key: bytes) -> None:
        self.key = key
        self.lines = self.position = 0
        self.previous = ""

    def holds(self, line: Row[Any]) -> bool:
        """Whether the line is the next one, as it was sealed. The reader goes on from the seal that stands there."""
        is_next = line.position == self.position + 1
        is_sealed = hmac.compare_digest(_seal(self.key, self.previous, line.position, line), line.seal or "")
        self.lines += 1
        self.position, self.previous = line.position, line.seal or ""
        return is_next and is_sealed and _has_its_body(line)


def _has_its_body(line: Row[Any]) -> bool:
    return line.body is None or hmac.compare_digest(_digest(line.body), line.body_digest)


def _digest(said: str) -> str:
    return hashlib.sha256(said.encode()).hexdigest()


def _seal(key: bytes, previous: str, position: int, line: Row[Any]) -> str:
    said = [position, *(line.at.isoformat() if name == "at" else getattr(line, name) for name in _SEALED)]
    return hmac.new(key, (previous + canonical(said)).encode(), "sha256").hexdigest()
