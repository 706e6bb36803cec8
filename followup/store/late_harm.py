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
    select(f.c.id, e.c.id, e.c.clinic, e.c.source, e.c.booking_id, e.c.patient_id, e.c.protocol_id)
    .add_columns(f.c.raised_at, f.c.state)
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
    found = []
    for flag_id, episode_id, clinic, source, booking, patient, protocol, at, state in await tx.rows(
        wanted, {"since": since}
    ):
        facts = [
            *await bookings.facts(tx, clinic, source, booking, patient),
            *await bookings.facts(tx, clinic, source, booking, ""),
        ]
        is_open = state is FlagState.ACTIVE
        whose = f"{source} {patient}"
        found.append(Harm(flag_id, episode_id, clinic, whose, at, is_open, shared_of(facts), within(protocol)))
    return found
