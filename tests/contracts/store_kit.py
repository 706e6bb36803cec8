"""Values that a store keeps, each with everything filled in, so that nothing gets lost unnoticed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from followup.domain.episode import CheckIn, Episode, EpisodeState, Patient, Report
from followup.domain.flag import Evidence, Flag, Reason
from followup.domain.message import Direction, Kind, Message, MessageState
from followup.domain.understanding.values import Severity, Trend, Urgency

NOON = datetime(2026, 12, 1, 12, 0, 0, 123456, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
CLINIC, SOURCE, PHONE = "glow", "glow-native", "+447700900123"


def a_patient(name: str = "p1", **changes: Any) -> Patient:
    patient = Patient(
        clinic=CLINIC,
        source=SOURCE,
        id=name,
        given="Zoë",
        family="O'Hara",
        phone=PHONE,
        phone_as_given="07700 900123",
        language="es-MX",
        time_zone="Europe/Rome",
        consent="granted",
        stamps={"phone_as_given": NOON - DAY, "given": NOON},
    )
    return replace(patient, **changes)


def an_episode(name: str = "e1", *, patient: str = "p1", clinic: str = CLINIC, **changes: Any) -> Episode:
    episode = Episode(
        id=name,
        clinic=clinic,
        source=SOURCE,
        booking_id=f"b-{name}",
        patient_id=patient,
        protocol_id="mesotherapy",
        protocol_version="2026.1",
        state=EpisodeState.PLANNED,
        treated_from=NOON - HOUR,
        treated_until=NOON,
        completion=None,
        opened_at=NOON - DAY,
        booked_as="booked",
        service_name="Mesoterapia «viso»",
        check_ins=tuple(
            CheckIn(f"{name}-{step}", step, NOON + days * DAY)
            for step, days in {"day-3": 3, "day-1": 1, "day-7": 7}.items()
        ),
    )
    return replace(episode, **changes)


def a_report(name: str = "r1", **changes: Any) -> Report:
    report = Report(
        id=name,
        symptom="redness",
        severity=Severity.MODERATE,
        trend=Trend.WORSE,
        reported_at=NOON + DAY,
        message_id="in-1",
        step="day-1",
        words="rojo … peor ✓",
        rule="degree",
    )
    return replace(report, **changes)


def a_flag(name: str = "f1", **changes: Any) -> Flag:
    flag = Flag(
        id=name,
        reason=Reason.PERSISTING,
        urgency=Urgency.TODAY,
        subject="redness",
        raised_at=NOON + DAY,
        last_raised_at=NOON + DAY,
        evidence=Evidence('still "red"\n❤', "window over", NOON + DAY, 50 + 1 / 60, 0.1 + 0.2),
        waits_since=NOON + DAY,
    )
    return replace(flag, **changes)


def a_message(name: str = "m1", *, episode: str = "e1", clinic: str = CLINIC, **changes: Any) -> Message:
    message = Message(
        id=name,
        clinic=clinic,
        episode_id=episode,
        direction=Direction.OUT,
        kind=Kind.ASK,
        step="day-1",
        phone=PHONE,
        body="Glow: how is the redness? 0-3 ✓",
        state=MessageState.QUEUED,
        at=NOON,
        not_before=NOON,
        useful_until=NOON + DAY,
        media_count=0,
    )
    return replace(message, **changes)
