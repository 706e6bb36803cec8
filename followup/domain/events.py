"""What can have happened, in the past tense: the nouns of the journal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from followup.domain.corrected import ReportCorrected, UnderstandingCorrected
from followup.domain.mentioning import MentionEvent
from followup.domain.talking import TalkEvent
from followup.domain.wishes import WishEvent

if TYPE_CHECKING:
    from datetime import datetime

    from followup.domain.episode import CheckIn, Completion, Episode, EpisodeState, Report
    from followup.domain.flag import Evidence, Flag
    from followup.domain.inputs import Act, ContactMade, Outcome
    from followup.domain.message import Message, MessageState
    from followup.domain.understanding.values import Understanding, Urgency


@dataclass(frozen=True, slots=True)
class EpisodeOpened:
    """A booking maps to a protocol: its aftercare is planned."""

    episode: Episode


@dataclass(frozen=True, slots=True)
class BookingChanged:
    """The booking's facts, all together, ask for something else than before (enrolment.py's words)."""

    booked_as: str


@dataclass(frozen=True, slots=True)
class EpisodeMoved:
    """The treatment's time became another, or became known better; check-ins not yet asked move along."""

    treated_from: datetime | None
    treated_until: datetime
    check_ins: tuple[CheckIn, ...]
    protocol_id: str
    protocol_version: str
    service_name: str = ""
    protocol_digest: str = ""


@dataclass(frozen=True, slots=True)
class TreatmentCompleted:
    """The treatment took place: the plan runs from here."""

    completion: Completion


@dataclass(frozen=True, slots=True)
class EpisodeHeld:
    """Nothing is sent until staff decide."""

    why: str


@dataclass(frozen=True, slots=True)
class EpisodeCancelled:
    """The plan is over before its end: cancelled, no-show, superseded, opted out."""

    why: str


@dataclass(frozen=True, slots=True)
class EpisodeReturned:
    """The plan goes back to this state, or stays in it (and keeps its why) while its completion is known better."""

    state: EpisodeState
    completion: Completion | None


@dataclass(frozen=True, slots=True)
class EpisodeFinished:
    """The last check-in is settled; replies are still read."""


@dataclass(frozen=True, slots=True)
class PatientWelcomed:
    """The information text of the day itself was queued."""

    at: datetime


@dataclass(frozen=True, slots=True)
class CheckInTouched:
    """What everything that happens to a check-in says: which one, when."""

    step: str
    at: datetime


@dataclass(frozen=True, slots=True)
class CheckInAsked(CheckInTouched):
    """A check-in's question was queued."""


@dataclass(frozen=True, slots=True)
class CheckInReminded(CheckInTouched):
    """Its one reminder was queued."""


@dataclass(frozen=True, slots=True)
class CheckInClarified(CheckInTouched):
    """Its one clarification was queued."""


@dataclass(frozen=True, slots=True)
class CheckInAnswered(CheckInTouched):
    """All that was asked is known, or a person has it."""


@dataclass(frozen=True, slots=True)
class CheckInMissed(CheckInTouched):
    """Nobody answered in time."""


@dataclass(frozen=True, slots=True)
class CheckInDropped(CheckInTouched):
    """It will not be asked, or its question did not arrive; `why` is shown to staff."""

    why: str


@dataclass(frozen=True, slots=True)
class MessageQueued:
    """A text is to leave by the outbox."""

    message: Message


@dataclass(frozen=True, slots=True)
class MessageSettled:
    """A text's state moved: the whole message as it is now."""

    message: Message
    was: MessageState


@dataclass(frozen=True, slots=True)
class ReplyReceived:
    """A patient's text was read; `understanding` is what we made of it."""

    message: Message
    understanding: Understanding


@dataclass(frozen=True, slots=True)
class SymptomReported:
    """One symptom as reported."""

    report: Report


@dataclass(frozen=True, slots=True)
class FlagRaised:
    """Something for staff to look at."""

    flag: Flag


@dataclass(frozen=True, slots=True)
class FlagRepeated:
    """The same again while the flag is open: newer evidence, urgency never lower, acknowledgement void."""

    flag_id: str
    urgency: Urgency
    evidence: Evidence
    at: datetime


@dataclass(frozen=True, slots=True)
class FlagTouched:
    """What every act of staff on a flag says: which one, who, when."""

    flag_id: str
    who: str
    at: datetime


@dataclass(frozen=True, slots=True)
class FlagClaimed(FlagTouched):
    """Somebody took it on. undo_until: until when they may take that back (machine time); None for never."""

    undo_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class FlagAcknowledged(FlagTouched):
    """Somebody has seen it and deals with it."""

    undo_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class FlagAssigned(FlagTouched):
    """Somebody gave it to a colleague."""

    owner: str
    undo_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class FlagSnoozed(FlagTouched):
    """Somebody put it aside for a while; it stays counted."""

    until: datetime
    undo_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class FlagActUndone(FlagTouched):
    """Somebody took their last act back."""

    undone: Act


@dataclass(frozen=True, slots=True)
class NoteAdded(FlagTouched):
    """Staff wrote something down."""

    note: str


@dataclass(frozen=True, slots=True)
class FlagClosed(FlagTouched):
    """Staff ended the review."""

    outcome: Outcome
    note: str
    contact: ContactMade | None = None


@dataclass(frozen=True, slots=True)
class FlagReopened(FlagTouched):
    """Staff opened it again."""

    note: str


Event = (
    EpisodeOpened
    | BookingChanged
    | EpisodeMoved
    | TreatmentCompleted
    | EpisodeHeld
    | EpisodeCancelled
    | EpisodeReturned
    | EpisodeFinished
    | PatientWelcomed
    | CheckInAsked
    | CheckInReminded
    | CheckInClarified
    | CheckInAnswered
    | CheckInMissed
    | CheckInDropped
    | MessageQueued
    | MessageSettled
    | ReplyReceived
    | SymptomReported
    | UnderstandingCorrected
    | ReportCorrected
    | FlagRaised
    | FlagRepeated
    | FlagClaimed
    | FlagAcknowledged
    | FlagAssigned
    | FlagSnoozed
    | FlagActUndone
    | NoteAdded
    | FlagClosed
    | FlagReopened
    | WishEvent
    | TalkEvent
    | MentionEvent
)
