"""Asks booking systems what their events only named: outside any transaction, again with pauses, then it is staff's."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, cast

import structlog

from followup.bookings import Fetch, FetchFailedError, QuarantinedError
from followup.bookings.http_client import open_client
from followup.flows.ask_bookings import can_ask, show
from followup.flows.booking_setting import setting_of
from followup.flows.mistakes import where
from followup.flows.receive_booking import apply_facts
from followup.store import fetches

if TYPE_CHECKING:
    from collections.abc import Sequence

    from followup.bookings import Fetching
    from followup.domain.clinic import BookingSource, Clinic
    from followup.domain.inputs import Booking
    from followup.flows.services import Services
    from followup.store.fetches import Wanted

AT_ONCE = 8
MAX_SECONDS = 30
"""For all questions that one record needs."""
LEASE = timedelta(seconds=60)
"""A question that was taken and never settled is asked again after this: the process that asked is gone."""
PAUSES = tuple(timedelta(seconds=seconds) for seconds in (10, 60, 300, 1800, 7200))

_log = structlog.get_logger(__name__)


async def fetch_bookings(services: Services) -> int:
    """Asks everything that may be asked now; how many questions were. Raises StoreUnavailableError."""
    asked = 0
    while batch := await _take_some(services):
        await asyncio.gather(*(_ask(services, each) for each in batch))
        asked += len(batch)
    return asked


async def _take_some(services: Services) -> list[Wanted]:
    taken: list[Wanted] = []
    async with services.store.transaction() as tx:
        until = services.wall() + LEASE
        while len(taken) < AT_ONCE and (wanted := await fetches.take(tx, until)):
            taken.append(wanted)
    return taken


async def _ask(services: Services, wanted: Wanted) -> None:
    found = services.catalogue.source(wanted.source)
    if found is None or (why := can_ask(services, found[1])):
        await _give_up(services, wanted, why if found else "its source is no longer in the configuration")
        return
    try:
        async with asyncio.timeout(MAX_SECONDS):
            facts = await _answer(services, *found, Fetch(wanted.kind, wanted.ref, is_vital=wanted.is_vital))
    except FetchFailedError as error:
        await _failed(services, wanted, str(error), is_final=error.is_final)
    except QuarantinedError as error:
        await _failed(services, wanted, f"its answer could not be read: {error}", is_final=True)
    except TimeoutError:
        await _failed(services, wanted, "it did not answer in time")
    except Exception as error:  # noqa: BLE001 - an adapter's mistake must not stop the others; its text may quote a patient
        _log.error("fetch_failed", source=wanted.source, error=type(error).__qualname__, at=where(error))
        await _failed(services, wanted, "its answer could not be read: our mistake")
    else:
        await _keep(services, *found, wanted, facts)


async def _answer(services: Services, clinic: Clinic, source: BookingSource, wanted: Fetch) -> Sequence[Booking]:
    adapter = cast("Fetching", services.adapters[source.adapter])
    setting, asked_at = setting_of(services.public_url, clinic, source), services.clock()
    credentials = adapter.credentials(source.api_key)
    async with open_client(source.api_url or adapter.api_url, credentials, setting, asked_at) as client:
        return await adapter.fetch(wanted, client)


async def _keep(
    services: Services, clinic: Clinic, source: BookingSource, wanted: Wanted, facts: Sequence[Booking]
) -> None:
    async with services.store.transaction() as tx:
        outcome = await apply_facts(services, tx, clinic, source, facts, wanted.item_id)
        await fetches.done(tx, wanted)
    _log.info("fetched", source=wanted.source, item=wanted.item_id, outcome=outcome.value)
    services.nudge()


async def _failed(services: Services, wanted: Wanted, why: str, *, is_final: bool = False) -> None:
    """Asked again after a pause, while there are pauses left; after that it is staff's."""
    if is_final or wanted.tries >= len(PAUSES):
        await _give_up(services, wanted, why)
        return
    _log.warning("fetch_put_off", source=wanted.source, item=wanted.item_id, tries=wanted.tries + 1, error=why)
    async with services.store.transaction() as tx:
        await fetches.put_off(tx, wanted, services.wall() + PAUSES[wanted.tries], why)


async def _give_up(services: Services, wanted: Wanted, why: str) -> None:
    """What only completes is missed where it is needed: a phone, at the check-in. The rest is for staff."""
    _log.warning("fetch_given_up", source=wanted.source, item=wanted.item_id, error=why)
    async with services.store.transaction() as tx:
        if wanted.is_vital:
            await show(tx, wanted, why, services.clock())
        await fetches.done(tx, wanted)
