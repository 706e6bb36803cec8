"""Late harm that may have one cause, for a banner on the worklist until a lead has looked into it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from followup.domain.clusters import LookedInto
from followup.domain.clusters import clusters as found_in
from followup.store import journal
from followup.store.late_harm import late_harm

if TYPE_CHECKING:
    from collections.abc import Sequence

    from followup.domain.clusters import Cluster
    from followup.flows.services import Services
    from followup.store import Transaction

USUAL = timedelta(weeks=6)
LOOKS_BACK = timedelta(weeks=26)
"""A flag may stay open for long; before this nothing is looked for."""
LOOKED_INTO = "ClusterLookedInto"


async def clusters(services: Services, tx: Transaction, clinics: Sequence[str] | None) -> tuple[Cluster, ...]:
    """Every cluster of these clinics (None: of all) that staff still have a flag of, and nobody has looked into."""
    known = services.catalogue.protocols

    def within(protocol_id: str) -> timedelta:
        return known[protocol_id].cluster_within if protocol_id in known else USUAL

    found = found_in(await late_harm(tx, clinics, services.clock() - LOOKS_BACK, within))
    return tuple([one for one in found if not await _is_known(tx, one)])


async def look_into(
    services: Services, flag_ids: Sequence[str], note: str, who: str, clinics: Sequence[str] | None
) -> bool:
    """Somebody has looked into the cluster of these flags: its banner goes, until another patient joins.

    It stands in the journal of each of its patients. False where there is no such cluster, or it is another by now.
    """
    async with services.store.transaction() as tx:
        found = await clusters(services, tx, clinics)
        cluster = next((one for one in found if set(one.flag_ids) == set(flag_ids)), None)
        if cluster is None:
            return False
        told = {"flags": list(cluster.flag_ids), "shared": list(cluster.names), "note": note}
        for episode_id in {harm.episode_id: None for harm in cluster.harms}:
            await journal.note(tx, cluster.clinic, episode_id, LOOKED_INTO, told, at=services.clock(), who=who)
    services.nudge()
    return True


async def _is_known(tx: Transaction, cluster: Cluster) -> bool:
    lines = await journal.lines_of(tx, cluster.clinic, [harm.episode_id for harm in cluster.harms])
    told = (line.body for line in lines if line.event == LOOKED_INTO)
    seen = (LookedInto(frozenset(body.get("flags", ())), frozenset(body.get("shared", ()))) for body in told)
    return any(one.covers(cluster) for one in seen)
