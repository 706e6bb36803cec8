"""After a backup was put back the carrier knows more than we do: it is asked before anything is decided or sent."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from followup.domain.delivery import Attempted, Handover
from followup.domain.schedule import on_wake
from followup.flows.circumstances import circumstances_of
from followup.sms import CarrierUnavailableError
from followup.store import beats, episodes, outbox, received

if TYPE_CHECKING:
    from datetime import datetime

    from followup.domain.episode import Episode
    from followup.domain.message import Message
    from followup.flows.services import Services
    from followup.sms import Gateway
    from followup.store import Transaction

ASKED, RESUMED = "carrier asked", "resumed"
DOUBT = timedelta(hours=48)
"""How long after a restore a text may be one that had gone before: the reminder of a question follows within a day."""
SLACK = timedelta(seconds=60)


async def must_wait(services: Services) -> bool:
    """Whether a backup was put back and what has happened since it was taken is not all here yet."""
    async with services.store.reading() as tx:
        restored_at = await beats.last(tx, beats.RESTORED)
        resumed_at = await beats.last(tx, RESUMED) if restored_at else None
        if restored_at is None or (resumed_at is not None and resumed_at >= restored_at):
            return False
        asked_at = await beats.last(tx, ASKED)
        if asked_at is None or asked_at < restored_at or await received.waiting(tx):
            return True
    async with services.store.transaction() as tx:
        await beats.beat(tx, RESUMED, services.wall())
    return False


async def came_before_restore(tx: Transaction, received_at: datetime) -> bool:
    """Whether a reply that we fetched may have been heard, and answered, once already."""
    restored_at = await beats.last(tx, beats.RESTORED)
    return restored_at is not None and received_at < restored_at


async def woken(services: Services, tx: Transaction, episode: Episode, at: datetime) -> Episode:
    """The episode as it was then: what had fallen due by then had been asked before the patient wrote."""
    if episode.wake_at is None or episode.wake_at > at:
        return episode
    decision = on_wake(episode, await circumstances_of(services, tx, episode, at), at)
    return await episodes.apply(tx, episode, decision, at=at)


async def doubtful_since(services: Services) -> datetime | None:
    """Since when the carrier may have texts that we do not know of; None where it has none."""
    async with services.store.reading() as tx:
        restored_at = await beats.last(tx, beats.RESTORED)
        taken_at = await beats.last(tx, beats.TAKEN) if restored_at else None
    if restored_at is None or taken_at is None or services.wall() > restored_at + DOUBT:
        return None
    return taken_at - SLACK


async def gone_before(services: Services, message: Message, gateway: Gateway, since: datetime) -> Attempted | None:
    """How this text's attempt ended already, before the restore; None where it never went."""
    try:
        listed = await gateway.find(message.phone, since)
    except CarrierUnavailableError:
        return Attempted(Handover.TRY_LATER, detail="the carrier cannot say whether it had gone before the restore")
    same = sorted((text for text in listed if text.body == message.body), key=lambda text: text.created_at)
    async with services.store.reading() as tx:
        for text in same:
            if not await outbox.is_known(tx, text.carrier_id, message.id):
                return Attempted(Handover.ACCEPTED, text.carrier_id)
    return None


async def note_asked(services: Services) -> None:
    """Every carrier has just told us all that we had missed."""
    async with services.store.transaction() as tx:
        await beats.beat(tx, ASKED, services.wall())
