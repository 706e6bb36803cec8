"""Asks the carrier for what we missed: texts whose fate we do not know, replies that never reached our door."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import structlog

from followup.domain.delivery import on_lease_over, on_look
from followup.domain.message import MessageState
from followup.flows.accept import Verdict, accept
from followup.flows.after_restore import doubtful_since, note_asked
from followup.flows.circumstances import clinic_of
from followup.flows.put_off import put_off
from followup.flows.reconciled import written
from followup.flows.withdraw import withdraw
from followup.sms import CarrierUnavailableError
from followup.store import StoreUnavailableError, beats, episodes, outbox

if TYPE_CHECKING:
    from datetime import datetime

    from followup.domain.clinic import Clinic
    from followup.domain.inputs import Reply
    from followup.domain.message import Message
    from followup.flows.services import Services

AT_MOST = 100
SLACK = timedelta(seconds=60)
"""How far the carrier's clock may be behind ours."""
LOOKS_BACK = timedelta(hours=48)
"""How long before we last asked, or before now, a reply may have come that the carrier shows only since."""
HEARD = "replies of"
"""The name, with a clinic's, of when its carrier last told us every reply; care time."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Reconciled:
    """Whether every carrier could be asked, how many replies came of it, how many texts are settled now."""

    asked: bool
    replies: int
    resolved: int


async def reconcile(services: Services) -> Reconciled:
    """Everything that can be found out. Raises StoreUnavailableError."""
    looked = await look_for_unknown(services)
    asked, replies = looked.asked, 0
    for clinic in services.catalogue.clinics.values():
        found = await _fetch_replies(services, clinic)
        asked = asked and found is not None
        replies += found or 0
    if asked:
        await note_asked(services)
    if replies:
        services.nudge()
    _log.info("reconciled", asked=asked, replies=replies, resolved=looked.resolved)
    return Reconciled(asked, replies, looked.resolved)


async def _heard_until(services: Services, clinic: Clinic) -> datetime:
    """Since when a reply may have come that we do not have, however long we were away."""
    now = services.clock()
    async with services.store.reading() as tx:
        last = await beats.last(tx, f"{HEARD} {clinic.id}")
    usual = min(now, last or now) - LOOKS_BACK
    return min(usual, await doubtful_since(services) or usual)


async def look_for_unknown(services: Services) -> Reconciled:
    """Ends what nobody came back from, and looks for every text whose fate is not known."""
    await _end_leases(services)
    await _withdraw_expired(services)
    async with services.store.transaction() as tx:
        unknown = await outbox.unknown(tx, services.wall(), AT_MOST)
    asked, resolved = True, 0
    for message in unknown:
        is_settled = await _look_safely(services, message)
        asked = asked and is_settled is not None
        resolved += bool(is_settled)
    return Reconciled(asked, 0, resolved)


async def _end_leases(services: Services) -> None:
    wall = services.wall()
    async with services.store.transaction() as tx:
        over = await outbox.overdue(tx, wall, AT_MOST)
        if over:
            await outbox.save(tx, [on_lease_over(message, wall) for message in over])


async def _withdraw_expired(services: Services) -> None:
    """A text that could not be claimed while it was of use is taken back, so that staff see it."""
    async with services.store.transaction() as tx:
        expired = await outbox.expired(tx, services.clock(), AT_MOST)
    for message in expired:
        await withdraw(services, message.id)


async def _look_safely(services: Services, message: Message) -> bool | None:
    try:
        return await _look_for(services, message)
    except StoreUnavailableError:
        raise
    except Exception as error:  # noqa: BLE001 - one text must not stand in the way of the others
        await put_off(services, message.id, error)
        return False


async def _look_for(services: Services, message: Message) -> bool | None:
    """Whether its fate is known now; None where the carrier could not be asked."""
    gateway = services.gateways[clinic_of(services, message.clinic).sms.gateway]
    since = (message.attempted_at or message.at) - SLACK
    try:
        listed = await gateway.find(message.phone, since)
    except CarrierUnavailableError as error:
        _log.warning("carrier_unavailable", clinic=message.clinic, error=str(error))
        return None
    same = [text.carrier_id for text in listed if text.body == message.body and text.created_at >= since - SLACK]
    now, wall = services.clock(), services.wall()
    async with services.store.transaction() as tx:
        current = await outbox.load(tx, message.id)
        if current is None or not _is_same_doubt(current, message):
            return False
        episode = await episodes.load(tx, current.episode_id)
        if episode is None:
            return False
        free = [one for one in same if not await outbox.is_known(tx, one, current.id)]
        decision = on_look(current, free[0] if free else None, episode, now, wall)
        await episodes.apply(tx, episode, decision, at=now)
    return bool(free)


def _is_same_doubt(current: Message, looked_for: Message) -> bool:
    """Nothing came in between, not even another process's look."""
    is_unknown = current.state is MessageState.UNKNOWN and current.attempt == looked_for.attempt
    return is_unknown and current.hands_off_until == looked_for.hands_off_until


async def _fetch_replies(services: Services, clinic: Clinic) -> int | None:
    """How many replies were new to us; None where the carrier could not be asked."""
    gateway, began = services.gateways[clinic.sms.gateway], services.clock()
    try:
        missed = await gateway.missed(clinic.sms.sender, await _heard_until(services, clinic))
    except CarrierUnavailableError as error:
        _log.warning("carrier_unavailable", clinic=clinic.id, error=str(error))
        return None
    # Nearly all of what it lists is here already: one question for them all.
    async with services.store.reading() as tx:
        known = await outbox.known_replies(tx, [reply.carrier_id for reply in missed])
    kept = sum([await _keep(services, clinic, reply) for reply in missed if reply.carrier_id not in known])
    async with services.store.transaction() as tx:
        await beats.beat(tx, f"{HEARD} {clinic.id}", began)
    return kept


async def _keep(services: Services, clinic: Clinic, reply: Reply) -> bool:
    body, headers = written(reply)
    kept = await accept(
        services,
        clinic="",
        door=f"sms:{clinic.sms.gateway}:reply",
        key=reply.carrier_id,
        body=body,
        headers=headers,
        received_at=reply.received_at,
    )
    return kept.verdict is Verdict.NEW
