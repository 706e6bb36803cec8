"""What a database says of itself: its version, how it writes, its clock, its schema."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, literal_column, select, table

from followup.store.engine import SQLITE
from followup.store.errors import SchemaError
from followup.store.house_tables import journal
from followup.store.schema import VERSION_TABLE, revisions

if TYPE_CHECKING:
    from datetime import datetime

    from followup.store.engine import EngineName
    from followup.store.transaction import Transaction

_SYNCHRONOUS = {0: "off", 1: "normal", 2: "full", 3: "extra"}


@dataclass(frozen=True, slots=True)
class Condition:
    """One engine. journal_mode, synchronous: SQLite's; now: the clock of a database on another machine."""

    engine: EngineName
    version: str
    journal_mode: str = ""
    synchronous: str = ""
    now: datetime | None = None

    @property
    def numbers(self) -> tuple[int, ...]:
        """The version as numbers that compare."""
        return tuple(int(part) for part in re.findall(r"\d+", self.version)[:3])


async def condition_of(tx: Transaction) -> Condition:
    """What this transaction's database says of itself."""
    if tx.traits is SQLITE:
        version = await tx.value(select(func.sqlite_version()))
        mode = await _pragma(tx, "journal_mode")
        return Condition("sqlite", str(version), str(mode), _SYNCHRONOUS.get(int(await _pragma(tx, "synchronous")), ""))
    version, now = await tx.value(select(func.version())), await tx.value(select(func.clock_timestamp()))
    return Condition("postgresql", str(version).removeprefix("PostgreSQL ").partition(" ")[0], now=now)


async def damage_of(tx: Transaction) -> str:
    """What is broken in a SQLite file, "" where nothing is. PostgreSQL looks after itself."""
    if tx.traits is not SQLITE:
        return ""
    # One fault is enough to know, and the walk ends there.
    said = await tx.value(select(literal_column("quick_check")).select_from(func.pragma_quick_check(1)))
    return "" if said == "ok" else str(said)


async def _pragma(tx: Transaction, name: str) -> str:
    return str(await tx.value(select(literal_column(name)).select_from(table(f"pragma_{name}"))))


async def verify_schema(tx: Transaction) -> None:
    """SchemaError where the schema changed under this process: a newer version migrated it."""
    said = await tx.value(select(literal_column("version_num")).select_from(table(VERSION_TABLE)))
    known = revisions()
    if said != known[-1]:
        raise SchemaError("the database's schema is not this followup's any more", is_newer=said not in known)


async def unsealed(tx: Transaction) -> int:
    """How many lines of the journal wait for their seal."""
    return int(await tx.value(select(func.count()).select_from(journal).where(journal.c.position.is_(None))))
