"""The texts that nobody asked for: the welcome, the question for the right person, each check-in, its reminder."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from followup.domain import confirming
from followup.domain import events as e
from followup.domain.caps import first_allowed
from followup.domain.deadlines import costs_a_question, last_moment, missed_at, scheduled
from followup.domain.due import NEVER, nothing
from followup.domain.episode import EpisodeState
from followup.domain.flag import Reason
from followup.domain.message import Kind
from followup.domain.patient import NO_CONSENT, NO_PHONE, OPTED_OUT, hindrance
from followup.domain.sharing import free_from, overtaken
from followup.domain.talking import QUIET, had_to_wait, not_before, talking
from followup.domain.texting import late, queued
from followup.domain.triage import raise_flag, without_words
from followup.domain.understanding.values import Urgency

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from followup.domain.circumstances import Circumstances
    from followup.domain.due import Due
    from followup.domain.episode import CheckIn, Episode

WELCOME_WITHIN = timedelta(hours=12)
"""An information text later than this after the treatment tells nobody anything new."""
OVERTAKEN = "a newer session's plan asks now"
WITHOUT_DETAILS = frozenset({NO_PHONE, NO_CONSENT})
WAITS_FOR = WITHOUT_DETAILS | {confirming.NOT_CONFIRMED}


def welcome(episode: Episode, circumstances: Circumstances, now: datetime) -> Due:
    """The information text of the day itself, where the clinic sends one."""
    is_wanted = circumstances.clinic.sms.welcome and episode.may_ask and episode.welcomed_at is None
    too_late = episode.treated_until + WELCOME_WITHIN
    if not is_wanted or now >= too_late or hindrance(circumstances.patient, circumstances.clinic):
        return NEVER
    if talking(episode.talk, now):
        return NEVER
    at = circumstances.clinic.sending_hours.next_open(_after_talk(episode, now, circumstances), circumstances.zone)
    if at is None or at >= too_late:
        return NEVER

    def welcomed() -> Sequence[e.Event]:
        text = queued(episode, circumstances, Kind.WELCOME, now, useful_until=too_late)
        return (e.PatientWelcomed(now), e.MessageQueued(text))

    return at, welcomed


def confirm(episode: Episode, circumstances: Circumstances, now: datetime) -> Due:
    """Where the clinic wants that, the first text only asks whether this is the right person."""
    if talking(episode.talk, now) or not confirming.may_be_asked(episode, circumstances, now):
        return NEVER
    at = _first_allowed(episode, free_from(now, circumstances.beside), circumstances)
    ends = last_moment(episode, min(scheduled(episode), key=lambda one: one.due_at), circumstances)
    return NEVER if at is None or at >= ends else (at, lambda: confirming.asked(episode, circumstances, now))


def ask(episode: Episode, circumstances: Circumstances, now: datetime) -> Due:
    """The next check-in: asked when it may be, or dropped with the reason, never sent late in a burst."""
    check_in = min(scheduled(episode), key=lambda one: one.due_at, default=None)
    if check_in is None or not episode.may_ask or talking(episode.talk, now):
        return NEVER
    if now < check_in.due_at:
        return check_in.due_at, nothing
    if not late(circumstances.protocol.plan(check_in.step)) and overtaken(
        episode, circumstances.patient, circumstances.beside
    ):
        return now, lambda: (e.CheckInDropped(check_in.step, now, OVERTAKEN),)
    why = hindrance(circumstances.patient, circumstances.clinic)
    ends = last_moment(episode, check_in, circumstances)
    if not why and confirming.is_unconfirmed(circumstances):
        why = confirming.NOT_CONFIRMED
    if why in WAITS_FOR and now < ends:
        return ends, nothing  # what is missing may come by then, and would not be too late
    if why:
        return now, lambda: dropped(episode, check_in, why, now)
    return _may_ask(episode, check_in, circumstances, now, ends)


def _may_ask(episode: Episode, check_in: CheckIn, circumstances: Circumstances, now: datetime, ends: datetime) -> Due:
    """At the first moment at which it may be; the question before it may be answered until this one is stale."""
    at = _first_allowed(episode, free_from(now, circumstances.beside), circumstances)
    if at is None or at >= ends:
        alone = _first_allowed(episode, now, circumstances)
        if now < ends and alone is not None and alone < ends:
            return ends, nothing
        why = _why_late(episode, check_in, circumstances, now, ends)
        return now, lambda: dropped(episode, check_in, why, now)
    return at, lambda: _asked(episode, check_in, circumstances, now, ends)


def _asked(
    episode: Episode, check_in: CheckIn, circumstances: Circumstances, now: datetime, ends: datetime
) -> Sequence[e.Event]:
    kind = Kind.ASK_LATE if late(circumstances.protocol.plan(check_in.step)) else Kind.ASK
    text = queued(episode, circumstances, kind, now, check_in=check_in, useful_until=ends)
    return (e.CheckInAsked(check_in.step, now), e.MessageQueued(text))


def _why_late(episode: Episode, check_in: CheckIn, circumstances: Circumstances, now: datetime, ends: datetime) -> str:
    if had_to_wait(episode.talk, check_in.due_at, ends):
        return "it waited while somebody was in conversation with the patient, until it was too late to ask"
    if now >= ends and free_from(now, circumstances.beside) > now:
        return "another question to this phone waited for its answer until it was too late to ask"
    return (
        "too late to ask" if now >= ends else "could not go before it was too late (sending hours, or too many texts)"
    )


def dropped(episode: Episode, check_in: CheckIn, why: str, now: datetime) -> Sequence[e.Event]:
    """Not asked: staff see why, once for an opt-out."""
    happened = e.CheckInDropped(check_in.step, now, why)
    reason = Reason.OPTED_OUT if why == OPTED_OUT else Reason.NOT_SENT
    reason = Reason.NEEDS_DETAILS if why in WITHOUT_DETAILS else reason
    if reason is Reason.OPTED_OUT and any(flag.reason is reason for flag in episode.flags):
        return (happened,)
    finding = without_words(reason, Urgency.TODAY, f"{check_in.step} was not asked: {why}", now, episode)
    return (happened, raise_flag(episode, finding, check_in.id, now))


def remind(episode: Episode, circumstances: Circumstances, now: datetime) -> Due:
    """One reminder for a question nobody answered yet."""
    due = [
        (at, check_in) for check_in in unanswered(episode) if (at := _remind_at(episode, check_in, circumstances, now))
    ]
    if not due or hindrance(circumstances.patient, circumstances.clinic):
        return NEVER
    at, check_in = min(due, key=lambda pair: pair[0])
    return at, lambda: _reminded(episode, check_in, circumstances, now)


def _remind_at(episode: Episode, check_in: CheckIn, circumstances: Circumstances, now: datetime) -> datetime | None:
    plan = circumstances.protocol.plan(check_in.step)
    if plan is None or plan.remind_after is None or check_in.reminded_at or check_in.asked_at is None:
        return None
    if not episode.may_ask or check_in.clarified_at or talking(episode.talk, now):
        return None
    from_then = free_from(max(check_in.asked_at + plan.remind_after, now), circumstances.beside)
    at = _first_allowed(episode, from_then, circumstances)
    if at is None or at >= missed_at(episode, check_in, circumstances):
        return None
    return None if costs_a_question(episode, circumstances, at) else at


def _reminded(episode: Episode, check_in: CheckIn, circumstances: Circumstances, now: datetime) -> Sequence[e.Event]:
    is_late = late(circumstances.protocol.plan(check_in.step))
    kind = Kind.REMIND_LATE if is_late else Kind.REMIND
    useful_until = missed_at(episode, check_in, circumstances)
    text = queued(episode, circumstances, kind, now, check_in=check_in, useful_until=useful_until)
    return (e.CheckInReminded(check_in.step, now), e.MessageQueued(text))


def _first_allowed(episode: Episode, at: datetime, circumstances: Circumstances) -> datetime | None:
    """The first instant from `at` on at which we may text unasked, also for what a conversation held up."""
    return first_allowed(_after_talk(episode, at, circumstances), circumstances)


def _after_talk(episode: Episode, at: datetime, circumstances: Circumstances) -> datetime:
    return not_before(episode.talk, circumstances.contact.unasked(at - QUIET), at)


def unanswered(episode: Episode) -> list[CheckIn]:
    """Check-ins that were asked and are still worth an answer."""
    runs = episode.state in {EpisodeState.ACTIVE, EpisodeState.FINISHED}
    return [check_in for check_in in episode.check_ins if check_in.is_waiting and runs]
