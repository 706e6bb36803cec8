"""Asks booking systems what changed, for those that send an event once and never again; only news is kept."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

import structlog

from followup.bookings import FetchFailedError, Polling, QuarantinedError
from followup.bookings.http_client import open_client
from followup.domain.booking_state import state_of
from followup.flows.booking_setting import setting_of
from followup.flows.mistakes import where
from followup.flows.receive_booking import apply_facts
from followup.store import StoreUnavailableError, bookings, patients

if TYPE_CHECKING:
    from collections.abc import Sequence

    from followup.domain.clinic import BookingSource, Clinic
    from followup.domain.inputs import Booking, PatientDetails
    from followup.flows.services import Services
    from followup.store import Transaction

LOOKS_BACK = timedelta(hours=48)
"""How long a change may have gone unheard, be it that we were away."""
MAX_SECONDS = 300
BATCH = 50
"""Facts in one transaction: a poll must not keep others from writing."""

_SAID = ("given", "family", "phone", "language", "time_zone", "consent")

_log = structlog.get_logger(__name__)


async def poll_bookings(services: Services) -> int:
    """Asks every source that can be asked; how many facts were news. Raises StoreUnavailableError."""
    found = 0
    for clinic in services.catalogue.clinics.values():
        for source in clinic.sources:
            adapter = services.adapters[source.adapter]
            if isinstance(adapter, Polling) and source.api_key:
                found += await _poll(services, clinic, source, adapter)
    if found:
        services.nudge()
    return found


async def _poll(services: Services, clinic: Clinic, source: BookingSource, adapter: Polling) -> int:
    setting, asked_at = setting_of(services.public_url, clinic, source), services.clock()
    url = source.api_url or adapter.api_url
    try:
        async with asyncio.timeout(MAX_SECONDS):
            async with open_client(url, adapter.credentials(source.api_key), setting, asked_at) as client:
                facts = await adapter.missed(client, asked_at - LOOKS_BACK)
        news = sum(
            [await _keep(services, clinic, source, facts[at : at + BATCH]) for at in range(0, len(facts), BATCH)]
        )
    except StoreUnavailableError:
        raise
    except (FetchFailedError, QuarantinedError, TimeoutError) as error:
        _log.warning("poll_failed", source=source.source, error=str(error) or type(error).__name__)
        return 0
    except Exception as error:  # noqa: BLE001 - one source must not stop the others; an exception's text may quote a patient
        _log.error("poll_failed", source=source.source, error=type(error).__qualname__, at=where(error))
        return 0
    _log.info("polled", source=source.source, facts=len(facts), news=news)
    return news


async def _keep(services: Services, clinic: Clinic, source: BookingSource, facts: Sequence[Booking]) -> int:
    async with services.store.transaction() as tx:
        news = [fact for fact in facts if await _is_news(tx, clinic, source, fact)]
        await apply_facts(services, tx, clinic, source, news, "")
    return len(news)


async def _is_news(tx: Transaction, clinic: Clinic, source: BookingSource, fact: Booking) -> bool:
    """Whether it says more than is known. Each snapshot has a time of its own: kept for that alone, they never end."""
    if fact.patient.id and await _is_new_patient(tx, clinic, source, fact.patient):
        return True
    if not fact.id:
        return False
    known = [
        *await bookings.facts(tx, clinic.id, source.source, fact.id, fact.patient.id),
        *(await bookings.facts(tx, clinic.id, source.source, fact.id, "") if fact.patient.id else ()),
    ]
    replaces_another = fact.supersedes and all(each.supersedes != fact.supersedes for each in known)
    return bool(not known or replaces_another) or state_of([*known, fact]) != state_of(known)


async def _is_new_patient(tx: Transaction, clinic: Clinic, source: BookingSource, details: PatientDetails) -> bool:
    known = await patients.load(tx, clinic.id, source.source, details.id)
    said = {name: value for name in _SAID if (value := getattr(details, name)) is not None}
    if known is None or details.is_deleted:
        return bool(said) or details.is_deleted
    as_known = {name: getattr(known, "phone_as_given" if name == "phone" else name) for name in said}
    return as_known != said
