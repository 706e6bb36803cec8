"""What a booking means for the aftercare of its treatment, whatever order its facts arrive in.

A booking keeps every distinct fact its source told. Its state is a fold of those facts in the source's own order,
so the same facts give the same state however they came (bookings.md 6.1).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from followup.domain import events as e
from followup.domain.episode import CheckIn, CheckInState, Completion, Decision, Episode, EpisodeState
from followup.domain.ids import derive
from followup.domain.inputs import Booking, BookingStatus
from followup.domain.schedule import next_wake
from followup.domain.triage import raise_flag, rule_of_details

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from followup.domain.clinic import Clinic
    from followup.domain.episode import Patient
    from followup.domain.protocol import Protocol

_OVER = {BookingStatus.CANCELLED: "cancelled", BookingStatus.NO_SHOW: "no-show"}


@dataclass(frozen=True, slots=True)
class BookingState:
    """Where a booking stands, from all its facts. `held`: cancelled after an explicit completion."""

    status: BookingStatus | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    service_id: str | None = None
    service_name: str | None = None
    is_explicit: bool = False
    held: bool = False
    superseded_by: str | None = None

    @property
    def treated_until(self) -> datetime | None:
        """The end of the treatment, as far as known: its end, else its start."""
        return self.ends_at or self.starts_at


def in_order(facts: Iterable[Booking]) -> list[Booking]:
    """Facts in the source's own order: by sequence where every fact has one, then time of change, then rank."""
    known = list(facts)
    by_sequence = all(fact.sequence is not None for fact in known)

    def order(fact: Booking) -> tuple[object, ...]:
        rank = fact.status.rank if fact.status else -1
        return (fact.sequence if by_sequence else 0, fact.updated_at, rank, repr(fact))

    return sorted(known, key=order)


def state_of(facts: Iterable[Booking], superseded_by: str | None, now: datetime) -> BookingState:
    """The booking's state: newest word wins, an older fact fills what is still empty."""
    state = BookingState(superseded_by=superseded_by)
    for fact in in_order(facts):
        state = replace(_after(state, fact, now), **_details(fact))
    return state


def _details(fact: Booking) -> dict[str, object]:
    said = {
        "starts_at": fact.starts_at,
        "ends_at": fact.ends_at or (fact.starts_at and None),
        "service_id": fact.service_id,
        "service_name": fact.service_name,
    }
    return {name: value for name, value in said.items() if value is not None}


def _after(state: BookingState, fact: Booking, now: datetime) -> BookingState:
    status = fact.status
    if status is None:
        return state
    if status is BookingStatus.FULFILLED:
        return replace(state, status=status, is_explicit=True, held=False)
    if status is BookingStatus.CANCELLED:
        return replace(state, status=status, held=state.is_explicit)
    if status is BookingStatus.NO_SHOW:
        return replace(state, status=status, held=False)
    return _rebooked(state, fact, now)


def _rebooked(state: BookingState, fact: Booking, now: datetime) -> BookingState:
    """Booked again: a new time that is past corrects a completion, one to come withdraws it."""
    ends_at = fact.ends_at or fact.starts_at or state.treated_until
    if state.status is BookingStatus.FULFILLED and ends_at is not None and ends_at <= now:
        return state
    return replace(state, status=fact.status, is_explicit=False, held=False)


@dataclass(frozen=True, slots=True)
class Enrolment:
    """All that a decision about one booking of one patient is made from."""

    clinic: Clinic
    source: str
    booking_id: str
    facts: Sequence[Booking]
    superseded_by: str | None
    protocol: Protocol | None
    episode: Episode | None
    patient: Patient


def on_booking(enrolment: Enrolment, now: datetime) -> Decision:
    """What this booking's facts, all together, change; no events where they change nothing."""
    state = state_of(enrolment.facts, enrolment.superseded_by, now)
    found: list[e.Event] = []
    episode = enrolment.episode
    if episode is None:
        episode = _opened(enrolment, state, now)
        if episode is None:
            return Decision((), None)
        found.append(e.EpisodeOpened(episode))
    for event in (*_move(enrolment, episode, state), *_turn(episode, state)):
        found.append(event)
    after = e_fold(episode, found)
    found.extend(_missing_details(enrolment, episode, after, now))
    after = e_fold(episode, found)
    wake_at = next_wake(after, enrolment.clinic, enrolment.source, enrolment.patient)
    if not found and wake_at == episode.wake_at:
        return Decision((), episode.wake_at)
    return Decision(tuple(found), wake_at)
