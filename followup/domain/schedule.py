"""When to ask, to remind, to note silence and to finish; and when to look again."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from followup.domain import confirming
from followup.domain import events as e
from followup.domain.caps import first_allowed, with_sent
from followup.domain.deadlines import costs_a_question, last_moment, missed_at, scheduled
from followup.domain.decision import Decision
from followup.domain.episode import CheckInState, Completion, EpisodeState
from followup.domain.evolve import evolve
from followup.domain.flag import Reason
from followup.domain.message import Kind
from followup.domain.patient import NO_CONSENT, NO_PHONE, OPTED_OUT, hindrance
from followup.domain.sharing import free_from, overtaken
from followup.domain.talking import BY_ITSELF, QUIET, TalkEnded, had_to_wait, not_before, talking
from followup.domain.texting import late, queued
from followup.domain.triage import is_present, raise_flag, without_words
from followup.domain.understanding.values import Urgency

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from followup.domain.circumstances import Circumstances
    from followup.domain.episode import CheckIn, Episode

MOST_STEPS = 50
DAY = timedelta(days=1)
WELCOME_WITHIN = timedelta(hours=12)
"""An information text later than this after the treatment tells nobody anything new."""
SETTLED = frozenset({CheckInState.ANSWERED, CheckInState.MISSED, CheckInState.DROPPED})
OVERTAKEN = "a newer session's plan asks now"
WITHOUT_DETAILS = frozenset({NO_PHONE, NO_CONSENT})
WAITS_FOR = WITHOUT_DETAILS | {confirming.NOT_CONFIRMED}


def on_wake(episode: Episode, circumstances: Circumstances, now: datetime) -> Decision:
    """Everything that has fallen due by now, each thing once; and when to look again."""
    found: list[e.Event] = []
    for _ in range(MOST_STEPS):
        step, next_at = _look(episode, circumstances, now)
        if not step:
            return Decision(tuple(found), next_at)
        for event in step:
            episode = evolve(episode, event)
            if isinstance(event, e.MessageQueued):
                circumstances = with_sent(circumstances, event.message.kind, event.message.at)
        found.extend(step)
    return Decision(tuple(found), next_wake(episode, circumstances, now))


def next_wake(episode: Episode, circumstances: Circumstances, now: datetime) -> datetime | None:
    """The next instant at which this episode must be looked at; None where only an input can change it."""
    return min(filter(None, (rule(episode, circumstances, now)[0] for rule in RULES)), default=None)


def _nothing() -> Sequence[e.Event]:
    return ()


Due = tuple["datetime | None", "Callable[[], Sequence[e.Event]]"]
"""When the rule has something to do (None: never), and what, if that is now: only then is a text worded."""
NEVER: Due = (None, _nothing)


def _look(episode: Episode, circumstances: Circumstances, now: datetime) -> tuple[Sequence[e.Event], datetime | None]:
    """What the first rule has to do that is due; where none is, when the first will be."""
    next_at: datetime | None = None
    for rule in RULES:
        at, found = rule(episode, circumstances, now)
        if at is None:
            continue
        if at <= now and (step := found()):
            return step, None
        next_at = at if next_at is None else min(at, next_at)
    return (), next_at


def _end_talk(episode: Episode, _circumstances: Circumstances, now: datetime) -> Due:
    """A conversation that nobody ended is over some time after its last word."""
    if episode.talk is None or episode.talk.ended_at is not None:
        return NEVER
    return episode.talk.ends_at, lambda: (TalkEnded("", now, BY_ITSELF),)


def _complete(episode: Episode, circumstances: Circumstances, _now: datetime) -> Due:
    """The end passed without other news: the treatment took place, where the clinic takes it so."""
    source = circumstances.clinic.source(episode.source)
    if episode.state is not EpisodeState.PLANNED or source is None or source.complete_after is None:
        return NEVER
    return episode.treated_until + source.complete_after, lambda: (e.TreatmentCompleted(Completion.INFERRED),)


def _tell_of_missing_details(episode: Episode, circumstances: Circumstances, now: datetime) -> Due:
    """Treated, but nobody we may text: staff must know before the first check-in is due."""
    why = hindrance(circumstances.patient, circumstances.clinic)
    is_known = any(flag.reason is Reason.NEEDS_DETAILS and why in flag.evidence.rule for flag in episode.flags)
    if not episode.may_ask or why not in WITHOUT_DETAILS or is_known:
        return NEVER
    finding = without_words(Reason.NEEDS_DETAILS, Urgency.TODAY, f"no texts can go: {why}", now, episode)
    return now, lambda: (raise_flag(episode, finding, why, now),)


def _welcome(episode: Episode, circumstances: Circumstances, now: datetime) -> Due:
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


def _confirm(episode: Episode, circumstances: Circumstances, now: datetime) -> Due:
    """Where the clinic wants that, the first text only asks whether this is the right person."""
    if talking(episode.talk, now) or not confirming.may_be_asked(episode, circumstances, now):
        return NEVER
    at = _first_allowed(episode, free_from(now, circumstances.beside), circumstances)
    ends = last_moment(episode, min(scheduled(episode), key=lambda one: one.due_at), circumstances)
    return NEVER if at is None or at >= ends else (at, lambda: confirming.asked(episode, circumstances, now))


def _unconfirmed(episode: Episode, circumstances: Circumstances, now: datetime) -> Due:
    """Asked for the right person, and nobody answers: staff must know."""
    asked_at = episode.confirm_asked_at
    if asked_at is None or not episode.may_ask or not confirming.is_unconfirmed(circumstances):
        return NEVER
    if confirming.is_told(episode) or not confirming.was_asked(episode, circumstances, now):
        return NEVER
    return asked_at + confirming.ANSWER_WITHIN, lambda: confirming.unheard(episode, now)


def _miss(episode: Episode, circumstances: Circumstances, now: datetime) -> Due:
    """Nobody answered in time: silence is news, never "fine"."""
    waiting = [(missed_at(episode, check_in, circumstances), check_in) for check_in in _waiting(episode)]
    if not waiting:
        return NEVER
    at, check_in = min(waiting, key=lambda pair: pair[0])
    return at, lambda: _missed(episode, check_in, check_in.asked_at or at, now)


def _missed(episode: Episode, check_in: CheckIn, asked_at: datetime, now: datetime) -> Sequence[e.Event]:
    urgency = Urgency.TODAY if _is_worrying(episode) else Urgency.REVIEW
    rule = f"no reply to {check_in.step}, asked {_hours(now - asked_at)} h ago"
    finding = without_words(Reason.SILENT, urgency, rule, now, episode)
    return (e.CheckInMissed(check_in.step, now), raise_flag(episode, finding, check_in.id, now))


def _is_worrying(episode: Episode) -> bool:
    """Whether silence follows something that staff should not lose sight of."""
    is_flagged = any(flag.is_open and flag.reason is not Reason.SILENT for flag in episode.flags)
    last = max(episode.reports, key=lambda report: report.reported_at, default=None)
    return is_flagged or (last is not None and is_present(last))


def _hours(length: timedelta) -> int:
    return round(length / timedelta(hours=1))


def _remind(episode: Episode, circumstances: Circumstances, now: datetime) -> Due:
    """One reminder for a question nobody answered yet."""
    due = [
        (at, check_in) for check_in in _waiting(episode) if (at := _remind_at(episode, check_in, circumstances, now))
    ]
    if not due or hindrance(circumstances.patient, circumstances.clinic):
        return NEVER
    at, check_in = min(due, key=lambda pair: pair[0])
    return at, lambda: _reminded(episode, check_in, circumstances, now)


def _reminded(episode: Episode, check_in: CheckIn, circumstances: Circumstances, now: datetime) -> Sequence[e.Event]:
    is_late = late(circumstances.protocol.plan(check_in.step))
    kind = Kind.REMIND_LATE if is_late else Kind.REMIND
    useful_until = missed_at(episode, check_in, circumstances)
    text = queued(episode, circumstances, kind, now, check_in=check_in, useful_until=useful_until)
    return (e.CheckInReminded(check_in.step, now), e.MessageQueued(text))


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


def _first_allowed(episode: Episode, at: datetime, circumstances: Circumstances) -> datetime | None:
    """The first instant from `at` on at which we may text unasked, also for what a conversation held up."""
    return first_allowed(_after_talk(episode, at, circumstances), circumstances)


def _after_talk(episode: Episode, at: datetime, circumstances: Circumstances) -> datetime:
    return not_before(episode.talk, circumstances.contact.unasked(at - QUIET), at)


def _waiting(episode: Episode) -> list[CheckIn]:
    runs = episode.state in {EpisodeState.ACTIVE, EpisodeState.FINISHED}
    return [check_in for check_in in episode.check_ins if check_in.is_waiting and runs]


def _ask(episode: Episode, circumstances: Circumstances, now: datetime) -> Due:
    """The next check-in: asked when it may be, or dropped with the reason, never sent late in a burst."""
    check_in = min(scheduled(episode), key=lambda one: one.due_at, default=None)
    if check_in is None or not episode.may_ask or talking(episode.talk, now):
        return NEVER
    if now < check_in.due_at:
        return check_in.due_at, _nothing
    if not late(circumstances.protocol.plan(check_in.step)) and overtaken(
        episode, circumstances.patient, circumstances.beside
    ):
        return now, lambda: (e.CheckInDropped(check_in.step, now, OVERTAKEN),)
    why = hindrance(circumstances.patient, circumstances.clinic)
    ends = last_moment(episode, check_in, circumstances)
    if not why and confirming.is_unconfirmed(circumstances):
        why = confirming.NOT_CONFIRMED
    if why in WAITS_FOR and now < ends:
        return ends, _nothing  # what is missing may come by then, and would not be too late
    if why:
        return now, lambda: dropped(episode, check_in, why, now)
    return _may_ask(episode, check_in, circumstances, now, ends)


def _may_ask(episode: Episode, check_in: CheckIn, circumstances: Circumstances, now: datetime, ends: datetime) -> Due:
    """At the first moment at which it may be; the question before it may be answered until this one is stale."""
    at = _first_allowed(episode, free_from(now, circumstances.beside), circumstances)
    if at is None or at >= ends:
        alone = _first_allowed(episode, now, circumstances)
        if now < ends and alone is not None and alone < ends:
            return ends, _nothing
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
    if free_from(now, circumstances.beside) > now:
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


def _finish(episode: Episode, _circumstances: Circumstances, now: datetime) -> Due:
    """The last check-in is settled; what the patient writes later is read all the same."""
    is_over = bool(episode.check_ins) and all(check_in.state in SETTLED for check_in in episode.check_ins)
    return (now, lambda: (e.EpisodeFinished(),)) if episode.may_ask and is_over else NEVER


RULES: tuple[Callable[[Episode, Circumstances, datetime], Due], ...] = (
    _end_talk,
    _complete,
    _tell_of_missing_details,
    _welcome,
    _confirm,
    _unconfirmed,
    _miss,
    _remind,
    _ask,
    _finish,
)
"""In this order: a question that was missed is noted before the next one is asked."""
