"""Hands texts to the carrier: claimed and committed before a byte leaves, settled by what came back."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import structlog

from followup.domain.delivery import Attempted, Handover, on_claim, valid_for
from followup.domain.message import MessageState
from followup.flows.after_restore import doubtful_since, gone_before, must_wait
from followup.flows.circumstances import clinic_of, zone_of
from followup.flows.mistakes import where
from followup.flows.pace import Leaving
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
LONGEST_GAP = timedelta(days=2)
"""Beyond this no clinic's gap between two texts reaches."""
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
    now, wall, known = services.clock(), services.wall(), services.catalogue.clinics
    async with services.store.transaction() as tx:
        waiting = [known[name] for name in await outbox.waiting_clinics(tx, now, wall) if name in known]
        budget = await services.pace.budget(tx, waiting, wall)
        due = await outbox.claimable(tx, now, wall, limit=most, senders=budget)
        last = await outbox.last_asked(tx, due, now - LONGEST_GAP)
        judged = [
            _judge(services, found, last.get((found.message.clinic, found.message.phone)), now, wall) for found in due
        ]
        ready = [one for _, one in judged if one is not None]
        may_go = await services.pace.let_go(tx, [Leaving(one.message, one.clinic) for one in ready], wall)
        claimed = [one for one, may in zip(ready, may_go, strict=True) if may]
        left = {one.message.id for one, may in zip(ready, may_go, strict=True) if not may}
        changed = [message for message, _ in judged if message.id not in left]
        withdrawn = [message.id for message in changed if message.state is MessageState.WITHDRAWN]
        await outbox.save(tx, [message for message in changed if message.state is not MessageState.WITHDRAWN])
    for message_id in withdrawn:
        await withdraw(services, message_id)
    # What its sender's pace leaves for later was not looked at: asked again at once, it would be left again.
    return Claim(claimed, len(changed))


def _judge(
    services: Services, found: Claimable, asked_before: datetime | None, now: datetime, wall: datetime
) -> tuple[Message, Claimed | None]:
    """The text as it stands after the claim and, if it is to leave, all that sending it needs."""
    clinic = clinic_of(services, found.message.clinic)
    zone = zone_of(found.patient, clinic)
    state, talk = found.episode_state, found.talk
    message = on_claim(found.message, found.patient, clinic, zone, state, now, wall, talk, asked_before)
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
