"""How long symptoms were there, as far as patients said so: one row for each symptom of each episode."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import and_, case, func, or_, select

from followup.domain.understanding.values import Severity
from followup.store.columns import is_one
from followup.store.tables import episodes as e
from followup.store.tables import reports as r

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from followup.store.transaction import Transaction


@dataclass(frozen=True, slots=True)
class Course:
    """One symptom of one episode: last reported as there, and first without it from then on; None for never."""

    protocol_id: str
    symptom: str
    treated_until: datetime
    there_at: datetime | None
    gone_at: datetime | None


_IS_GONE = is_one(r.c.severity, Severity.NONE)
# As triage takes it: a trend without a degree means that it is there.
_IS_THERE = or_(and_(r.c.severity.is_not(None), ~_IS_GONE), and_(r.c.severity.is_(None), r.c.trend.is_not(None)))
_EACH = (r.c.clinic, r.c.episode_id, r.c.symptom)


async def courses(tx: Transaction, clinics: Sequence[str] | None, since: datetime) -> list[Course]:
    """Of every symptom that was reported, there or not, after treatments since then. clinics: None for all."""
    there_at = func.max(case((_IS_THERE, r.c.reported_at))).over(partition_by=_EACH).label("there_at")
    of_episode = and_(e.c.clinic == r.c.clinic, e.c.id == r.c.episode_id)
    told = (
        select(*_EACH, e.c.protocol_id, e.c.treated_until, r.c.reported_at, _IS_GONE.label("is_gone"), there_at)
        .join(e, of_episode)
        .where(e.c.treated_until >= since, r.c.reported_at > e.c.treated_until, or_(_IS_GONE, _IS_THERE))
    )
    if clinics is not None:
        told = told.where(r.c.clinic.in_(clinics))
    t = told.subquery().c
    is_after = and_(t.is_gone, or_(t.there_at.is_(None), t.reported_at > t.there_at))
    gone_at = func.min(case((is_after, t.reported_at)))
    found = select(t.protocol_id, t.symptom, t.treated_until, func.max(t.there_at), gone_at)
    by = (t.clinic, t.episode_id, t.protocol_id, t.treated_until, t.symptom)
    return [Course(*row) for row in await tx.rows(found.group_by(*by))]
