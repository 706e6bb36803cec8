"""A warning raised for staff, with its reason and its evidence."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from followup.domain.inputs import Act, ContactMade, Outcome
    from followup.domain.understanding.values import Urgency


class Reason(StrEnum):
    """Why a flag was raised (contract.md)."""

    PERSISTING = "persisting"
    SEVERE = "severe"
    WORSENING = "worsening"
    RETURNED = "returned"
    ALARM_SIGN = "alarm_sign"
    ASKED_FOR_CONTACT = "asked_for_contact"
    UNCLEAR = "unclear"
    SILENT = "silent"
    UNREACHABLE = "unreachable"
    OPTED_OUT = "opted_out"
    NOT_SENT = "not_sent"
    NEEDS_DETAILS = "needs_details"


class FlagState(StrEnum):
    """Whether staff still have to look."""

    ACTIVE = "active"
    CLOSED = "closed"
    MISTAKEN = "mistaken"


@dataclass(frozen=True, slots=True)
class Evidence:
    """Why, in the patient's own words, the rule and the numbers. Hours are not rounded below a minute."""

    said: str
    rule: str
    reported_at: datetime
    hours_since_treatment: float | None = None
    window_hours: float | None = None
    hours_since_others: tuple[float, ...] = ()
    """Hours since the end of each of the patient's other sessions of late, the newest first."""


@dataclass(frozen=True, slots=True)
class Before:
    """What one act of staff changed of a flag, so that whoever did it can take it back `until` then (machine time)."""

    act: Act
    who: str
    until: datetime
    owner: str = ""
    acknowledged_by: str = ""
    acknowledged_at: datetime | None = None
    snoozed_by: str = ""
    snoozed_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Flag:
    """One warning. `subject` is the symptom or alarm sign it is about, "" for none.

    last_raised_at moves when the same thing is said again; version counts every change (optimistic lock).
    """

    id: str
    reason: Reason
    urgency: Urgency
    subject: str
    raised_at: datetime
    last_raised_at: datetime
    evidence: Evidence
    state: FlagState = FlagState.ACTIVE
    version: int = 1
    times_raised: int = 1
    owner: str = ""
    acknowledged_by: str = ""
    acknowledged_at: datetime | None = None
    closed_by: str = ""
    closed_at: datetime | None = None
    outcome: Outcome | None = None
    touched_by: str = ""
    """Who changed it last, "" for nobody but the service: told to whoever comes second."""
    waits_since: datetime | None = None
    """Since when nobody deals with it; None once somebody claimed, acknowledged or closed it (notifying.py)."""
    snoozed_by: str = ""
    snoozed_until: datetime | None = None
    """Until then it stands below the others, still counted; a new reply or report ends it at once."""
    contact: ContactMade | None = None
    mentioned: tuple[str, ...] = ()
    """Colleagues whom a note named and who have not done anything with it since."""
    before: Before | None = None
    """How it was before the last act, None where that cannot be taken back."""

    @property
    def is_open(self) -> bool:
        """Whether it stands on the worklist."""
        return self.state is FlagState.ACTIVE

    def is_snoozed(self, now: datetime) -> bool:
        """Whether it waits below the others for now."""
        return self.is_open and self.snoozed_until is not None and self.snoozed_until > now

    def can_undo(self, who: str, wall: datetime) -> bool:
        """Whether this person may still take their last act back; `wall` is machine time."""
        return self.is_open and self.before is not None and self.before.who == who and wall <= self.before.until

    def is_about(self, reason: Reason, subject: str) -> bool:
        """Whether it is the same warning raised before."""
        return self.reason is reason and self.subject == subject
