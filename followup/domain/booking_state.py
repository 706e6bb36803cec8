"""Where a booking stands, from all the facts its source told, in whatever order they came (docs/decisions/0004)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from followup.domain.inputs import BookingStatus

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from followup.domain.inputs import Booking


class Plan(StrEnum):
    """What a booking asks of the aftercare of its treatment."""

    NONE = "none"
    WAITS = "waits"
    """Booked: the treatment is still to come, or its end will tell."""
    RUNS = "runs"
    """The source says that the treatment took place."""
    HELD = "held"
    """Cancelled after the source had said that it took place: staff decide."""
    CANCELLED = "cancelled"
    NO_SHOW = "no-show"
    ERROR = "entered in error"
    SUPERSEDED = "superseded"

    @property
    def is_over(self) -> bool:
        """Whether nothing more is planned."""
        return self in {Plan.CANCELLED, Plan.NO_SHOW, Plan.ERROR, Plan.SUPERSEDED}


@dataclass(frozen=True, slots=True)
class BookingState:
    """Where a booking stands; details are the newest word of each."""

    status: BookingStatus | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    service_id: str | None = None
    service_name: str | None = None
    is_held: bool = False

    @property
    def treated_until(self) -> datetime | None:
        """The end of the treatment, as far as known: its end, else its start."""
        return self.ends_at or self.starts_at

    def plan(self, superseded_by: str | None) -> Plan:
        """What it asks for."""
        if superseded_by is not None:
            return Plan.SUPERSEDED
        if self.status is None:
            return Plan.NONE
        return Plan.HELD if self.is_held else _PLANS[self.status]


_PLANS = {
    BookingStatus.PENDING: Plan.WAITS,
    BookingStatus.BOOKED: Plan.WAITS,
    BookingStatus.ARRIVED: Plan.WAITS,
    BookingStatus.FULFILLED: Plan.RUNS,
    BookingStatus.NO_SHOW: Plan.NO_SHOW,
    BookingStatus.CANCELLED: Plan.CANCELLED,
    BookingStatus.ENTERED_IN_ERROR: Plan.ERROR,
}


def in_order(facts: Iterable[Booking]) -> list[Booking]:
    """Facts in the source's own order: by sequence where every fact has one, then time of change, then rank."""
    known = list(facts)
    by_sequence = all(fact.sequence is not None for fact in known)

    def order(fact: Booking) -> tuple[int, datetime, int, str]:
        rank = fact.status.rank if fact.status else -1
        return (fact.sequence or 0 if by_sequence else 0, fact.updated_at, rank, repr(fact))

    return sorted(known, key=order)


def state_of(facts: Iterable[Booking]) -> BookingState:
    """The booking's state: of each detail the newest word, and what was said of where it stands."""
    state = BookingState()
    for fact in in_order(facts):
        state = replace(_turned(state, fact), **_details(fact))
    return state


def _details(fact: Booking) -> dict[str, datetime | str]:
    said = {
        "starts_at": fact.starts_at,
        "ends_at": fact.ends_at,
        "service_id": fact.service_id,
        "service_name": fact.service_name,
    }
    return {name: value for name, value in said.items() if value is not None}


def _turned(state: BookingState, fact: Booking) -> BookingState:
    status = fact.status
    if status is None:
        return state
    if fact.starts_at is not None and fact.ends_at is None:
        state = replace(state, ends_at=None)  # a new start makes an old end meaningless
    if status is BookingStatus.CANCELLED:
        took_place = state.status is BookingStatus.FULFILLED or state.is_held
        return replace(state, status=status, is_held=took_place)
    if state.status is BookingStatus.FULFILLED and _is_correction(fact, status):
        return state
    return replace(state, status=status, is_held=False)


def _is_correction(fact: Booking, status: BookingStatus) -> bool:
    """Whether a treatment that took place is only given another time; a time still to come takes it back."""
    ends_at = fact.ends_at or fact.starts_at
    return _PLANS[status] is Plan.WAITS and (ends_at is None or ends_at <= fact.updated_at)
