"""What staff do with a flag, with a held plan, and when they write to a patient."""

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
from followup.domain.message import Direction, Kind, Message, MessageState
from followup.domain.patient import NO_PHONE, hindrance
from followup.domain.understanding.values import Urgency

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from followup.domain.circumstances import Circumstances
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


def on_review(episode: Episode, act: ReviewAct, now: datetime, wall: datetime | None = None) -> Decision | Refusal:
    """One act on one flag, if it is still as the person saw it. `wall`: machine time, where it is not `now`."""
    flag = episode.flag(act.flag_id)
    if flag is None:
        return Refusal("there is no such flag")
    if act.version != flag.version:
        return Refusal(f"{flag.touched_by or 'a new report'} changed this flag first", flag.touched_by, flag.version)
    if len(act.note) > LONGEST_NOTE:
        return Refusal(f"a note has at most {LONGEST_NOTE} characters")
    outcome = _ACTS[act.act](flag, act, now, wall or now)
    return outcome if isinstance(outcome, Refusal) else Decision((*outcome, *_note(act, now)), episode.wake_at)


def _note(act: ReviewAct, now: datetime) -> tuple[e.Event, ...]:
    """A note that came with another act is kept beside it."""
    rides_along = act.note.strip() and act.act in {Act.CLAIM, Act.ACKNOWLEDGE, Act.SNOOZE, Act.ASSIGN}
    return (e.NoteAdded(act.flag_id, act.who, now, act.note.strip()),) if rides_along else ()


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
    Act.CLOSE: _close,
    Act.REOPEN: _reopen,
}


def on_plan(episode: Episode, act: PlanAct, who: str, now: datetime) -> Decision | Refusal:
    """Staff let a plan go on, or end it. What has fallen due meanwhile is asked or dropped at the next look."""
    if act is PlanAct.STOP:
        is_over = episode.state in {EpisodeState.CANCELLED, EpisodeState.FINISHED}
        return Refusal("this plan is over already") if is_over else _stopped(who)
    if episode.state not in {EpisodeState.ON_HOLD, EpisodeState.CANCELLED}:
        return Refusal("this plan is not held")
    # Whoever lets a plan go on after the treatment's end says that it took place.
    completion = episode.completion or (Completion.EXPLICIT if episode.treated_until <= now else None)
    back_to = EpisodeState.PLANNED if completion is None else EpisodeState.ACTIVE
    return Decision((e.EpisodeReturned(back_to, completion),), now)


def _stopped(who: str) -> Decision:
    return Decision((e.EpisodeCancelled(f"{STOPPED_BY}{who}"),), None)


def write_to_patient(
    episode: Episode,
    circumstances: Circumstances,
    body: str,
    who: str,
    now: datetime,
    *,
    held_until: datetime | None = None,
) -> Decision | Refusal:
    """Staff's own words to the patient; without consent or after an opt-out only a call is left.

    held_until: it may not leave before (machine time), so that its writer can take it back.
    """
    words = body.strip()
    if not words:
        return Refusal("the text is empty")
    if len(words) > LONGEST_BODY:
        return Refusal(f"a text has at most {LONGEST_BODY} characters")
    why = hindrance(circumstances.patient, circumstances.clinic)
    if why or not circumstances.patient.phone:
        return Refusal(f"no text can go: {why or NO_PHONE}; call instead")
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
        not_before=now,
        useful_until=now + STAFF_TEXT_USEFUL,
        who=who,
        hands_off_until=held_until,
    )
    return Decision((e.MessageQueued(message),), episode.wake_at)


def take_back(message: Message, episode: Episode, who: str, now: datetime) -> Decision | Refusal:
    """Whoever wrote a text thinks again, in time: it does not leave."""
    if message.kind is not Kind.STAFF or message.who != who:
        return Refusal("only your own text can be taken back")
    if message.state is not MessageState.QUEUED or message.attempt:
        return Refusal("it is too late: the text is on its way")
    gone = replace(message, state=MessageState.WITHDRAWN, why=TAKEN_BACK, settled_at=now, hands_off_until=None)
    return Decision((e.MessageSettled(gone, message.state),), episode.wake_at)
