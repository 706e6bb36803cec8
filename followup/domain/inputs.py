"""What may come in, in our words. A stranger's words have stopped at the door."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


class BookingStatus(StrEnum):
    """FHIR Appointment's words for where a booking stands."""

    PENDING = "pending"
    BOOKED = "booked"
    ARRIVED = "arrived"
    FULFILLED = "fulfilled"
    NO_SHOW = "noshow"
    CANCELLED = "cancelled"
    ENTERED_IN_ERROR = "entered-in-error"

    @property
    def rank(self) -> int:
        """Of two facts with equal order, the higher rank stands (bookings.md 6.1)."""
        return _STATUS_ORDER.index(self)


_STATUS_ORDER = tuple(BookingStatus)


class Consent(StrEnum):
    """The patient's word on texts, as the booking system has it."""

    GRANTED = "granted"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class PatientDetails:
    """What a booking system says of a patient; None where it says nothing. `phone` as it wrote it.

    phone_is_carers: whether it is the phone of somebody who cares for the patient: a child's parent, a daughter.
    """

    id: str
    given: str | None = None
    family: str | None = None
    phone: str | None = None
    language: str | None = None
    time_zone: str | None = None
    consent: Consent | None = None
    is_deleted: bool = False
    phone_is_carers: bool | None = None


@dataclass(frozen=True, slots=True)
class Booking:
    """One fact about one booking of one patient.

    Order among facts of a booking is the source's own: `sequence`, then `updated_at`; arrival never counts.
    `id` is "" for facts about a patient alone, `patient.id` is "" where the source names no patient.
    products: what was used, each by its name, and again with its lot where that is known.
    """

    id: str
    patient: PatientDetails
    updated_at: datetime
    sequence: int | None = None
    status: BookingStatus | None = None
    supersedes: str | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    service_id: str | None = None
    service_name: str | None = None
    location: str | None = None
    practitioner: str | None = None
    products: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """A patient's text. `carrier_id` is the carrier's name for it; `phone` and `sent_to` are E.164 where possible.

    service: the pool of numbers that `sent_to` belongs to, "" where it stands alone. media: where the carrier has what
    came with it, as far as it said so.
    """

    carrier_id: str
    phone: str
    sent_to: str
    text: str
    media_count: int
    received_at: datetime
    service: str = ""
    media: tuple[str, ...] = ()
    part: str = ""
    """Which part of the text it is, where the text speaks of several patients; "" for the first, or the whole."""


class ReceiptState(StrEnum):
    """The carrier's word on one of our messages; a higher rank never goes back."""

    ACCEPTED = "accepted"
    SENT = "sent"
    DELIVERED = "delivered"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the carrier says became of attempt `attempt` of message `message_id`; None is an unknown word."""

    message_id: str
    attempt: int
    carrier_id: str
    state: ReceiptState | None
    raw_state: str
    error_code: int | None
    received_at: datetime


class Act(StrEnum):
    """What staff do with a flag."""

    CLAIM = "claim"
    ACKNOWLEDGE = "acknowledge"
    NOTE = "note"
    CLOSE = "close"
    REOPEN = "reopen"
    SNOOZE = "snooze"
    ASSIGN = "assign"
    UNDO = "undo"
    READ = "read"
    """A note that mentions this person."""


class Outcome(StrEnum):
    """How a review ended."""

    REASSURED = "reassured"
    ADVISED = "advised"
    RECALLED = "recalled"
    REFERRED = "referred"
    MISTAKEN = "mistaken"


class ContactMade(StrEnum):
    """Whether somebody of the clinic spoke with the patient before a flag was closed."""

    MADE = "made"
    TRIED = "tried"
    NOT_NEEDED = "not_needed"


@dataclass(frozen=True, slots=True)
class ReviewAct:
    """One act of one person on one flag; `version` is the flag's as that person saw it.

    until: how long to snooze; owner: who gets it; contact: said with a closing, None for nothing said. mentioned: the
    e-mails of colleagues whom the note names.
    """

    flag_id: str
    act: Act
    who: str
    version: int
    outcome: Outcome | None = None
    note: str = ""
    until: datetime | None = None
    owner: str = ""
    contact: ContactMade | None = None
    mentioned: tuple[str, ...] = ()
