"""Tells the clinic's other systems of our outcomes: written with what happened, called after, again where not taken."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import structlog

from followup.domain.ids import derive
from followup.domain.outbound import DeliveryState, on_answer, on_not_taken, on_taken
from followup.notify import Failed
from followup.notify.webhook import call
from followup.store import deliveries, strays
from followup.store.strays import Stray

if TYPE_CHECKING:
    from datetime import datetime

    from followup.domain.outbound import Delivery, Endpoint, OutboundRule
    from followup.flows.services import Services
    from followup.store import Transaction

AT_ONCE = 8
"""Calls to one endpoint at the same time."""
OUTBOUND = "outbound"
"""The kind of a stray that says that an endpoint is disabled."""

_log = structlog.get_logger(__name__)


async def tell_outside(services: Services) -> int:
    """Calls whatever is due; how many tries it made. Raises StoreUnavailableError."""
    async with services.store.reading() as tx:
        due = await deliveries.due(tx)
    return sum(await asyncio.gather(*(_tell_endpoint(services, clinic, name) for clinic, name in due)))


async def _tell_endpoint(services: Services, clinic: str, name: str) -> int:
    """Until nothing is due, or something failed: then the others have their turn first."""
    rule = _rule(services, clinic, name)
    tries = 0
    while claimed := await _claim(services, clinic, name, rule):
        taken = await asyncio.gather(*(_tell(services, rule, one) for one in claimed if rule))
        tries += len(taken)
        if not all(taken):
            break
    return tries


def _rule(services: Services, clinic: str, name: str) -> OutboundRule | None:
    known = services.catalogue.clinics.get(clinic)
    return next((rule for rule in (known.outbound if known else ()) if rule.endpoint == name), None)


async def _claim(services: Services, clinic: str, name: str, rule: OutboundRule | None) -> list[Delivery]:
    """Transaction one. What waits for an endpoint that is disabled or no longer in the clinic's file is put aside."""
    async with services.store.transaction() as tx:
        if rule is None or (await deliveries.endpoint(tx, clinic, name)).disabled_at:
            await deliveries.hold(tx, clinic, name)
            return []
        await deliveries.know(tx, clinic, name)
        return await deliveries.claim(tx, clinic, name, AT_ONCE)


async def _tell(services: Services, rule: OutboundRule, delivery: Delivery) -> bool:
    """The one call, with no transaction open, and transaction two; whether it was taken."""
    answer = await call(rule.url, rule.secrets, delivery.id, delivery.body, services.wall())
    why, is_gone = (answer.why, answer.is_final) if isinstance(answer, Failed) else ("", False)
    wall = services.wall()
    async with services.store.transaction() as tx:
        # The endpoint first, here and everywhere: two that lock crosswise would wait for each other.
        was = await deliveries.endpoint(tx, delivery.clinic, delivery.endpoint)
        await _settle(tx, delivery, why, wall)
        stands = on_answer(was, why, wall, is_gone=is_gone)
        if stands != was:
            await deliveries.save_endpoint(tx, stands)
        if stands.disabled_at and not was.disabled_at:
            await _disable(services, tx, stands)
    log = _log.warning if why else _log.info
    log("delivery_tried", delivery=delivery.id, endpoint=delivery.endpoint, tries=delivery.tries, why=why)
    return not why


async def _settle(tx: Transaction, delivery: Delivery, why: str, wall: datetime) -> None:
    now = await deliveries.load(tx, delivery.clinic, delivery.id)
    if now is None or now.tries != delivery.tries:
        return  # its lease was over, and somebody else has tried it since
    if not why:
        await deliveries.save(tx, on_taken(now, wall))
    elif now.state is DeliveryState.WAITING:
        await deliveries.save(tx, on_not_taken(now, why, wall))


async def _disable(services: Services, tx: Transaction, endpoint: Endpoint) -> None:
    """Nobody would notice by themselves: staff see it beside what else waits for them."""
    await deliveries.hold(tx, endpoint.clinic, endpoint.id)
    why = (
        f"another system takes no outcomes any more ({endpoint.why}) and is told nothing until somebody mends it and "
        f"says: followup outbound retry {endpoint.id}"
    )
    name = derive(OUTBOUND, endpoint.clinic, endpoint.id, str(endpoint.disabled_at))
    await strays.add(tx, Stray(name, endpoint.clinic, OUTBOUND, why, "", None, services.clock(), source=endpoint.id))
    _log.error("endpoint_disabled", clinic=endpoint.clinic, endpoint=endpoint.id, why=endpoint.why)
