"""What leads read: the journal of everybody, and what a stretch of time came to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, select

from followup.domain.care_figures import Asked, Raised
from followup.store.columns import is_one
from followup.store.cursors import before, one_page, read_cursor
from followup.store.house_tables import journal as j
from followup.store.journal import read_body
from followup.store.tables import check_ins, episodes, flags

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Select

    from followup.store.transaction import Transaction


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the journal, whoever's episode it is about."""

    seq: int
    clinic: str
    episode_id: str
    at: datetime
    event: str
    who: str
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which lines. clinics: None for all; who: an e-mail, "" for anybody; is_staff: only what people did."""

    clinics: tuple[str, ...] | None
    who: str = ""
    event: str = ""
    is_staff: bool = True


async def lines(tx: Transaction, wanted: Wanted, *, cursor: str | None, limit: int) -> tuple[list[Line], str | None]:
    """The lines wanted, newest first, and the cursor of the next page."""
    found = select(j.c.seq, j.c.clinic, j.c.episode_id, j.c.at, j.c.event, j.c.who, j.c.body)
    if wanted.clinics is not None:
        found = found.where(j.c.clinic.in_(wanted.clinics))
    if wanted.who:
        found = found.where(j.c.who == wanted.who)
    elif wanted.is_staff:
        found = found.where(j.c.who != "")
    if wanted.event:
        found = found.where(j.c.event == wanted.event)
    if cursor is not None:
        found = found.where(before((j.c.seq,), read_cursor(cursor, int)))
    rows = await tx.rows(found.order_by(j.c.seq.desc()).limit(limit + 1))
    return one_page([_line(row) for row in rows], limit, lambda line: (line.seq,))


def _line(row: Any) -> Line:
    return Line(row.seq, row.clinic, row.episode_id, row.at, row.event, row.who, read_body(row.body))


_OF_EPISODE = and_(episodes.c.clinic == check_ins.c.clinic, episodes.c.id == check_ins.c.episode_id)
_ASKED = select(episodes.c.protocol_id, check_ins.c.asked_at, check_ins.c.answered_at).join(episodes, _OF_EPISODE)
_FLAGGED = and_(episodes.c.clinic == flags.c.clinic, episodes.c.id == flags.c.episode_id)
_RAISED = select(
    episodes.c.protocol_id,
    flags.c.reason,
    flags.c.urgency,
    flags.c.raised_at,
    flags.c.acknowledged_at,
    flags.c.closed_at,
    flags.c.outcome,
    flags.c.clinic,
).join(episodes, _FLAGGED)


async def asked(tx: Transaction, clinics: Sequence[str] | None, since: datetime) -> list[Asked]:
    """The check-ins asked since then."""
    rows = await tx.rows(_of(_ASKED.where(check_ins.c.asked_at >= since), check_ins.c.clinic, clinics))
    return [Asked(*row) for row in rows]


async def raised(tx: Transaction, clinics: Sequence[str] | None, since: datetime) -> list[Raised]:
    """The flags raised since then."""
    rows = await tx.rows(_of(_RAISED.where(flags.c.raised_at >= since), flags.c.clinic, clinics))
    return [Raised(*row) for row in rows]


async def closed_ids(tx: Transaction, clinics: Sequence[str] | None, since: datetime, limit: int) -> list[str]:
    """The flags closed since then, the last one first."""
    is_closed = ~is_one(flags.c.state, "active")
    found = _of(select(flags.c.id).where(is_closed, flags.c.closed_at >= since), flags.c.clinic, clinics)
    return [row[0] for row in await tx.rows(found.order_by(flags.c.closed_at.desc()).limit(limit))]


def _of(found: Select[Any], clinic: ColumnElement[str], clinics: Sequence[str] | None) -> Select[Any]:
    return found if clinics is None else found.where(clinic.in_(clinics))
