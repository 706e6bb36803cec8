"""Invented patients, treated and asked, with whatever a test wants to find."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from followup.domain import events as e
from followup.domain.decision import Decision
from followup.domain.episode import CheckIn, CheckInState, Completion, Episode, EpisodeState, Patient, Report
from followup.domain.flag import Evidence, Flag, Reason
from followup.domain.ids import derive
from followup.domain.inputs import Booking, BookingStatus, Consent, PatientDetails
from followup.domain.message import Direction, Kind, Message, MessageState
from followup.domain.understanding.values import Question, Severity, Understanding, Urgency
from followup.store import bookings, episodes, patients
from kit.hand_clock import MONDAY

if TYPE_CHECKING:
    from datetime import datetime

    from followup.store import Store

SAID = "redness 2, swelling 0. <b>Zoë</b>"
ZOE_PHONE = "+447700900123"
HOUR = timedelta(hours=1)


async def treat(
    store: Store,
    booking: str = "B-1",
    *,
    clinic: str = "glow",
    patient: str = "P-1",
    given: str = "Zoë",
    phone: str = ZOE_PHONE,
    at: datetime = MONDAY,
    flags: int = 1,
    urgency: Urgency = Urgency.TODAY,
) -> Episode:
    """A patient treated three days before `at`, who was asked, answered, and raised flags by it."""
    source = f"{clinic}-native"
    treated = at - 72 * HOUR
    who = Patient(clinic, source, patient, given, "Example", phone, phone, "en", consent=Consent.GRANTED)
    episode = _episode(clinic, source, booking, patient, treated)
    details = PatientDetails(patient, given, "Example", phone, consent=Consent.GRANTED)
    fact = Booking(booking, details, treated, 1, BookingStatus.FULFILLED, ends_at=treated, service_name="Meso face")
    async with store.transaction() as tx:
        await patients.save(tx, who)
        await bookings.add_fact(tx, clinic, source, fact, treated)
        happened = (e.EpisodeOpened(episode), *_talk(episode, phone, at), *_flags(episode, at, flags, urgency))
        return await episodes.apply(tx, None, Decision(happened, at + 24 * HOUR), at=at, cause="test")


def _episode(clinic: str, source: str, booking: str, patient: str, treated: datetime) -> Episode:
    episode_id = derive("episode", clinic, source, booking, patient)
    return Episode(
        id=episode_id,
        clinic=clinic,
        source=source,
        booking_id=booking,
        patient_id=patient,
        protocol_id="mesotherapy",
        protocol_version="2026.1",
        state=EpisodeState.ACTIVE,
        treated_from=treated - HOUR,
        treated_until=treated,
        completion=Completion.EXPLICIT,
        opened_at=treated,
        service_name="Meso face",
        check_ins=(
            CheckIn(derive(episode_id, "day-3"), "day-3", treated + 72 * HOUR, CheckInState.ASKED, treated + 72 * HOUR),
            CheckIn(derive(episode_id, "day-7"), "day-7", treated + 168 * HOUR),
        ),
    )


def _talk(episode: Episode, phone: str, at: datetime) -> tuple[e.Event, ...]:
    asked = _message(episode, phone, "asked", Direction.OUT, Kind.ASK, MessageState.DELIVERED, "How is it?", at)
    reply = _message(episode, phone, "reply", Direction.IN, Kind.REPLY, MessageState.RECEIVED, SAID, at)
    report = Report(
        derive(reply.id, "redness"), "redness", Severity.MODERATE, None, at, reply.id, "day-3", "redness 2", "digit"
    )
    return (
        e.MessageQueued(asked),
        e.ReplyReceived(reply, Understanding(SAID, "en", "1", Question.COMBINED_0_3)),
        e.SymptomReported(report),
    )


def _message(
    episode: Episode,
    phone: str,
    name: str,
    direction: Direction,
    kind: Kind,
    state: MessageState,
    body: str,
    at: datetime,
) -> Message:
    named = derive(episode.id, name)
    return Message(
        id=named,
        clinic=episode.clinic,
        episode_id=episode.id,
        direction=direction,
        kind=kind,
        step="day-3",
        phone=phone,
        body=body,
        state=state,
        at=at,
        not_before=at,
        useful_until=at + HOUR,
        carrier_id=f"SM-{named}",
    )


def _flags(episode: Episode, at: datetime, number: int, urgency: Urgency) -> tuple[e.Event, ...]:
    subjects = ("redness", "swelling", "bruising", "pain", "itching")[:number]
    evidence = Evidence(SAID, "above none after its window", at, episode.hours_since_treatment(at), 48.0)
    return tuple(
        e.FlagRaised(Flag(derive(episode.id, subject), Reason.PERSISTING, urgency, subject, at, at, evidence))
        for subject in subjects
    )
