"""Takes back a text that must not leave any more, in a transaction of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from followup.domain.delivery import on_claim, on_withdrawn
from followup.domain.message import MessageState
from followup.flows.circumstances import circumstances_of
from followup.flows.put_off import put_off
from followup.store import StoreUnavailableError, episodes, outbox

if TYPE_CHECKING:
    from followup.flows.services import Services


async def withdraw(services: Services, message_id: str) -> None:
    """Withdraws it if it still may not leave; staff see a question that was not asked."""
    try:
        await _withdraw(services, message_id)
    except StoreUnavailableError:
        raise
    except Exception as error:  # noqa: BLE001 - one text must not stand in the way of the others
        await put_off(services, message_id, error)


async def _withdraw(services: Services, message_id: str) -> None:
    now = services.clock()
    async with services.store.transaction() as tx:
        message = await outbox.load(tx, message_id)
        if message is None or message.state is not MessageState.QUEUED:
            return
        episode = await episodes.load(tx, message.episode_id)
        if episode is None:
            return
        circumstances = await circumstances_of(services, tx, episode, now)
        clinic, patient, zone = circumstances.clinic, circumstances.patient, circumstances.zone
        judged = on_claim(message, patient, clinic, zone, episode.state, now, services.wall(), episode.talk)
        if judged.state is not MessageState.WITHDRAWN:
            return
        await episodes.apply(tx, episode, on_withdrawn(judged, episode, circumstances, now), at=now)
