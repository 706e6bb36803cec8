"""Reads kept calls of a booking system once more: after an adapter was mended, or a service got its protocol."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from followup.flows.receive_booking import receive_booking
from followup.store import received

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from datetime import datetime

    from followup.flows.handled import Handled
    from followup.flows.services import Services
    from followup.store import Transaction
    from followup.store.received import Item

PAGE = 100
NOT_KEPT = "no longer kept"
"""What would become now of a call that was emptied since: nobody can say."""


@dataclass(frozen=True, slots=True)
class Replayed:
    """One call: what became of it then, and what would, or did, now."""

    item_id: str
    received_at: datetime
    was: str
    now: str


class _UndoneError(Exception):
    """Takes back all that a dry run did."""


async def replay_bookings(services: Services, source: str, since: datetime, *, is_dry: bool) -> AsyncIterator[Replayed]:
    """Each kept call of this source since then, read again in its order; a dry run leaves nothing behind.

    What is known already changes nothing, and ids follow from what they name: nobody is texted twice. A call that was
    emptied, after its time or since its patient was erased, is named and not read.
    """
    after = ""
    while True:
        async with services.store.reading() as tx:
            page = await received.settled(tx, f"booking:{source}", since, after, PAGE)
        for item, was in page:
            now = await _read(services, item, is_dry=is_dry) if item.body else NOT_KEPT
            yield Replayed(item.id, item.received_at, was, now)
            after = item.id
        if len(page) < PAGE:
            return


async def _read(services: Services, item: Item, *, is_dry: bool) -> str:
    with suppress(_UndoneError):
        async with services.store.transaction() as tx:
            handled = await receive_booking(services, tx, item, is_again=True)
            await _end(tx, item, handled, is_dry=is_dry)
    return handled.outcome.value


async def _end(tx: Transaction, item: Item, handled: Handled, *, is_dry: bool) -> None:
    if is_dry:
        raise _UndoneError
    await received.settle(tx, item.id, handled.outcome, handled.clinic)
