"""Whether a text may leave now: claimed, put off to the next sending hours, or withdrawn with why."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from followup.domain.episode import EpisodeState
from followup.domain.message import Kind, Message, MessageState
from followup.domain.patient import hindrance
from followup.domain.talking import OVERTAKEN, WAITS, held_until, is_overtaken
from followup.domain.texting import AT_ONCE

if TYPE_CHECKING:
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from followup.domain.clinic import Clinic
    from followup.domain.episode import Patient
    from followup.domain.talking import Talk

LEASE = timedelta(seconds=60)
"""How long an attempt may be silent before its fate counts as unknown; well above the gateway's time limit."""
MOMENT = timedelta(seconds=1)
TOO_LATE = "too late"


def on_claim(
    message: Message,
    patient: Patient,
    clinic: Clinic,
    zone: ZoneInfo,
    episode_state: EpisodeState,
    now: datetime,
    wall: datetime,
    talk: Talk | None = None,
    asked_before: datetime | None = None,
) -> Message:
    """The text as it is claimed: about to be attempted, put off to the next sending hours, or withdrawn with why.

    talk: the last conversation of a person with the patient, for which it waits while it is on.
    asked_before: when another text that nobody asked for last left to this phone.
    """
    why = _why_not(message, patient, clinic, episode_state, now) or (OVERTAKEN if is_overtaken(talk, message) else "")
    look_at = held_until(talk, message, now)
    if look_at is not None and not why:
        return replace(message, not_before=look_at, why=WAITS)
    at = clinic.sending_hours.next_open(now, zone) if must_wait(message, now) else now
    if not why and (at is None or at > message.useful_until):
        why = _too_late(message)
    if why or at is None:
        return replace(message, state=MessageState.WITHDRAWN, why=why, settled_at=now, hands_off_until=None)
    at = max(at, _after_the_last(message, clinic, asked_before))
    if at > now:
        # Never beyond its use: then it is looked at once more, and taken back as too late.
        return replace(message, not_before=min(at, message.useful_until + MOMENT))
    return replace(
        message,
        phone=patient.phone or message.phone,
        state=MessageState.ATTEMPTING,
        attempt=message.attempt + 1,
        attempted_at=now,
        hands_off_until=wall + LEASE,
        empty_looks=0,
        why="",
    )


def _after_the_last(message: Message, clinic: Clinic, asked_before: datetime | None) -> datetime:
    """When the clinic's gap since the last text that nobody asked for is over, whatever held either of them up."""
    if asked_before is None or not message.kind.waits_for_hours:
        return message.at
    return asked_before + clinic.sms.min_gap


def must_wait(message: Message, now: datetime) -> bool:
    """Whether it may go only within sending hours: what nobody asked for, staff's words, an answer that comes late."""
    if message.kind is Kind.STAFF:
        return not message.any_hour
    return message.kind.waits_for_hours or now - message.at > AT_ONCE


def _why_not(message: Message, patient: Patient, clinic: Clinic, episode_state: EpisodeState, now: datetime) -> str:
    if now > message.useful_until:
        return _too_late(message)
    if message.kind.waits_for_hours and episode_state is not EpisodeState.ACTIVE:
        return f"the plan is {episode_state}"
    return hindrance(patient, clinic)


def _too_late(message: Message) -> str:
    """With what held it back, so that staff read the cause and not only the effect."""
    return f"{TOO_LATE} (it was held back: {message.why})" if message.why else TOO_LATE


def valid_for(message: Message, clinic: Clinic, zone: ZoneInfo, now: datetime) -> timedelta:
    """How long the carrier may still deliver it: while it is of use, and what waits for hours not into the night."""
    ends = message.useful_until
    closes = clinic.sending_hours.closes(now, zone) if must_wait(message, now) else None
    return max(min(ends, closes or ends) - now, timedelta(minutes=1))
