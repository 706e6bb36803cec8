"""Late harm that may have one cause, for a banner on the worklist: shown once, while a flag of it is open."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from followup.domain.clusters import clusters as found_in
from followup.store.late_harm import late_harm

if TYPE_CHECKING:
    from collections.abc import Sequence

    from followup.domain.clusters import Cluster
    from followup.flows.services import Services
    from followup.store import Transaction

USUAL = timedelta(weeks=6)
LOOKS_BACK = timedelta(weeks=26)
"""A flag may stay open for long; before this nothing is looked for."""


async def clusters(services: Services, tx: Transaction, clinics: Sequence[str] | None) -> tuple[Cluster, ...]:
    """Every cluster of these clinics (None: of all) that staff still have a flag of to look at."""
    known = services.catalogue.protocols

    def within(protocol_id: str) -> timedelta:
        return known[protocol_id].cluster_within if protocol_id in known else USUAL

    return found_in(await late_harm(tx, clinics, services.clock() - LOOKS_BACK, within))
