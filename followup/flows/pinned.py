"""The protocol a plan follows, in the wording it had when the plan began: a later edit is for later plans."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from followup.catalogue.protocols import protocol_of_text
from followup.store import protocols
from followup.store.protocols import Version

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from followup.domain.episode import Episode
    from followup.domain.protocol import Protocol
    from followup.flows.services import Services
    from followup.store import Transaction

_read = lru_cache(maxsize=256)(protocol_of_text)


async def pinned(services: Services, tx: Transaction, many: Sequence[Episode]) -> dict[str, Protocol]:
    """The protocol of each episode, by episode; one whose wording is neither configured nor kept is left out."""
    now = services.catalogue.protocols
    found = {each.id: now[each.protocol_id] for each in many if _is_current(services, each)}
    others = {each.id: each.protocol_digest for each in many if each.id not in found and each.protocol_digest}
    bodies = await protocols.bodies(tx, list(others.values()))
    for episode_id, digest in others.items():
        protocol = _read(bodies[digest], digest) if digest in bodies else None
        if protocol is not None:
            found[episode_id] = protocol
    return found


def _is_current(services: Services, episode: Episode) -> bool:
    current = services.catalogue.protocols.get(episode.protocol_id)
    return current is not None and episode.protocol_digest in {"", current.digest}


def keep_followed(services: Services, tx: Transaction, episode: Episode, now: datetime) -> None:
    """Keeps the wording this episode follows, if it is today's; an older one was kept before."""
    body = services.catalogue.protocol_texts.get(episode.protocol_digest)
    if body:
        version = Version(
            episode.clinic, episode.protocol_digest, episode.protocol_id, episode.protocol_version, body, now
        )
        protocols.keep(tx, version)
