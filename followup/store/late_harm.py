"""Flags of late harm, with what is known of the treatments behind them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, bindparam, or_, select

from followup.domain.clusters import LATE_HARM, Harm, shared_of
from followup.domain.flag import FlagState, Reason
from followup.store import bookings
from followup.store.columns import is_one
from followup.store.tables import episodes as e
from followup.store.tables import flags as f

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime, timedelta

    from followup.store.transaction import Transaction

_FLAGS = (
    select(f.c.id, f.c.episode_id, f.c.raised_at, f.c.state, e.c.clinic, e.c.source, e.c.patient_id, e.c.protocol_id)
    .join(e, and_(e.c.clinic == f.c.clinic, e.c.id == f.c.episode_id))
    .where(is_one(f.c.reason, Reason.ALARM_SIGN), or_(*(f.c.subject == sign for sign in LATE_HARM)))
    .where(~is_one(f.c.state, FlagState.MISTAKEN), f.c.raised_at >= bindparam("since"))
    .order_by(f.c.raised_at, f.c.id)
)


async def late_harm(
    tx: Transaction, clinics: Sequence[str] | None, since: datetime, within: Callable[[str], timedelta]
) -> list[Harm]:
    """Every such flag that was no mistake. `clinics` None: of all; `within`: of a protocol, by its id."""
    wanted = _FLAGS if clinics is None else _FLAGS.where(f.c.clinic.in_(clinics))
    rows = await tx.rows(wanted, {"since": since})
    facts = await bookings.facts_of(tx, [row.episode_id for row in rows])
    return [
        Harm(
            row.id,
            row.episode_id,
            row.clinic,
            f"{row.source} {row.patient_id}",
            row.raised_at,
            row.state is FlagState.ACTIVE,
            shared_of(facts[row.episode_id]),
            within(row.protocol_id),
        )
        for row in rows
    ]
