"""Staff write to a patient in their own words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from followup.domain.events import MessageQueued
from followup.domain.review import Refusal
from followup.domain.review import write_to_patient as decide
from followup.flows.circumstances import circumstances_of
from followup.flows.review_flag import may_see
from followup.store import episodes

if TYPE_CHECKING:
    from followup.domain.message import Message
    from followup.flows.review_flag import Clinics
    from followup.flows.services import Services


async def write_to_patient(
    services: Services, episode_id: str, body: str, who: str, clinics: Clinics
) -> Message | Refusal | None:
    """The text that was queued; why not, where none can go; None where there is no such episode for this person."""
    now = services.clock()
    async with services.store.transaction() as tx:
        episode = await episodes.load(tx, episode_id)
        if episode is None or not may_see(episode.clinic, clinics):
            return None
        decision = decide(episode, await circumstances_of(services, tx, episode, now), body, who, now)
        if isinstance(decision, Refusal):
            return decision
        await episodes.apply(tx, episode, decision, at=now, who=who)
    services.nudge()
    return next(event.message for event in decision.events if isinstance(event, MessageQueued))
