"""Reads what was kept, item by item; what we cannot read is tried again, then shown."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import structlog

from followup.domain.ids import derive
from followup.flows.handled import Outcome
from followup.flows.mistakes import where
from followup.flows.receive_booking import receive_booking
from followup.flows.receive_receipt import receive_receipt
from followup.flows.receive_reply import receive_reply
from followup.store import StoreUnavailableError, received, strays
from followup.store.strays import Stray

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from followup.flows.handled import Handled
    from followup.flows.services import Services
    from followup.store import Transaction
    from followup.store.received import Item

    Receive = Callable[[Services, Transaction, Item], Awaitable[Handled]]

PAUSES = (timedelta(seconds=1), timedelta(seconds=10), timedelta(minutes=1), timedelta(minutes=10))
"""Between tries of an item that we failed to read; after the last one staff see it as it came."""

_log = structlog.get_logger(__name__)


TOGETHER = 16
"""How many inputs may share a commit where there is one writer; each is still one decision about one episode."""


async def drain_inbox(services: Services) -> int:
    """Reads every item that waits; how many it read. Raises StoreUnavailableError."""
    read = 0
    while found := await _drain_some(services):
        read += found
    return read


async def _drain_some(services: Services) -> int:
    """Several in one commit where there is one writer; where one of them cannot be read, each by itself."""
    most = TOGETHER if services.store.has_one_writer else 1
    read = await _drain(services, most)
    if read is not None:
        return read
    singly = 0
    while singly < most and await _drain(services, 1):
        singly += 1
    return singly


async def _drain(services: Services, most: int) -> int | None:
    """How many were read in one transaction; None where it was rolled back and each deserves a try of its own."""
    read: list[tuple[str, str]] = []
    item: Item | None = None
    try:
        async with services.store.transaction() as tx:
            for item in await received.take(tx, most):
                handled = await _receiver(item.door)(services, tx, item)
                await received.settle(tx, item.id, handled.outcome, handled.clinic)
                read.append((item.id, handled.outcome.value))
    except StoreUnavailableError:
        raise
    except Exception as error:
        if read and most > 1:
            return None
        if item is None:
            raise
        _log.error("item_failed", item=item.id, tries=item.tries + 1, error=type(error).__qualname__, at=where(error))
        await _put_off(services, item, error)
        return 1
    for item_id, outcome in read:
        _log.info("item_read", item=item_id, outcome=outcome)
    return len(read)


def _receiver(door: str) -> Receive:
    """Which flow reads what came in by this door."""
    kind, _, rest = door.partition(":")
    if kind == "booking":
        return receive_booking
    return receive_receipt if rest.partition(":")[2].startswith("receipt:") else receive_reply


async def _put_off(services: Services, item: Item, error: Exception) -> None:
    async with services.store.transaction() as tx:
        if item.tries < len(PAUSES):
            until = services.wall() + PAUSES[item.tries]
            await received.postpone(tx, item.id, until, type(error).__qualname__)
            return
        await strays.add(tx, _as_stray(services, item))
        await received.settle(tx, item.id, Outcome.FAILED, item.clinic)


def _as_stray(services: Services, item: Item) -> Stray:
    clinics = list(services.catalogue.clinics)
    is_booking = item.door.startswith("booking:")
    return Stray(
        id=derive(item.id, "failed"),
        clinic=item.clinic or (clinics[0] if len(clinics) == 1 else ""),
        kind="booking" if is_booking else "reply",
        why="could not be read: our mistake",
        body="" if is_booking else item.body.decode("utf-8", "replace"),
        phone="",
        at=item.received_at,
        source=item.door.removeprefix("booking:") if is_booking else "",
        booking_id="",
        item_id=item.id,
    )
