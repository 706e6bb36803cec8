"""Protocols as they were when a plan began to follow them: an edit of the file never reaches that plan by itself."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, bindparam, select

from followup.domain.episode import EpisodeState
from followup.store import episodes as whole
from followup.store.columns import is_one
from followup.store.house_tables import protocol_versions
from followup.store.tables import episodes, patients

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from followup.domain.episode import Episode
    from followup.store.engine import Traits
    from followup.store.transaction import Transaction

RUNNING = (EpisodeState.PLANNED, EpisodeState.ACTIVE, EpisodeState.ON_HOLD)


@dataclass(frozen=True, slots=True)
class Version:
    """One wording of one protocol, as a clinic's plans follow it; `body` is the file as it was."""

    clinic: str
    digest: str
    protocol_id: str
    version: str
    body: str
    kept_at: datetime


_NAMES = ("clinic", "digest", "protocol_id", "version", "body", "kept_at")
_BODIES = select(protocol_versions.c.digest, protocol_versions.c.body).where(
    protocol_versions.c.digest.in_(bindparam("digests", expanding=True))
)


def keep(tx: Transaction, version: Version) -> None:
    """Kept from now on; the same again changes nothing."""
    tx.later(_insert(tx.traits), {name: getattr(version, name) for name in _NAMES})


async def bodies(tx: Transaction, digests: Sequence[str]) -> dict[str, str]:
    """The files of these wordings, by digest; one that was never kept is left out."""
    if not digests:
        return {}
    return dict(await tx.rows(_BODIES, {"digests": sorted(set(digests))}))


async def on_older(tx: Transaction, protocol_id: str, digest: str) -> list[str]:
    """Episodes whose plan runs after another wording of this protocol, the oldest first."""
    runs = [is_one(episodes.c.state, state) for state in RUNNING]
    found = (
        select(episodes.c.id)
        .where(episodes.c.protocol_id == protocol_id, episodes.c.protocol_digest != digest)
        .where(runs[0] | runs[1] | runs[2])
        .order_by(episodes.c.opened_at, episodes.c.id)
    )
    return [episode_id for (episode_id,) in await tx.rows(found)]


async def past(
    tx: Transaction, protocol_id: str, clinics: Sequence[str] | None, after: str, limit: int
) -> list[Episode]:
    """A page of all episodes that ever followed this protocol, in the order of their ids. `clinics` None: of all."""
    found = select(episodes.c.id).where(episodes.c.protocol_id == protocol_id, episodes.c.id > after)
    if clinics is not None:
        found = found.where(episodes.c.clinic.in_(clinics))
    ids = [episode_id for (episode_id,) in await tx.rows(found.order_by(episodes.c.id).limit(limit))]
    loaded = await whole.load_many(tx, ids)
    return [loaded[each] for each in ids]


async def names(tx: Transaction, episode_ids: Sequence[str]) -> dict[str, str]:
    """Whose episodes these are, by id; "" for a patient without a name."""
    if not episode_ids:
        return {}
    rows = await tx.rows(_NAMES_OF, {"ids": sorted(set(episode_ids))})
    return {episode_id: f"{given or ''} {family or ''}".strip() for episode_id, given, family in rows}


_NAMES_OF = (
    select(episodes.c.id, patients.c.given, patients.c.family)
    .join(
        patients,
        and_(
            patients.c.clinic == episodes.c.clinic,
            patients.c.source == episodes.c.source,
            patients.c.id == episodes.c.patient_id,
        ),
        isouter=True,
    )
    .where(episodes.c.id.in_(bindparam("ids", expanding=True)))
)


@cache
def _insert(traits: Traits) -> Any:
    return traits.insert(protocol_versions).on_conflict_do_nothing()
