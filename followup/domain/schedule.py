"""When to ask, to remind, to note silence and to finish; and when to look again."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from followup.domain import confirming
from followup.domain import events as e
from followup.domain.asking import WITHOUT_DETAILS, ask, confirm, remind, unanswered, welcome
from followup.domain.caps import with_sent
from followup.domain.deadlines import missed_at
from followup.domain.decision import Decision
from followup.domain.due import NEVER
from followup.domain.episode import CheckInState, Completion, EpisodeState
from followup.domain.evolve import evolve
from followup.domain.flag import Reason
from followup.domain.patient import hindrance
from followup.domain.talking import BY_ITSELF, TalkEnded
from followup.domain.triage import is_present, raise_flag, without_words
from followup.domain.understanding.values import Urgency

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from followup.domain.circumstances import Circumstances
    from followup.domain.due import Due
    from followup.domain.episode import CheckIn, Episode

MOST_STEPS = 50
SETTLED = frozenset({CheckInState.ANSWERED, CheckInState.MISSED, CheckInState.DROPPED})


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
    waiting = [(missed_at(episode, check_in, circumstances), check_in) for check_in in unanswered(episode)]
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


def _finish(episode: Episode, _circumstances: Circumstances, now: datetime) -> Due:
    """The last check-in is settled and no flag is open; what the patient writes later is read all the same."""
    is_over = bool(episode.check_ins) and all(check_in.state in SETTLED for check_in in episode.check_ins)
    is_over = is_over and not any(flag.is_open for flag in episode.flags)
    return (now, lambda: (e.EpisodeFinished(),)) if episode.may_ask and is_over else NEVER


RULES: tuple[Callable[[Episode, Circumstances, datetime], Due], ...] = (
    _end_talk,
    _complete,
    _tell_of_missing_details,
    welcome,
    confirm,
    _unconfirmed,
    _miss,
    remind,
    ask,
    _finish,
)
"""In this order: a question that was missed is noted before the next one is asked."""
