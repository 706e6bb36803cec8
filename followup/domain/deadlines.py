"""Until when a question is of use, and when it counts as not answered; and what a reminder would cost another."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from followup.domain.caps import first_allowed, with_sent
from followup.domain.episode import CheckInState
from followup.domain.message import Kind

if TYPE_CHECKING:
    from datetime import datetime

    from followup.domain.circumstances import Circumstances
    from followup.domain.episode import CheckIn, Episode

DAY = timedelta(days=1)


def missed_at(episode: Episode, check_in: CheckIn, circumstances: Circumstances) -> datetime:
    """When a question that was asked counts as not answered; never later than the next one falls due."""
    plan = circumstances.protocol.plan(check_in.step)
    asked_at = check_in.asked_at or check_in.due_at
    ends = asked_at + (plan.missed_after if plan else DAY)
    return min([ends, *(other.due_at for other in _after(episode, check_in))])


def last_moment(episode: Episode, check_in: CheckIn, circumstances: Circumstances) -> datetime:
    """After this the question is stale, or would meet the next one."""
    plan = circumstances.protocol.plan(check_in.step)
    hours, zone = circumstances.clinic.sending_hours, circumstances.zone
    first = hours.next_open(check_in.due_at, zone) or check_in.due_at
    ends = first + (plan.stale_after if plan else DAY / 2)
    return min([ends, *(other.due_at for other in _after(episode, check_in))])


def _after(episode: Episode, check_in: CheckIn) -> list[CheckIn]:
    return [other for other in episode.check_ins if other.due_at > check_in.due_at]


def scheduled(episode: Episode) -> list[CheckIn]:
    """The check-ins that are still to be asked."""
    return [check_in for check_in in episode.check_ins if check_in.state is CheckInState.SCHEDULED]


def costs_a_question(episode: Episode, circumstances: Circumstances, at: datetime) -> bool:
    """Whether a reminder then would use up the room that the clinic's caps leave for a question to this phone."""
    return _costs_the_next(episode, circumstances, at) or _costs_another(circumstances, at)


def _costs_the_next(episode: Episode, circumstances: Circumstances, at: datetime) -> bool:
    coming = min(scheduled(episode), key=lambda one: one.due_at, default=None)
    if coming is None:
        return False
    reminded = with_sent(circumstances, Kind.REMIND, at)
    return _can_go(episode, coming, circumstances) and not _can_go(episode, coming, reminded)


def _costs_another(circumstances: Circumstances, at: datetime) -> bool:
    """Another plan's question that waits for this one may be put off a little, not lose its day."""
    coming = [one for beside in circumstances.beside for one in scheduled(beside.episode) if one.due_at <= at + DAY / 2]
    reminded = with_sent(circumstances, Kind.REMIND, at)
    return any(_puts_off(max(one.due_at, at), circumstances, reminded) for one in coming)


def _puts_off(at: datetime, before: Circumstances, after: Circumstances) -> bool:
    would_go, goes = first_allowed(at, before), first_allowed(at, after)
    return would_go is not None and (goes is None or goes - would_go > DAY / 4)


def _can_go(episode: Episode, check_in: CheckIn, circumstances: Circumstances) -> bool:
    at = first_allowed(check_in.due_at, circumstances)
    return at is not None and at < last_moment(episode, check_in, circumstances)
