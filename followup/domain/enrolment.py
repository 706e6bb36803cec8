"""What a booking means for the aftercare of its treatment: opened, moved, held, ended, or gone on with."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from followup.domain import events as e
from followup.domain.booking_state import BookingState, Plan, state_of
from followup.domain.decision import Decision
from followup.domain.episode import CheckIn, CheckInState, Completion, Episode, EpisodeState
from followup.domain.evolve import fold
from followup.domain.flag import Reason
from followup.domain.ids import derive
from followup.domain.triage import raise_flag, without_words
from followup.domain.understanding.values import Urgency

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime, timedelta

    from followup.domain.clinic import Clinic
    from followup.domain.episode import Patient
    from followup.domain.inputs import Booking
    from followup.domain.protocol import Protocol

HELD = "cancelled after it was completed: decide whether the texts go on"
TAKEN_BACK = "completed, and then given a time to come: if a treatment took place, nobody asks about it"
REPLACED = "completed, and then replaced by another booking: if a treatment took place, nobody asks about it"
_REPLANNED = frozenset({CheckInState.SCHEDULED, CheckInState.DROPPED})


@dataclass(frozen=True, slots=True)
class Enrolment:
    """All that a decision about one booking of one patient is made from. `facts`: everything told of it so far."""

    clinic: Clinic
    source: str
    booking_id: str
    facts: Sequence[Booking]
    superseded_by: str | None
    protocol: Protocol | None
    episode: Episode | None
    patient: Patient

    @property
    def state(self) -> BookingState:
        """Where the booking stands."""
        return state_of(self.facts)


def unmapped(enrolment: Enrolment) -> str:
    """Why this booking opens no episode and staff must see it; "" where it does, or nothing was to be opened."""
    state = enrolment.state
    plan = state.plan(enrolment.superseded_by)
    if enrolment.episode is not None or plan is Plan.NONE or plan.is_over:
        return ""
    if state.service_id is None:
        return "the booking names no service"
    if enrolment.protocol is None:
        return f'no protocol for the service "{state.service_name or state.service_id}"'
    return "" if state.treated_until else "the booking has no time"


def on_booking(enrolment: Enrolment, now: datetime) -> Decision:
    """What this booking's facts, all together, change; no events where they change nothing."""
    state = enrolment.state
    plan = state.plan(enrolment.superseded_by)
    found: list[e.Event] = []
    episode = enrolment.episode
    if episode is None:
        episode = _opened(enrolment, state, plan, now)
        if episode is None:
            return Decision((), None)
        found.append(e.EpisodeOpened(episode))
    for step in (_moved, _back_in_time, _turned, _unknown_service):
        after = fold(episode, found) or episode
        found.extend(step(enrolment, after, state, now))
    if not found:
        return Decision((), episode.wake_at)
    after = fold(episode, found) or episode
    return Decision(tuple(found), now if after.state in _AWAKE else None)


_AWAKE = frozenset({EpisodeState.PLANNED, EpisodeState.ACTIVE})
"""Looked at again at once: `on_wake` knows when the next thing is due."""


def _opened(enrolment: Enrolment, state: BookingState, plan: Plan, now: datetime) -> Episode | None:
    """A planned episode, be it one that ends at once; none where the facts do not yet say what to plan, and when."""
    protocol, treated_until = enrolment.protocol, state.treated_until
    if plan is Plan.NONE or protocol is None or treated_until is None:
        return None
    clinic, patient = enrolment.clinic, enrolment.patient
    episode_id = derive("episode", clinic.id, enrolment.source, enrolment.booking_id, patient.id)
    return Episode(
        id=episode_id,
        clinic=clinic.id,
        source=enrolment.source,
        booking_id=enrolment.booking_id,
        patient_id=patient.id,
        protocol_id=protocol.id,
        protocol_version=protocol.version,
        protocol_digest=protocol.digest,
        state=EpisodeState.PLANNED,
        treated_from=state.starts_at,
        treated_until=treated_until,
        completion=None,
        opened_at=now,
        booked_as=Plan.WAITS,
        service_name=state.service_name or state.service_id or "",
        check_ins=planned(episode_id, protocol, treated_until),
    )


def planned(episode_id: str, protocol: Protocol, treated_until: datetime) -> tuple[CheckIn, ...]:
    """The protocol's check-ins, counted from the end of treatment."""
    return tuple(
        CheckIn(derive(episode_id, "check-in", plan.step), plan.step, treated_until + plan.after)
        for plan in protocol.check_ins
    )


def _moved(enrolment: Enrolment, episode: Episode, state: BookingState, now: datetime) -> Iterator[e.Event]:
    """Another time, or another service: what was not asked yet is planned anew, what was asked stays."""
    treated_until = state.treated_until or episode.treated_until
    protocol = enrolment.protocol
    is_same_plan = protocol is None or protocol.id == episode.protocol_id
    is_same_time = treated_until == episode.treated_until and state.starts_at in {None, episode.treated_from}
    service = state.service_name or state.service_id or episode.service_name
    if is_same_plan and is_same_time and service == episode.service_name:
        return
    if protocol is None or is_same_plan:
        check_ins = _shifted(episode, treated_until - episode.treated_until, now)
        plan = (episode.protocol_id, episode.protocol_version, service, episode.protocol_digest)
    else:
        check_ins = exchanged(episode, planned(episode.id, protocol, treated_until))
        plan = (protocol.id, protocol.version, service, protocol.digest)
    yield e.EpisodeMoved(state.starts_at or episode.treated_from, treated_until, check_ins, *plan)


def _shifted(episode: Episode, by: timedelta, now: datetime) -> tuple[CheckIn, ...]:
    def moved(check_in: CheckIn) -> CheckIn:
        due_at = check_in.due_at + by
        if check_in.state is CheckInState.SCHEDULED:
            return replace(check_in, due_at=due_at)
        is_to_come = check_in.state is CheckInState.DROPPED and check_in.asked_at is None and due_at > now
        return replace(check_in, due_at=due_at, state=CheckInState.SCHEDULED, why="") if is_to_come else check_in

    return tuple(map(moved, episode.check_ins))


def exchanged(episode: Episode, check_ins: tuple[CheckIn, ...]) -> tuple[CheckIn, ...]:
    """Another protocol's check-ins; those of the old one that were asked are kept."""
    asked = {one.step: one for one in episode.check_ins if one.state not in _REPLANNED}
    kept = tuple(one for step, one in asked.items() if step not in {each.step for each in check_ins})
    return kept + tuple(asked.get(one.step, one) for one in check_ins)


def _back_in_time(enrolment: Enrolment, episode: Episode, state: BookingState, now: datetime) -> Iterator[e.Event]:
    """A treatment we only took for done, whose time is now to come; or a finished plan that has check-ins to come."""
    is_inferred = episode.completion is Completion.INFERRED and episode.state in _UNDER_WAY
    if is_inferred and state.plan(enrolment.superseded_by).waits and episode.treated_until > now:
        yield e.EpisodeReturned(EpisodeState.PLANNED, None)
    elif episode.state is EpisodeState.FINISHED and any(
        one.state is CheckInState.SCHEDULED for one in episode.check_ins
    ):
        yield e.EpisodeReturned(EpisodeState.ACTIVE, episode.completion)


_UNDER_WAY = frozenset({EpisodeState.ACTIVE, EpisodeState.FINISHED})


def _turned(enrolment: Enrolment, episode: Episode, state: BookingState, now: datetime) -> Iterator[e.Event]:
    """What the booking asks for now and did not ask before; a decision of staff stands against it."""
    plan = state.plan(enrolment.superseded_by)
    if plan is Plan.NONE or plan.value == episode.booked_as:
        return
    yield e.BookingChanged(plan.value)
    if plan is Plan.RUNS:
        yield from _run(episode)
    elif plan.waits:
        yield from _wait(episode, plan, now)
    elif plan is Plan.HELD:
        yield from _hold(episode, now)
    elif plan.is_over:
        yield from _end(enrolment, episode, state, now)


def _is_kept(episode: Episode) -> bool:
    """Whether people hold or stopped this plan: a booking does not let it go on."""
    return episode.was_stopped or (episode.state is EpisodeState.ON_HOLD and episode.why != HELD)


def _run(episode: Episode) -> Iterator[e.Event]:
    """It took place: an inferred completion becomes an explicit one without a second plan."""
    if episode.state is EpisodeState.FINISHED or _is_kept(episode):
        yield e.EpisodeReturned(episode.state, Completion.EXPLICIT)
    else:
        yield e.TreatmentCompleted(Completion.EXPLICIT)


def _wait(episode: Episode, plan: Plan, now: datetime) -> Iterator[e.Event]:
    if _is_kept(episode):
        yield e.EpisodeReturned(episode.state, None)
    elif episode.state is not EpisodeState.PLANNED:
        yield e.EpisodeReturned(EpisodeState.PLANNED, None)
    if plan is Plan.TAKEN_BACK:
        yield _told(episode, TAKEN_BACK, now)


def _hold(episode: Episode, now: datetime) -> Iterator[e.Event]:
    """The same in any order of arrival: it took place, and then it was cancelled."""
    if _is_kept(episode):
        yield e.EpisodeReturned(episode.state, Completion.EXPLICIT)
    else:
        if episode.completion is not Completion.EXPLICIT:
            yield e.TreatmentCompleted(Completion.EXPLICIT)
        yield e.EpisodeHeld(HELD)
    yield _told(episode, HELD, now)


def _end(enrolment: Enrolment, episode: Episode, state: BookingState, now: datetime) -> Iterator[e.Event]:
    plan = state.plan(enrolment.superseded_by)
    if episode.state is not EpisodeState.CANCELLED:
        by = f" by {enrolment.superseded_by}" if plan is Plan.SUPERSEDED else ""
        yield e.EpisodeCancelled(f"{plan.value}{by}")
    if plan is Plan.SUPERSEDED and state.is_done:
        yield _told(episode, REPLACED, now)


def _unknown_service(enrolment: Enrolment, episode: Episode, state: BookingState, now: datetime) -> Iterator[e.Event]:
    """Another service that no protocol is known for: the plan goes on as it was, and staff judge it."""
    if enrolment.protocol is not None or state.service_id is None or state.plan(enrolment.superseded_by).is_over:
        return
    name = state.service_name or state.service_id
    rule = f'the service is now "{name}", which has no protocol: the plan is that of {episode.protocol_id}'
    if all(flag.evidence.rule != rule for flag in episode.flags):
        yield _told(episode, rule, now)


def _told(episode: Episode, rule: str, now: datetime) -> e.Event:
    """Staff must look at this booking, whatever its plan does."""
    return raise_flag(episode, without_words(Reason.NEEDS_DETAILS, Urgency.TODAY, rule, now, episode), rule, now)
