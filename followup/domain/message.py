"""One text, in or out, and the table of states a text can be in."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


class Kind(StrEnum):
    """Why a text goes out; each has a wording per language in templates/sms."""

    ASK = "ask"
    ASK_LATE = "ask_late"
    REMIND = "remind"
    REMIND_LATE = "remind_late"
    WELCOME = "welcome"
    CONFIRM = "confirm"
    THANKS = "thanks"
    ASK_REST = "ask_rest"
    ASK_WORDS = "ask_words"
    ASK_WHOSE = "ask_whose"
    CLARIFY = "clarify"
    CLARIFY_LATE = "clarify_late"
    FLAGGED = "flagged"
    SAFETY = "safety"
    STAFF = "staff"
    REPLY = "reply"
    """The patient's own text, direction in."""

    @property
    def waits_for_hours(self) -> bool:
        """Whether it may go only within sending hours; answers to the patient's own text go at once."""
        return self in _UNASKED

    @property
    def is_question(self) -> bool:
        """Whether it opens or repeats a check-in's question."""
        return self in _QUESTIONS

    @property
    def opens_question(self) -> bool:
        """Whether it is a check-in's first text."""
        return self in _OPENING


_OPENING = frozenset({Kind.ASK, Kind.ASK_LATE})
_QUESTIONS = frozenset({Kind.ASK, Kind.ASK_LATE, Kind.REMIND, Kind.REMIND_LATE})
_UNASKED = _QUESTIONS | {Kind.WELCOME, Kind.CONFIRM}


class MessageState(StrEnum):
    """Where a text stands. `unknown`: the carrier may or may not have it."""

    QUEUED = "queued"
    ATTEMPTING = "attempting"
    UNKNOWN = "unknown"
    ACCEPTED = "accepted"
    SENT = "sent"
    DELIVERED = "delivered"
    FAILED = "failed"
    WITHDRAWN = "withdrawn"
    """Not sent on purpose: opted out, cancelled, too late; `why` says which."""
    RECEIVED = "received"
    """Direction in."""


class Direction(StrEnum):
    """Seen from us."""

    IN = "in"
    OUT = "out"


@dataclass(frozen=True, slots=True)
class Message:
    """One text. Bodies are patient data: never logged.

    not_before: earliest instant it may leave (care time); hands_off_until: lease or back-off (machine time).
    useful_until: after this it is worse than none and is withdrawn instead.
    """

    id: str
    clinic: str
    episode_id: str
    direction: Direction
    kind: Kind
    step: str
    phone: str
    body: str
    state: MessageState
    at: datetime
    not_before: datetime
    useful_until: datetime
    attempt: int = 0
    attempted_at: datetime | None = None
    hands_off_until: datetime | None = None
    empty_looks: int = 0
    rounds: int = 0
    carrier_id: str | None = None
    error_code: int | None = None
    why: str = ""
    settled_at: datetime | None = None
    who: str = ""
    media_count: int = 0
    any_hour: bool = False
    """Whether a text of staff goes at whatever hour it is: urgent, or its writer said so."""
