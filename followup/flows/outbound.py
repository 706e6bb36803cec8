"""The addresses that are told of our outcomes: how each stands, and another chance for one that was disabled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from followup.store import deliveries

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from followup.flows.services import Services


@dataclass(frozen=True, slots=True)
class Standing:
    """One address: its host alone (the rest may hold a key), and how many deliveries are in each state."""

    clinic: str
    endpoint: str
    host: str
    events: Sequence[str]
    counts: Mapping[str, int]
    failing_since: datetime | None
    disabled_at: datetime | None
    why: str


async def outbound_standing(services: Services) -> Sequence[Standing]:
    """Every address of every clinic's file."""
    found = []
    async with services.store.reading() as tx:
        for clinic in services.catalogue.clinics.values():
            for rule in clinic.outbound:
                stands = await deliveries.endpoint(tx, clinic.id, rule.endpoint)
                counts = await deliveries.counts(tx, clinic.id, rule.endpoint)
                host, events = urlsplit(rule.url).hostname or "", sorted(rule.events)
                found.append(
                    Standing(
                        *(clinic.id, rule.endpoint, host, events, counts),
                        *(stands.failing_since, stands.disabled_at, stands.why),
                    )
                )
    return found


async def retry_outbound(services: Services, endpoint: str) -> int | None:
    """What the address did not take is due again; how many they are. None for an address in no clinic's file."""
    mine = [
        clinic.id
        for clinic in services.catalogue.clinics.values()
        if any(rule.endpoint == endpoint for rule in clinic.outbound)
    ]
    if not mine:
        return None
    async with services.store.transaction() as tx:
        return sum([await deliveries.again(tx, clinic, endpoint) for clinic in mine])
