"""What the API answers: one model per thing, in the words of the glossary. Absent is null, never ""."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from followup.domain.episode import CheckInState, EpisodeState
from followup.domain.flag import FlagState, Reason
from followup.domain.inputs import Outcome
from followup.domain.message import Direction, Kind, MessageState
from followup.domain.understanding.values import Severity, Trend, Urgency


class Answer(BaseModel):
    """Anything the API answers with; instants are RFC 3339 in UTC."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class PatientShown(Answer):
    """A patient, by the booking system's id; of the phone only the end."""

    id: str
    name: str
    phone_last4: str | None


class EvidenceShown(Answer):
    """Why, in the patient's words, the rule and the numbers."""

    said: str
    rule: str
    reported_at: datetime
    hours_since_treatment: float | None
    window_hours: float | None


class FlagShown(Answer):
    """A warning for staff. `version` counts its changes and has to come back with an act."""

    id: str
    episode_id: str
    clinic: str
    patient: PatientShown
    reason: Reason
    urgency: Urgency
    subject: str | None = Field(description="The symptom, alarm sign or step it is about")
    symptom: str | None = Field(description="The subject, where it is a symptom")
    raised_at: datetime
    last_raised_at: datetime
    times_raised: int
    evidence: EvidenceShown
    state: FlagState
    owner: str | None
    acknowledged_by: str | None
    acknowledged_at: datetime | None
    closed_by: str | None
    closed_at: datetime | None
    outcome: Outcome | None
    version: int


class ProtocolShown(Answer):
    """The plan an episode follows; the version it began with stays."""

    id: str
    version: str


class CheckInShown(Answer):
    """One planned contact."""

    id: str
    step: str
    due_at: datetime
    state: CheckInState
    asked_at: datetime | None
    reminded_at: datetime | None
    answered_at: datetime | None
    why: str | None = Field(description="Why it was dropped")


class MessageShown(Answer):
    """One text, in or out. `at`: when it was queued or received."""

    id: str
    direction: Direction
    kind: Kind
    step: str | None
    body: str
    state: MessageState
    at: datetime
    settled_at: datetime | None
    error_code: int | None
    why: str | None
    who: str | None = Field(description="Who wrote it, where staff did")
    media_count: int


class ReportShown(Answer):
    """One symptom at one time, from one reply."""

    id: str
    symptom: str
    severity: Severity | None
    trend: Trend | None
    reported_at: datetime
    hours_since_treatment: float
    step: str | None
    words: str
    rule: str
    message_id: str


class EpisodeSummary(Answer):
    """An episode as lists show it."""

    id: str
    clinic: str
    booking_id: str
    patient: PatientShown
    state: EpisodeState
    protocol: ProtocolShown
    treated_until: datetime
    opened_at: datetime


class EpisodeShown(EpisodeSummary):
    """An episode with everything known of it, oldest first."""

    source: str
    service_name: str | None
    treated_from: datetime | None
    why: str | None
    version: int
    check_ins: tuple[CheckInShown, ...]
    messages: tuple[MessageShown, ...]
    reports: tuple[ReportShown, ...]
    flags: tuple[FlagShown, ...]


class StrayShown(Answer):
    """What belongs to no episode and waits for staff."""

    id: str
    clinic: str
    kind: Literal["reply", "booking", "outbound"]
    why: str
    body: str | None = Field(description="A reply's words")
    phone_last4: str | None
    at: datetime
    source: str | None
    booking_id: str | None


class FlagList(Answer):
    """A page of flags, the most urgent first, then the oldest; `next` is the cursor of the page after it."""

    items: tuple[FlagShown, ...]
    next: str | None


class EpisodeList(Answer):
    """A page of episodes; `next` is the cursor of the page after it."""

    items: tuple[EpisodeSummary, ...]
    next: str | None


class StrayList(Answer):
    """A page of strays; `next` is the cursor of the page after it."""

    items: tuple[StrayShown, ...]
    next: str | None


class ProblemPlace(Answer):
    """One place in what was sent, and what was meant."""

    pointer: str
    detail: str


class ProblemShown(Answer):
    """What went wrong (RFC 9457). `type` is for programs and never changes."""

    type: str
    title: str
    status: int
    detail: str | None = None
    instance: str | None = None
    errors: tuple[ProblemPlace, ...] | None = None
    who: str | None = Field(default=None, description="409: who was first")
    version: int | None = Field(default=None, description="409: the version as it is now")
