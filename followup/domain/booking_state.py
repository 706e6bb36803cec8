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
    TAKEN_BACK = "taken back"
    """Said to have taken place, and then given a time that was still to come: it waits, and staff are told."""
    RUNS = "runs"
    """The source says that the treatment took place."""
    HELD = "held"
    """Cancelled after the source had said that it took place: staff decide."""
    CANCELLED = "cancelled"
    NO_SHOW = "no-show"
    ERROR = "entered in error"
    SUPERSEDED = "superseded"

    @property
    def waits(self) -> bool:
        """Whether the treatment is still to come, or its end will tell."""
        return self in {Plan.WAITS, Plan.TAKEN_BACK}

    @property
    def is_over(self) -> bool:
        """Whether nothing more is planned."""
        return self in {Plan.CANCELLED, Plan.NO_SHOW, Plan.ERROR, Plan.SUPERSEDED}


@dataclass(frozen=True, slots=True)
class BookingState:
    """Where a booking stands; details are the newest word of each.

    is_done: the source said that the treatment took place, and has not taken that back since.
    was_taken_back: it did take that back, by a time that was still to come.
    """

    status: BookingStatus | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    service_id: str | None = None
    service_name: str | None = None
    is_done: bool = False
    was_taken_back: bool = False

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
        plan = _PLANS[self.status]
        if plan is Plan.CANCELLED and self.is_done:
            return Plan.HELD
        return Plan.TAKEN_BACK if plan is Plan.WAITS and self.was_taken_back else plan


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
        state = _with_details(_turned(state, fact), fact)
    return state


def _with_details(state: BookingState, fact: Booking) -> BookingState:
    # Another start makes an old end meaningless, another service an old name.
    known_end = state.ends_at if fact.starts_at in {None, state.starts_at} else None
    known_name = state.service_name if fact.service_id in {None, state.service_id} else None
    return replace(
        state,
        starts_at=fact.starts_at or state.starts_at,
        ends_at=fact.ends_at or known_end,
        service_id=fact.service_id or state.service_id,
        service_name=fact.service_name or known_name,
    )


def _turned(state: BookingState, fact: Booking) -> BookingState:
    status = fact.status
    if status is None:
        return state
    if _PLANS[status] is Plan.WAITS:
        return _waiting(state, fact, status)
    # Whoever did not come was not treated: a cancellation after that only tidies up.
    is_tidied = status is BookingStatus.CANCELLED and state.status is BookingStatus.NO_SHOW
    is_untrue = status is BookingStatus.ENTERED_IN_ERROR or is_tidied
    is_done = status is BookingStatus.FULFILLED or (state.is_done and not is_untrue)
    return replace(state, status=status, is_done=is_done, was_taken_back=state.was_taken_back and not is_done)


def _waiting(state: BookingState, fact: Booking, status: BookingStatus) -> BookingState:
    """Booked, perhaps once more: done stays done where only its time is corrected, or a no-show undone."""
    ends_at = fact.ends_at or fact.starts_at
    if state.is_done and (ends_at is None or ends_at <= fact.updated_at):
        return replace(state, status=BookingStatus.FULFILLED)
    is_taken_back = state.is_done and state.status is not BookingStatus.NO_SHOW
    return replace(state, status=status, is_done=False, was_taken_back=is_taken_back or state.was_taken_back)
