"""The time after one treatment in which the clinic answers for the patient, and what is known of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from followup.domain.flag import Flag, Reason
    from followup.domain.talking import Talk
    from followup.domain.understanding.values import Severity, Trend


class EpisodeState(StrEnum):
    """FHIR EpisodeOfCare's words."""

    PLANNED = "planned"
    ACTIVE = "active"
    ON_HOLD = "on_hold"
    FINISHED = "finished"
    CANCELLED = "cancelled"


STOPPED_BY = "stopped by "
"""Why a plan ended early, where staff ended it; their name follows."""


class Completion(StrEnum):
    """How we know that the treatment took place: the booking system said so, or its end passed without other news."""

    EXPLICIT = "explicit"
    INFERRED = "inferred"


class CheckInState(StrEnum):
    """Where one planned contact stands."""

    SCHEDULED = "scheduled"
    ASKED = "asked"
    ANSWERED = "answered"
    MISSED = "missed"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class CheckIn:
    """One planned contact; `why` says why it was dropped."""

    id: str
    step: str
    due_at: datetime
    state: CheckInState = CheckInState.SCHEDULED
    asked_at: datetime | None = None
    reminded_at: datetime | None = None
    clarified_at: datetime | None = None
    answered_at: datetime | None = None
    why: str = ""

    @property
    def is_waiting(self) -> bool:
        """Asked, and not answered yet."""
        return self.state is CheckInState.ASKED


@dataclass(frozen=True, slots=True)
class Report:
    """One symptom at one time, from one reply: severity, trend or both, with the words and rule behind it."""

    id: str
    symptom: str
    severity: Severity | None
    trend: Trend | None
    reported_at: datetime
    message_id: str
    step: str
    words: str
    rule: str


@dataclass(frozen=True, slots=True)
class Patient:
    """Who is asked. `phone` is E.164, None where the booking system gave none that can be read.

    `opted_out_at` is this phone's no to this clinic, whoever's episode it came in.
    """

    clinic: str
    source: str
    id: str
    given: str = ""
    family: str = ""
    phone: str | None = None
    phone_as_given: str = ""
    language: str | None = None
    time_zone: str | None = None
    consent: str | None = None
    opted_out_at: datetime | None = None
    confirmed_phone: str | None = None
    """The phone at which somebody said that it is the right one (the clinic's `confirm_first`)."""
    phone_is_carers: bool = False
    """Whether somebody else answers for the patient there: a text always says for whom it is."""
    stamps: Mapping[str, datetime] = field(default_factory=dict)
    """When the source changed each field, so that older news never overwrites newer."""

    @property
    def name(self) -> str:
        """Given and family name, or "" where neither is known."""
        return f"{self.given} {self.family}".strip()


@dataclass(frozen=True, slots=True)
class Episode:
    """One treatment's aftercare. Every decision is about one of these; only `evolve` makes a new state of it.

    wake_at: when it must next be looked at; None where only an input can change it.
    """

    id: str
    clinic: str
    source: str
    booking_id: str
    patient_id: str
    protocol_id: str
    protocol_version: str
    state: EpisodeState
    treated_from: datetime | None
    treated_until: datetime
    completion: Completion | None
    opened_at: datetime
    booked_as: str = ""
    """What the booking's facts, all together, last asked of this episode (enrolment.py)."""
    service_name: str = ""
    protocol_digest: str = ""
    """The wording it follows, whatever becomes of the file; "": whatever the file says now."""
    why: str = ""
    welcomed_at: datetime | None = None
    confirm_asked_at: datetime | None = None
    """When the patient was asked whether the phone is the right one."""
    wake_at: datetime | None = None
    talk: Talk | None = None
    """The last conversation between a person and the patient: while it is on, automatic texts wait (talking.py)."""
    version: int = 0
    check_ins: tuple[CheckIn, ...] = ()
    reports: tuple[Report, ...] = field(default=())
    flags: tuple[Flag, ...] = field(default=())

    @property
    def may_ask(self) -> bool:
        """Whether its plan runs."""
        return self.state is EpisodeState.ACTIVE

    @property
    def was_stopped(self) -> bool:
        """Whether staff ended its plan: only they let it go on."""
        return self.state is EpisodeState.CANCELLED and self.why.startswith(STOPPED_BY)

    def check_in(self, step: str) -> CheckIn | None:
        """The check-in of that step."""
        return next((check_in for check_in in self.check_ins if check_in.step == step), None)

    def flag(self, flag_id: str) -> Flag | None:
        """The flag of that id."""
        return next((flag for flag in self.flags if flag.id == flag_id), None)

    def open_flag(self, reason: Reason, subject: str) -> Flag | None:
        """The flag on the worklist about this, if there is one."""
        return next((flag for flag in self.flags if flag.is_open and flag.is_about(reason, subject)), None)

    def latest_report(self, symptom: str) -> Report | None:
        """The last report of that symptom that said how severe it was."""
        said = [report for report in self.reports if report.symptom == symptom and report.severity is not None]
        return max(said, key=lambda report: report.reported_at) if said else None

    def hours_since_treatment(self, at: datetime) -> float:
        """Hours between the end of treatment and `at`, to the minute."""
        return round((at - self.treated_until).total_seconds() / 60) / 60
