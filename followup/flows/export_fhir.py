"""An episode for another system of care: FHIR R4. That it was read out is in the journal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from followup.domain.fhir import episode_bundle
from followup.store import journal, worklist

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from followup.store import Store

EXPORTED = "EpisodeExported"


async def export_fhir(
    store: Store, episode_id: str, clinics: Sequence[str] | None, *, who: str, at: datetime
) -> dict[str, Any] | None:
    """The episode as a Bundle; None where these clinics have none of that id."""
    async with store.transaction() as tx:
        page = await worklist.episode_page(tx, episode_id, tuple(clinics) if clinics is not None else None)
        if page is None:
            return None
        await journal.note(tx, page.episode.clinic, page.episode.id, EXPORTED, {"as": "fhir"}, at=at, who=who)
    return episode_bundle(page.episode, page.patient, [one.message for one in page.messages], at=at)
