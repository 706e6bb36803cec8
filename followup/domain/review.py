"""What staff do with a flag, with a held plan, and when they write to a patient or talk with one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from followup.domain import events as e
from followup.domain.decision import Decision
from followup.domain.episode import STOPPED_BY, Completion, EpisodeState
from followup.domain.ids import derive
from followup.domain.inputs import Act
from followup.domain.mentioning import ColleaguesMentioned, MentionRead
from followup.domain.message import Direction, Kind, Message, MessageState
from followup.domain.patient import NO_PHONE, hindrance
from followup.domain.talking import (
    CASE_CLOSED,
    FINISHED,
    PLAN_STOPPED,
    TEXT_TAKEN_BACK,
    TalkBegun,
    TalkEnded,
    talking,
)
from followup.domain.understanding.values import Urgency

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from followup.domain.circumstances import Circumstances
    from followup.domain.clinic import Clinic
    from followup.domain.episode import Episode
    from followup.domain.flag import Flag
    from followup.domain.inputs import ReviewAct

UNDO_FOR = timedelta(minutes=1)
"""How long whoever claimed, acknowledged, snoozed or assigned a flag may take that back; machine time."""
LONGEST_SNOOZE = timedelta(days=7)
LONGEST_BODY = 1600
LONGEST_NOTE = 4000
STAFF_TEXT_USEFUL = timedelta(hours=24)
TAKEN_BACK = "taken back by whoever wrote it"
TAKE_BACK_FOR = timedelta(seconds=10)
"""How long a text of staff waits before it may leave, so that its writer can think again; machine time."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """An act that does not hold, and why; `who` was first where a colleague was."""

    why: str
    who: str = ""
    version: int = 0

    @property
    def is_conflict(self) -> bool:
        """Whether somebody else's act came in between, rather than the act being wrong in itself."""
        return self.version > 0


class PlanAct(StrEnum):
    """What staff decide about a plan that is held, running or ended early."""

    RESUME = "resume"
    STOP = "stop"


class TalkAct(StrEnum):
    """Whether somebody talks with the patient, so that automatic texts wait."""

    BEGIN = "begin"
    END = "end"


def on_review(episode: Episode, act: ReviewAct, now: datetime, wall: datetime | None = None) -> Decision | Refusal:
    """One act on one flag, if it is still as the person saw it. `wall`: machine time, where it is not `now`."""
    flag = episode.flag(act.flag_id)
    if flag is None:
        return Refusal("there is no such flag")
    if act.version != flag.version:
        return Refusal(f"{flag.touched_by or 'a new report'} changed this flag first", flag.touched_by, flag.version)
    if len(act.note) > LONGEST_NOTE:
        return Refusal(f"a note has at most {LONGEST_NOTE} characters")
    if act.mentioned and (act.act is Act.CLOSE or not (flag.is_open or act.act is Act.REOPEN)):
        return Refusal("a closed flag stands on nobody's worklist, so nobody can be mentioned there")
    outcome = _ACTS[act.act](flag, act, now, wall or now)
    if isinstance(outcome, Refusal):
        return outcome
    over = _talk_over(episode, act, now)
    # With the last open flag a plan may be over that had nothing else left.
    is_last = act.act is Act.CLOSE and not any(one.is_open for one in episode.flags if one.id != act.flag_id)
    return Decision((*outcome, *_note(act, now), *_mentions(act, now), *over), now if is_last else episode.wake_at)


def _talk_over(episode: Episode, act: ReviewAct, now: datetime) -> tuple[e.Event, ...]:
    """A conversation ends with the last open flag of its case."""
    is_last = not any(flag.is_open for flag in episode.flags if flag.id != act.flag_id)
    is_over = act.act is Act.CLOSE and is_last and talking(episode.talk, now)
    return (TalkEnded(act.who, now, CASE_CLOSED),) if is_over else ()


def _note(act: ReviewAct, now: datetime) -> tuple[e.Event, ...]:
    """A note that came with another act is kept beside it."""
    rides_along = act.note.strip() and act.act in {Act.CLAIM, Act.ACKNOWLEDGE, Act.SNOOZE, Act.ASSIGN}
    return (e.NoteAdded(act.flag_id, act.who, now, act.note.strip()),) if rides_along else ()


def _mentions(act: ReviewAct, now: datetime) -> tuple[e.Event, ...]:
    return (ColleaguesMentioned(act.flag_id, act.who, now, act.mentioned),) if act.mentioned else ()


_Outcome = tuple[e.Event, ...] | Refusal
_CLOSED = Refusal("this flag is closed")


def _claim(flag: Flag, act: ReviewAct, now: datetime, wall: datetime) -> _Outcome:
    return (e.FlagClaimed(flag.id, act.who, now, wall + UNDO_FOR),) if flag.is_open else _CLOSED


def _acknowledge(flag: Flag, act: ReviewAct, now: datetime, wall: datetime) -> _Outcome:
    return (e.FlagAcknowledged(flag.id, act.who, now, wall + UNDO_FOR),) if flag.is_open else _CLOSED


def _assign(flag: Flag, act: ReviewAct, now: datetime, wall: datetime) -> _Outcome:
    if not act.owner:
        return Refusal("nobody was chosen to have it")
    return (e.FlagAssigned(flag.id, act.who, now, act.owner, wall + UNDO_FOR),) if flag.is_open else _CLOSED


def _snooze(flag: Flag, act: ReviewAct, now: datetime, wall: datetime) -> _Outcome:
    if not flag.is_open:
        return _CLOSED
    if flag.urgency is Urgency.NOW:
        return Refusal("what cannot wait is not snoozed")
    if act.until is None or not now < act.until <= now + LONGEST_SNOOZE:
        return Refusal(f"a flag is snoozed until a time within {LONGEST_SNOOZE.days} days")
    return (e.FlagSnoozed(flag.id, act.who, now, act.until, wall + UNDO_FOR),)


def _undo(flag: Flag, act: ReviewAct, now: datetime, wall: datetime) -> _Outcome:
    if flag.before is None or not flag.can_undo(act.who, wall):
        return Refusal("it is too late to undo that")
    return (e.FlagActUndone(flag.id, act.who, now, flag.before.act),)


def _add_note(flag: Flag, act: ReviewAct, now: datetime, _: datetime) -> _Outcome:
    note = act.note.strip()
    return (e.NoteAdded(flag.id, act.who, now, note),) if note else Refusal("the note is empty")


def _read(flag: Flag, act: ReviewAct, now: datetime, _: datetime) -> _Outcome:
    is_meant = act.who in flag.mentioned
    return (MentionRead(flag.id, act.who, now),) if is_meant else Refusal("you are not mentioned here any more")


def _close(flag: Flag, act: ReviewAct, now: datetime, _: datetime) -> _Outcome:
    if not flag.is_open:
        return Refusal("this flag is closed already")
    if act.outcome is None:
        return Refusal("closing needs an outcome")
    return (e.FlagClosed(flag.id, act.who, now, act.outcome, act.note.strip(), act.contact),)


def _reopen(flag: Flag, act: ReviewAct, now: datetime, _: datetime) -> _Outcome:
    return Refusal("this flag is open") if flag.is_open else (e.FlagReopened(flag.id, act.who, now, act.note.strip()),)


_ACTS: Mapping[Act, Callable[[Flag, ReviewAct, datetime, datetime], _Outcome]] = {
    Act.CLAIM: _claim,
    Act.ACKNOWLEDGE: _acknowledge,
    Act.ASSIGN: _assign,
    Act.SNOOZE: _snooze,
    Act.UNDO: _undo,
    Act.NOTE: _add_note,
    Act.READ: _read,
    Act.CLOSE: _close,
    Act.REOPEN: _reopen,
}


def on_plan(episode: Episode, act: PlanAct, who: str, now: datetime) -> Decision | Refusal:
    """Staff let a plan go on, or end it. What has fallen due meanwhile is asked or dropped at the next look."""
    if act is PlanAct.STOP:
        is_over = episode.state in {EpisodeState.CANCELLED, EpisodeState.FINISHED}
        return Refusal("this plan is over already") if is_over else _stopped(episode, who, now)
    if episode.state not in {EpisodeState.ON_HOLD, EpisodeState.CANCELLED}:
        return Refusal("this plan is not held")
    # Whoever lets a plan go on after the treatment's end says that it took place.
    completion = episode.completion or (Completion.EXPLICIT if episode.treated_until <= now else None)
    back_to = EpisodeState.PLANNED if completion is None else EpisodeState.ACTIVE
    return Decision((e.EpisodeReturned(back_to, completion),), now)


def _stopped(episode: Episode, who: str, now: datetime) -> Decision:
    over = (TalkEnded(who, now, PLAN_STOPPED),) if talking(episode.talk, now) else ()
    return Decision((e.EpisodeCancelled(f"{STOPPED_BY}{who}"), *over), None)


def on_talk(episode: Episode, act: TalkAct, who: str, now: datetime) -> Decision | Refusal:
    """Somebody takes the conversation with the patient, or has finished it: the plan is looked at anew."""
    is_on = talking(episode.talk, now)
    if act is TalkAct.BEGIN:
        is_mine = is_on and episode.talk is not None and episode.talk.who == who
        return Refusal("you are talking with this patient already") if is_mine else _talk(TalkBegun(who, now), now)
    return _talk(TalkEnded(who, now, FINISHED), now) if is_on else Refusal("nobody is talking with this patient")


def _talk(event: TalkBegun | TalkEnded, now: datetime) -> Decision:
    return Decision((event,), now)


def write_to_patient(
    episode: Episode,
    circumstances: Circumstances,
    body: str,
    who: str,
    now: datetime,
    *,
    held_until: datetime | None = None,
    is_for_now: bool = False,
) -> Decision | Refusal:
    """Staff's own words to the patient; without consent or after an opt-out only a call is left.

    held_until: it may not leave before (machine time), so that its writer can take it back. is_for_now: its writer says
    that it goes at whatever hour it is. Whoever writes is in conversation from here on.
    """
    words = body.strip()
    if not words:
        return Refusal("the text is empty")
    if len(words) > LONGEST_BODY:
        return Refusal(f"a text has at most {LONGEST_BODY} characters")
    why = hindrance(circumstances.patient, circumstances.clinic)
    if why or not circumstances.patient.phone:
        return Refusal(f"no text can go: {why or NO_PHONE}; call instead")
    leaves_at = goes_at(episode, circumstances.clinic, circumstances.zone, now, is_for_now=is_for_now)
    message = Message(
        id=derive(episode.id, "staff", who, now.isoformat(), words),
        clinic=episode.clinic,
        episode_id=episode.id,
        direction=Direction.OUT,
        kind=Kind.STAFF,
        step="",
        phone=circumstances.patient.phone,
        body=words,
        state=MessageState.QUEUED,
        at=now,
        not_before=leaves_at,
        useful_until=leaves_at + STAFF_TEXT_USEFUL,
        who=who,
        hands_off_until=held_until,
        any_hour=is_for_now or is_urgent(episode),
    )
    begins = () if talking(episode.talk, now) else (TalkBegun(who, now),)
    return Decision((*begins, e.MessageQueued(message)), now)


def goes_at(episode: Episode, clinic: Clinic, zone: ZoneInfo, now: datetime, *, is_for_now: bool = False) -> datetime:
    """When a text of staff goes: in sending hours, but at once where the case cannot wait or its writer says so."""
    if is_for_now or is_urgent(episode):
        return now
    return clinic.sending_hours.next_open(now, zone) or now


def is_urgent(episode: Episode) -> bool:
    """Whether something of it cannot wait."""
    return any(flag.is_open and flag.urgency is Urgency.NOW for flag in episode.flags)


def take_back(message: Message, episode: Episode, who: str, now: datetime) -> Decision | Refusal:
    """Whoever wrote a text thinks again, in time: it does not leave."""
    if message.kind is not Kind.STAFF or message.who != who:
        return Refusal("only your own text can be taken back")
    if message.state is not MessageState.QUEUED or message.attempt:
        return Refusal("it is too late: the text is on its way")
    gone = replace(message, state=MessageState.WITHDRAWN, why=TAKEN_BACK, settled_at=now, hands_off_until=None)
    talk = episode.talk
    began_it = talk is not None and talk.is_on(now) and talk.since == message.at and talk.who == who
    if began_it and talk is not None and talk.last_word_at <= max(message.at, message.not_before):
        return Decision((e.MessageSettled(gone, message.state), TalkEnded(who, now, TEXT_TAKEN_BACK)), now)
    return Decision((e.MessageSettled(gone, message.state),), episode.wake_at)
