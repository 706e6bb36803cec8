"""Hands texts to the carrier: claimed and committed before a byte leaves, settled by what came back."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog

from followup.domain.delivery import Attempted, Handover, on_claim, valid_for
from followup.domain.message import MessageState
from followup.flows.after_restore import doubtful_since, gone_before, must_wait
from followup.flows.circumstances import clinic_of, zone_of
from followup.flows.mistakes import where
from followup.flows.settle_attempts import Ended, settle_attempts
from followup.flows.withdraw import withdraw
from followup.sms import Accepted, OutgoingText, Refused, TryLater, Unknown
from followup.store import outbox

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from followup.domain.clinic import Clinic
    from followup.domain.message import Message
    from followup.flows.services import Services
    from followup.sms import Hooks, SendOutcome
    from followup.store.outbox import Claimable

AT_ONCE = 50
"""Texts on their way to the carrier at the same time."""
LOOK_AGAIN = 0.25
"""Seconds after which new texts are claimed though earlier ones are still on their way: an answer never queues."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Claimed:
    """One text that is ours to send now, and how."""

    message: Message
    clinic: Clinic
    text: OutgoingText


@dataclass(frozen=True, slots=True)
class Claim:
    """What one claim brought, and how many texts it had to look at for that."""

    claimed: Sequence[Claimed] = ()
    looked_at: int = 0


NOTHING = Claim()


async def send_messages(services: Services) -> int:
    """Sends whatever may leave now; how many attempts it made. Raises StoreUnavailableError."""
    sent = 0
    if await must_wait(services):
        return sent
    doubtful = await doubtful_since(services)
    under_way: set[asyncio.Task[Ended]] = set()
    try:
        while True:
            claim = await _claim(services, AT_ONCE - len(under_way)) if len(under_way) < AT_ONCE else NOTHING
            sent += len(claim.claimed)
            under_way |= {asyncio.create_task(_hand_over(services, one, doubtful)) for one in claim.claimed}
            if not under_way and not claim.looked_at:
                return sent
            if not under_way:
                continue
            done, under_way = await asyncio.wait(under_way, timeout=LOOK_AGAIN, return_when=asyncio.FIRST_COMPLETED)
            await settle_attempts(services, [task.result() for task in done])
    finally:
        # Told to stop: an attempt that is cut off here has its lease, and is looked for before it is sent again.
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)


async def _claim(services: Services, most: int) -> Claim:
    """Transaction one: what may leave is marked as attempted; what may not is put off or withdrawn."""
    now, wall = services.clock(), services.wall()
    budget = services.pace.budget(services.catalogue.clinics.values(), wall)
    claimed: list[Claimed] = []
    withdrawn: list[str] = []
    async with services.store.transaction() as tx:
        changed: list[Message] = []
        due = await outbox.claimable(tx, now, wall, limit=most, senders=budget)
        for found in due:
            message, one = _judge(services, found, now, wall)
            if message.state is MessageState.WITHDRAWN:
                withdrawn.append(message.id)
            else:
                changed.append(message)
            if one is not None:
                claimed.append(one)
        if changed:
            await outbox.save(tx, changed)
    for one in claimed:
        services.pace.spend(one.clinic, 1, wall)
    for message_id in withdrawn:
        await withdraw(services, message_id)
    return Claim(claimed, len(due))


def _judge(services: Services, found: Claimable, now: datetime, wall: datetime) -> tuple[Message, Claimed | None]:
    """The text as it stands after the claim and, if it is to leave, all that sending it needs."""
    clinic = clinic_of(services, found.message.clinic)
    zone = zone_of(found.patient, clinic)
    message = on_claim(found.message, found.patient, clinic, zone, found.episode_state, now, wall)
    if message.state is not MessageState.ATTEMPTING:
        return message, None
    gateway = clinic.sms.gateway
    text = OutgoingText(
        sender=clinic.sms.sender,
        phone=message.phone,
        body=message.body,
        receipt_url=f"{services.public_url.rstrip('/')}/hooks/sms/{gateway}/receipt/{message.id}.{message.attempt}",
        valid_for=valid_for(message, clinic, zone, now),
    )
    return message, Claimed(message, clinic, text)


async def _hand_over(services: Services, claimed: Claimed, doubtful: datetime | None) -> Ended:
    """The one call, with no transaction open; `doubtful`: since when the text may have gone without our knowing."""
    gateway = claimed.clinic.sms.gateway
    if doubtful is not None:
        ended = await gone_before(services, claimed.message, services.gateways[gateway], doubtful)
        if ended is not None:
            return Ended(claimed.message, ended)
    lease = claimed.message.hands_off_until
    if lease is None or services.wall() >= lease:
        # This process stood still for longer than its lease: somebody may be looking for this text already.
        return Ended(claimed.message, Attempted(Handover.TRY_LATER, detail="the lease was over before the call"))
    try:
        outcome = await services.gateways[gateway].send(claimed.text)
    except Exception as error:  # noqa: BLE001 - our mistake must not stop the others; its text may quote a patient
        # A gateway never raises. Should it, the text may have left: look before it is sent again.
        _log.error("gateway_failed", gateway=gateway, error=type(error).__qualname__, at=where(error))
        outcome = Unknown(type(error).__qualname__)
    return Ended(claimed.message, as_attempted(outcome, services.hooks[gateway]))


def as_attempted(outcome: SendOutcome, hooks: Hooks) -> Attempted:
    """A carrier's outcome in the domain's words."""
    match outcome:
        case Accepted(carrier_id):
            return Attempted(Handover.ACCEPTED, carrier_id)
        case TryLater(code, after):
            error = None if code is None else hooks.explain(code)
            return Attempted(Handover.TRY_LATER, code=code, error=error, after=after)
        case Refused(code, detail):
            return Attempted(Handover.REFUSED, code=code, error=hooks.explain(code), detail=detail)
        case Unknown(detail):
            return Attempted(Handover.UNKNOWN, detail=detail)
