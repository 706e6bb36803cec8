"""What staff do: with a flag, with a plan, with a stray."""

from __future__ import annotations

from typing import TYPE_CHECKING

from followup.domain.inputs import Act
from followup.domain.review import PlanAct, Refusal, on_plan, on_review
from followup.store import episodes, journal, staff, strays, worklist

if TYPE_CHECKING:
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
        decision = on_review(episode, act, now, services.wall())
        if isinstance(decision, Refusal):
            return decision
        await episodes.apply(tx, episode, decision, at=now, who=act.who)
        return await worklist.flag_row(tx, flag_id, clinics)


def may_have(account: Account, clinic: str) -> bool:
    """Whether flags of this clinic can be given to this person."""
    return account.disabled_at is None and account.role != VIEWER and account.clinic in {"", clinic}


async def _is_colleague(tx: Transaction, email: str, clinic: str) -> bool:
    account = await staff.account(tx, email.casefold())
    return account is not None and may_have(account, clinic)


async def decide_plan(
    services: Services, episode_id: str, act: PlanAct, who: str, clinics: Clinics
) -> Episode | Refusal | None:
    """A held plan goes on, or a plan ends; None where there is no such episode for this person."""
    now = services.clock()
    async with services.store.transaction() as tx:
        episode = await episodes.load(tx, episode_id)
        if episode is None or not may_see(episode.clinic, clinics):
            return None
        decision = on_plan(episode, act, who, now)
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
