"""Staff say what a reply means: its reports change, triage looks again, and the reader has an example more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from followup.domain.correction import Read, on_correction
from followup.domain.review import Refusal
from followup.domain.understanding.from_json import understanding_of
from followup.flows.circumstances import circumstances_of
from followup.flows.review_flag import may_see
from followup.store import corrections, episodes

if TYPE_CHECKING:
    from followup.domain.correction import Correction
    from followup.domain.episode import Episode
    from followup.domain.vocabulary import SignSpec
    from followup.flows.review_flag import Clinics
    from followup.flows.services import Services


async def correct_reply(
    services: Services, episode_id: str, correction: Correction, clinics: Clinics
) -> Episode | Refusal | None:
    """The episode after it; None where this person sees no such reply in this episode."""
    now = services.clock()
    async with services.store.transaction() as tx:
        episode = await episodes.load(tx, episode_id)
        if episode is None or not may_see(episode.clinic, clinics):
            return None
        message, kept = await corrections.reply(tx, correction.message_id) or (None, None)
        if message is None or message.episode_id != episode.id:
            return None
        if not kept:
            return Refusal("this text was not read by rules, so there is nothing to correct")
        circumstances = await circumstances_of(services, tx, episode, now)
        told = Read(message, understanding_of(kept), circumstances.protocol, circumstances.patient)
        decision = on_correction(episode, told, correction, signs_of(services, told.understanding.language), now)
        if isinstance(decision, Refusal):
            return decision
        after = await episodes.apply(tx, episode, decision, at=now, who=correction.who)
    services.nudge()
    return after


def signs_of(services: Services, language: str) -> dict[str, SignSpec]:
    """The alarm signs there are, by code; the same in every language."""
    vocabularies = services.catalogue.vocabularies
    known = vocabularies.get(language) or next(iter(vocabularies.values()), None)
    return {sign.code: sign for sign in known.signs} if known else {}
