"""Staff record a patient's no to texts, which holds for the phone and so for everybody who has it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from followup.domain.decision import Decision
from followup.domain.opting_out import record_opt_out as decide
from followup.domain.review import Refusal
from followup.flows.review_flag import may_see
from followup.store import episodes, worklist

if TYPE_CHECKING:
    from followup.domain.episode import Episode
    from followup.flows.review_flag import Clinics
    from followup.flows.services import Services


async def record_opt_out(
    services: Services, episode_id: str, words: str, who: str, clinics: Clinics
) -> Episode | Refusal | None:
    """The episode after it; why not; None where there is no such episode for this person."""
    now = services.clock()
    async with services.store.transaction() as tx:
        page = await worklist.episode_page(tx, episode_id, clinics)
        if page is None or not may_see(page.episode.clinic, clinics):
            return None
        # All plans of the phone at once, as a reply takes them: two that lock crosswise would wait for each other.
        phone = page.patient.phone
        found = await episodes.of_phone(tx, page.episode.clinic, phone) if phone else []
        mine = next((one for one in found if one.id == episode_id), page.episode)
        decision = decide(mine, page.patient, words, who, now)
        if isinstance(decision, Refusal):
            return decision
        after = await episodes.apply(tx, mine, decision, at=now, who=who)
        for other in found:
            if other.id != episode_id and other.may_ask:
                await episodes.apply(tx, other, Decision((), now), at=now, who=who)
    services.nudge()
    return after
