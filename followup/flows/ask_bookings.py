"""Notes what a booking system is to be asked for, in the transaction that reads its call; the asking comes later."""

from __future__ import annotations

from typing import TYPE_CHECKING

from followup.bookings import Fetching
from followup.domain.ids import derive
from followup.store import fetches, strays
from followup.store.fetches import Wanted
from followup.store.strays import Stray

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from followup.bookings import Fetch
    from followup.domain.clinic import BookingSource, Clinic
    from followup.flows.services import Services
    from followup.store import Transaction

NOT_FETCHED = "details could not be fetched"


def can_ask(services: Services, source: BookingSource) -> str:
    """Why this source cannot be asked for anything; "" where it can."""
    if not isinstance(services.adapters[source.adapter], Fetching):
        return "there is nothing to ask"
    return "" if source.api_key else "the source has no api_key"


async def ask_for(
    services: Services,
    tx: Transaction,
    clinic: Clinic,
    source: BookingSource,
    wanted: Sequence[Fetch],
    item_id: str,
    now: datetime,
) -> None:
    """Each is asked for soon. Where that cannot be, staff hear of what we cannot do without."""
    why = can_ask(services, source)
    for each in wanted:
        one = Wanted(clinic.id, source.source, each.kind, each.id, item_id, each.is_vital, now)
        if not why:
            await fetches.want(tx, one)
        elif each.is_vital:
            await show(tx, one, why, now)


async def show(tx: Transaction, wanted: Wanted, why: str, now: datetime) -> None:
    """Staff hear that nothing could be found out; once for each call that wanted it."""
    await strays.add(
        tx,
        Stray(
            id=derive(wanted.clinic, wanted.source, wanted.kind, wanted.ref, wanted.item_id, "not fetched"),
            clinic=wanted.clinic,
            kind="booking",
            why=f"{NOT_FETCHED}: {why}",
            body="",
            phone="",
            at=now,
            source=wanted.source,
            booking_id=wanted.ref,
            item_id=wanted.item_id,
        ),
    )
