"""Staff write to a patient in their own words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from followup.domain.events import MessageQueued
from followup.domain.review import Refusal
from followup.domain.review import take_back as decide_back
from followup.domain.review import write_to_patient as decide
from followup.flows.circumstances import circumstances_of
from followup.flows.review_flag import may_see
from followup.store import episodes, outbox

if TYPE_CHECKING:
    from datetime import timedelta

    from followup.domain.message import Message
    from followup.flows.review_flag import Clinics
    from followup.flows.services import Services


async def write_to_patient(
    services: Services,
    episode_id: str,
    body: str,
    who: str,
    clinics: Clinics,
    *,
    held_for: timedelta | None = None,
    is_for_now: bool = False,
) -> Message | Refusal | None:
    """The text that was queued; why not, where none can go; None where there is no such episode for this person.

    held_for: how long it can still be taken back; it does not leave before. is_for_now: at whatever hour it is.
    """
    now = services.clock()
    held_until = services.wall() + held_for if held_for else None
    async with services.store.transaction() as tx:
        episode = await episodes.load(tx, episode_id)
        if episode is None or not may_see(episode.clinic, clinics):
            return None
        circumstances = await circumstances_of(services, tx, episode, now)
        decision = decide(episode, circumstances, body, who, now, held_until=held_until, is_for_now=is_for_now)
        if isinstance(decision, Refusal):
            return decision
        await episodes.apply(tx, episode, decision, at=now, who=who)
    services.nudge()
    return next(event.message for event in decision.events if isinstance(event, MessageQueued))


async def take_back(services: Services, message_id: str, who: str, clinics: Clinics) -> Message | Refusal | None:
    """The text that stays with us after all; why not, where it left; None where this person wrote no such text."""
    now = services.clock()
    async with services.store.transaction() as tx:
        message = await outbox.load(tx, message_id)
        episode = await episodes.load(tx, message.episode_id) if message else None
        if message is None or episode is None or not may_see(episode.clinic, clinics):
            return None
        decision = decide_back(message, episode, who, now)
        if not isinstance(decision, Refusal):
            await episodes.apply(tx, episode, decision, at=now, who=who)
        return decision if isinstance(decision, Refusal) else message
