"""What staff do: with a flag, with a plan, with a stray."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from followup.domain.inputs import Act
from followup.domain.mentioning import Colleague, mentioned_in
from followup.domain.notifying import on_mention
from followup.domain.review import PlanAct, Refusal, TalkAct, on_plan, on_review, on_talk
from followup.store import episodes, journal, notices, staff, strays, worklist

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from followup.domain.decision import Decision
    from followup.domain.episode import Episode
    from followup.domain.inputs import ReviewAct
    from followup.flows.services import Services
    from followup.store import Transaction
    from followup.store.staff import Account
    from followup.store.worklist import FlagRow

VIEWER = "viewer"
"""The role that looks and does not act."""
Clinics = tuple[str, ...] | None
"""Whose patients somebody may see; None: everybody's."""


async def review_flag(services: Services, flag_id: str, act: ReviewAct, clinics: Clinics) -> FlagRow | Refusal | None:
    """The flag after the act; why not, where it does not hold; None where there is no such flag for this person."""
    now = services.clock()
    async with services.store.transaction() as tx:
        row = await worklist.flag_row(tx, flag_id, clinics)
        episode = await episodes.load(tx, row.episode_id) if row else None
        if episode is None:
            return None
        if act.act is Act.ASSIGN and not await _is_colleague(tx, act.owner, episode.clinic):
            return Refusal("whoever was chosen cannot review flags of this clinic")
        mentioned = mentioned_in(act.note, await _colleagues(tx, episode.clinic)) if "@" in act.note else ()
        if isinstance(mentioned, str):
            return Refusal(mentioned)
        decision = on_review(episode, replace(act, mentioned=mentioned), now, services.wall())
        if isinstance(decision, Refusal):
            return decision
        after = await episodes.apply(tx, episode, decision, at=now, who=act.who)
        await _tell_mentioned(services, tx, after, flag_id, mentioned, now)
        return await worklist.flag_row(tx, flag_id, clinics)


async def _tell_mentioned(
    services: Services, tx: Transaction, episode: Episode, flag_id: str, mentioned: Sequence[str], now: datetime
) -> None:
    """Whoever has a contact for it is told off-screen, too."""
    clinic, flag = services.catalogue.clinics.get(episode.clinic), episode.flag(flag_id)
    if mentioned and clinic is not None and flag is not None:
        await notices.save(tx, on_mention(clinic, episode.id, flag, mentioned, now))


def may_have(account: Account, clinic: str) -> bool:
    """Whether flags of this clinic can be given to this person."""
    return account.disabled_at is None and account.role != VIEWER and account.clinic in {"", clinic}


async def _colleagues(tx: Transaction, clinic: str) -> list[Colleague]:
    return [Colleague(one.email, one.name) for one in await staff.accounts(tx) if may_have(one, clinic)]


async def _is_colleague(tx: Transaction, email: str, clinic: str) -> bool:
    account = await staff.account(tx, email.casefold())
    return account is not None and may_have(account, clinic)


async def decide_plan(
    services: Services, episode_id: str, act: PlanAct, who: str, clinics: Clinics
) -> Episode | Refusal | None:
    """A held plan goes on, or a plan ends; None where there is no such episode for this person."""
    return await _decide(services, episode_id, lambda episode, now: on_plan(episode, act, who, now), who, clinics)


async def talk_with_patient(
    services: Services, episode_id: str, act: TalkAct, who: str, clinics: Clinics
) -> Episode | Refusal | None:
    """Somebody takes the conversation, or has finished it; None where there is no such episode for this person."""
    return await _decide(services, episode_id, lambda episode, now: on_talk(episode, act, who, now), who, clinics)


async def _decide(
    services: Services,
    episode_id: str,
    decide: Callable[[Episode, datetime], Decision | Refusal],
    who: str,
    clinics: Clinics,
) -> Episode | Refusal | None:
    now = services.clock()
    async with services.store.transaction() as tx:
        episode = await episodes.load(tx, episode_id)
        if episode is None or not may_see(episode.clinic, clinics):
            return None
        decision = decide(episode, now)
        if isinstance(decision, Refusal):
            return decision
        after = await episodes.apply(tx, episode, decision, at=now, who=who)
    services.nudge()
    return after


async def close_stray(services: Services, stray_id: str, who: str, clinics: Clinics) -> bool:
    """Takes it off the worklist; False where it is not there, or closed already."""
    now = services.clock()
    async with services.store.transaction() as tx:
        stray = await strays.load(tx, stray_id)
        if stray is None or not may_see(stray.clinic, clinics):
            return False
        is_closed = await strays.close(tx, stray_id, who, now)
        if is_closed:
            await journal.note(tx, stray.clinic, "", "StrayClosed", {"stray": stray_id}, at=now, who=who)
        return is_closed


def may_see(clinic: str, clinics: Clinics) -> bool:
    """Whether this clinic's patients are theirs to see."""
    return clinics is None or clinic in clinics
