"""Until when a question is of use, and when it counts as not answered; and what a reminder would cost another."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from followup.domain.caps import first_allowed, with_sent
from followup.domain.episode import CheckInState
from followup.domain.message import Kind
from followup.domain.sharing import key_of

if TYPE_CHECKING:
    from datetime import datetime

    from followup.domain.circumstances import Circumstances
    from followup.domain.episode import CheckIn, Episode

DAY = timedelta(days=1)
A_NIGHT = timedelta(hours=8)
COUNTS_FOR = timedelta(days=8)
"""So long a text may matter to another one: a week of the cap, and a night until texts may go again."""


def missed_at(episode: Episode, check_in: CheckIn, circumstances: Circumstances) -> datetime:
    """When a question that was asked counts as not answered; never later than the next one falls due."""
    plan = circumstances.protocol.plan(check_in.step)
    asked_at = check_in.asked_at or check_in.due_at
    ends = asked_at + (plan.missed_after if plan else DAY)
    return min([ends, *(other.due_at for other in _after(episode, check_in))])


def last_moment(episode: Episode, check_in: CheckIn, circumstances: Circumstances) -> datetime:
    """After this the question is stale, or would meet the next one."""
    plan = circumstances.protocol.plan(check_in.step)
    ends = stale_at(check_in.due_at, plan.stale_after if plan else DAY / 2, circumstances)
    return min([ends, *(other.due_at for other in _after(episode, check_in))])


def stale_at(due_at: datetime, stale_after: timedelta, circumstances: Circumstances) -> datetime:
    """After this a question is of no use: counted from when it may first go, or from when it fell due.

    One that is of use for less than a night is about that very day, and does not wait for the next morning.
    """
    hours, zone = circumstances.clinic.sending_hours, circumstances.zone
    opens = hours.next_open(due_at, zone) if stale_after >= A_NIGHT else None
    return (opens or due_at) + stale_after


def _after(episode: Episode, check_in: CheckIn) -> list[CheckIn]:
    return [other for other in episode.check_ins if other.due_at > check_in.due_at]


def scheduled(episode: Episode) -> list[CheckIn]:
    """The check-ins that are still to be asked."""
    return [check_in for check_in in episode.check_ins if check_in.state is CheckInState.SCHEDULED]


def costs_a_question(episode: Episode, circumstances: Circumstances, at: datetime) -> bool:
    """Whether a reminder then would use up the room that the clinic's caps leave for a question to this phone."""
    rules = circumstances.clinic.sms
    capped = bool(rules.per_day or rules.per_week)
    return (capped and _costs_one_of_theirs(episode, circumstances, at)) or _costs_another(circumstances, at)


def _costs_one_of_theirs(episode: Episode, circumstances: Circumstances, at: datetime) -> bool:
    """Whether of this patient's questions, of whichever session, one could go without the reminder and not after it."""
    questions = _coming(episode, circumstances, at)
    if _is_room_enough(circumstances, at, [one for _, one in questions]):
        return False
    reminded = with_sent(circumstances, Kind.REMIND, at)
    for of, coming in questions:
        would_go, goes = _goes(of, coming, circumstances), _goes(of, coming, reminded)
        if would_go is not None and goes is None:
            return True
        circumstances = with_sent(circumstances, Kind.ASK, would_go) if would_go else circumstances
        reminded = with_sent(reminded, Kind.ASK, goes) if goes else reminded
    return False


def _is_room_enough(circumstances: Circumstances, at: datetime, coming: list[CheckIn]) -> bool:
    """Whether a look at the numbers will do: all of them fit into one week's cap, and none into the reminder's day."""
    rules = circumstances.clinic.sms
    texts = 1 + len(coming) + len(circumstances.contact.unasked(at - COUNTS_FOR, key_of(circumstances.patient)))
    return (not rules.per_week or texts <= rules.per_week) and all(one.due_at >= at + DAY for one in coming)


def _coming(episode: Episode, circumstances: Circumstances, at: datetime) -> list[tuple[Episode, CheckIn]]:
    """The questions of as long as the reminder counts: a week, and what it puts off."""
    whose = key_of(circumstances.patient)
    sessions = [episode, *(one.episode for one in circumstances.beside if key_of(one.patient) == whose)]
    coming = ((each, one) for each in sessions for one in scheduled(each) if one.due_at < at + COUNTS_FOR)
    return sorted(coming, key=lambda pair: pair[1].due_at)


def _goes(episode: Episode, check_in: CheckIn, circumstances: Circumstances) -> datetime | None:
    """When the question would go; None where it would be too late."""
    at = first_allowed(check_in.due_at, circumstances)
    return at if at is not None and at < last_moment(episode, check_in, circumstances) else None


def _costs_another(circumstances: Circumstances, at: datetime) -> bool:
    """Another plan's question that waits for this one may be put off a little, not lose its day."""
    reminded = with_sent(circumstances, Kind.REMIND, at)
    for beside in circumstances.beside:
        coming = [max(one.due_at, at) for one in scheduled(beside.episode) if one.due_at <= at + DAY / 2]
        before, after = replace(circumstances, patient=beside.patient), replace(reminded, patient=beside.patient)
        if any(_puts_off(due_at, before, after) for due_at in coming):
            return True
    return False


def _puts_off(at: datetime, before: Circumstances, after: Circumstances) -> bool:
    would_go, goes = first_allowed(at, before), first_allowed(at, after)
    return would_go is not None and (goes is None or goes - would_go > DAY / 4)
