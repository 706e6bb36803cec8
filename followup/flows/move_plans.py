"""Moves running plans to today's wording of their protocol, because a person wants it; a preview first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from followup.domain.evolve import fold
from followup.domain.plan_move import on_plan_move
from followup.domain.review import Refusal
from followup.flows.pinned import keep_followed
from followup.store import episodes, protocols

if TYPE_CHECKING:
    from collections.abc import Sequence

    from followup.domain.decision import Decision
    from followup.domain.episode import Episode
    from followup.flows.services import Services
    from followup.store import Transaction


@dataclass(frozen=True, slots=True)
class PlanMove:
    """What moving one plan changes, or why it cannot move. `before`, `after`: each check-in's step and when."""

    episode_id: str
    protocol: str
    refused: str = ""
    from_version: str = ""
    to_version: str = ""
    before: tuple[tuple[str, str, str], ...] = ()
    after: tuple[tuple[str, str, str], ...] = ()


async def on_older_wording(services: Services, protocol_id: str) -> list[str]:
    """Episodes whose plan runs after another wording of this protocol than today's."""
    protocol = services.catalogue.protocols[protocol_id]
    async with services.store.reading() as tx:
        return await protocols.on_older(tx, protocol_id, protocol.digest)


async def move_plans(services: Services, episode_ids: Sequence[str], who: str, *, is_dry: bool) -> list[PlanMove]:
    """Each of these plans, one transaction each; a dry run only says what would change."""
    return [await _move(services, episode_id, who, is_dry=is_dry) for episode_id in episode_ids]


async def _move(services: Services, episode_id: str, who: str, *, is_dry: bool) -> PlanMove:
    if is_dry:
        async with services.store.reading() as tx:
            episode = await episodes.load(tx, episode_id)
        return _preview(episode_id, episode, _decided(services, episode))
    async with services.store.transaction() as tx:
        episode = await episodes.load(tx, episode_id)
        decided = _decided(services, episode)
        await _apply(services, tx, episode, decided, who)
    return _preview(episode_id, episode, decided)


async def _apply(
    services: Services, tx: Transaction, episode: Episode | None, decided: Decision | Refusal, who: str
) -> None:
    if isinstance(decided, Refusal):
        return
    now = services.clock()
    after = await episodes.apply(tx, episode, decided, at=now, who=who)
    keep_followed(services, tx, after, now)


def _decided(services: Services, episode: Episode | None) -> Decision | Refusal:
    if episode is None:
        return Refusal("there is no such episode")
    protocol = services.catalogue.protocols.get(episode.protocol_id)
    if protocol is None:
        return Refusal(f'"{episode.protocol_id}" is no longer in the configuration')
    return on_plan_move(episode, protocol, services.clock())


def _preview(episode_id: str, episode: Episode | None, decided: Decision | Refusal) -> PlanMove:
    if isinstance(decided, Refusal) or episode is None:
        why = decided.why if isinstance(decided, Refusal) else ""
        return PlanMove(episode_id, episode.protocol_id if episode else "", why)
    after = fold(episode, decided.events) or episode
    versions = (episode.protocol_version, after.protocol_version)
    return PlanMove(episode_id, episode.protocol_id, "", *versions, _listed(episode), _listed(after))


def _listed(episode: Episode) -> tuple[tuple[str, str, str], ...]:
    return tuple((one.step, one.due_at.isoformat(), one.state.value) for one in episode.check_ins)
