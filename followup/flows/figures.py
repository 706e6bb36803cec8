"""The figures an operator watches: how much there is, and how late we are with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from followup.flows.readiness import WORKER, how_late
from followup.store import beats, figures

if TYPE_CHECKING:
    from collections.abc import Mapping

    from followup.flows.services import Services
    from followup.store.figures import Figures


@dataclass(frozen=True, slots=True)
class Reading:
    """Figures of one moment. waited: seconds the oldest of each has waited; beat_age: None before the first beat."""

    figures: Figures
    waited: Mapping[str, float]
    beat_age: float | None


async def read_figures(services: Services) -> Reading:
    """What the database says now."""
    async with services.store.reading() as tx:
        counted = await figures.count(tx, services.hooks)
        late = await how_late(tx, services.clock())
        beat_at = await beats.last(tx, WORKER)
    waited = {"wake": late.wake, "text": late.text, "inbox": late.inbox}
    return Reading(
        counted,
        {what: length.total_seconds() if length else 0.0 for what, length in waited.items()},
        (services.wall() - beat_at).total_seconds() if beat_at else None,
    )
