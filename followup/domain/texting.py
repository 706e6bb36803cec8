"""A text of ours, made: rendered in the patient's language, with the span of time in which it is of use."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from followup.domain.ids import derive
from followup.domain.message import Direction, Kind, Message, MessageState
from followup.domain.understanding.values import Question

if TYPE_CHECKING:
    from datetime import datetime

    from followup.domain.circumstances import Circumstances
    from followup.domain.episode import CheckIn, Episode
    from followup.domain.protocol import CheckInPlan

ANSWER_USEFUL = timedelta(hours=12)
AT_ONCE = timedelta(minutes=15)
"""An answer to the patient's own text goes at any hour if it can go this soon; later it waits for sending hours."""


def late(plan: CheckInPlan | None) -> bool:
    """Whether this check-in asks the question of weeks later."""
    return plan is not None and plan.question is Question.LATE_0_1


def for_whom(kind: Kind, circumstances: Circumstances) -> str:
    """What a text says for whom it is: what asks does, so that its answer is that patient's; what only answers not."""
    return circumstances.for_whom if kind in _ASKS else ""


_ASKS = frozenset(kind for kind in Kind if kind.is_question) | {
    Kind.CONFIRM,
    Kind.ASK_REST,
    Kind.CLARIFY,
    Kind.CLARIFY_LATE,
}


def queued(
    episode: Episode,
    circumstances: Circumstances,
    kind: Kind,
    now: datetime,
    *,
    useful_until: datetime,
    check_in: CheckIn | None = None,
) -> Message:
    """A text that opens a contact: a check-in's question, its reminder, the welcome."""
    plan = circumstances.protocol.plan(check_in.step) if check_in else None
    symptoms = plan.ask if plan and not late(plan) else ()
    texts, clinic, who = circumstances.texts, circumstances.clinic, for_whom(kind, circumstances)
    body = texts.render(kind, circumstances.language, clinic, symptoms=symptoms, at=now, who=who)
    named = check_in.id if check_in else episode.id
    # Another phone is asked anew whether it is the right one.
    again = (now.isoformat(),) if kind is Kind.CONFIRM else ()
    return _message(episode, circumstances, kind, derive(named, kind, *again), body, now, useful_until, check_in)


def answer(
    episode: Episode,
    circumstances: Circumstances,
    kind: Kind,
    cause: str,
    now: datetime,
    *,
    symptoms: tuple[str, ...] = (),
    by: datetime | None = None,
    check_in: CheckIn | None = None,
) -> Message:
    """A text that answers the patient's own; `cause` is the id of the reply it answers."""
    texts, language, who = circumstances.texts, circumstances.language, for_whom(kind, circumstances)
    names = circumstances.names if kind is Kind.ASK_WHOSE else ()
    clinic = circumstances.clinic
    body = texts.render(kind, language, clinic, symptoms=symptoms, by=by, at=now, who=who, names=names)
    named = derive(episode.id, "answer", kind, cause)
    return _message(episode, circumstances, kind, named, body, now, now + ANSWER_USEFUL, check_in)


def _message(
    episode: Episode,
    circumstances: Circumstances,
    kind: Kind,
    named: str,
    body: str,
    now: datetime,
    useful_until: datetime,
    check_in: CheckIn | None,
) -> Message:
    return Message(
        id=named,
        clinic=episode.clinic,
        episode_id=episode.id,
        direction=Direction.OUT,
        kind=kind,
        step=check_in.step if check_in else "",
        phone=circumstances.patient.phone or "",
        body=body,
        state=MessageState.QUEUED,
        at=now,
        not_before=now,
        useful_until=useful_until,
    )
