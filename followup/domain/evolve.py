"""The one place that makes an episode's next state from what has happened."""

from __future__ import annotations

from dataclasses import replace
from functools import reduce
from typing import TYPE_CHECKING, Any

from followup.domain import events as e
from followup.domain.episode import CheckIn, CheckInState, Episode, EpisodeState
from followup.domain.flag import FlagState
from followup.domain.inputs import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable

    from followup.domain.flag import Flag


class NoEpisodeError(ValueError):
    """An event happened to an episode that was never opened: our mistake."""


def evolve(episode: Episode | None, event: e.Event) -> Episode:
    """The episode after one event; what the event does not mention stays."""
    if isinstance(event, e.EpisodeOpened):
        return event.episode
    if episode is None:
        raise NoEpisodeError(type(event).__name__)
    match event:
        case e.EpisodeMoved(treated_from, treated_until, check_ins, protocol_id, protocol_version):
            return replace(
                episode,
                treated_from=treated_from,
                treated_until=treated_until,
                check_ins=check_ins,
                protocol_id=protocol_id,
                protocol_version=protocol_version,
            )
        case e.TreatmentCompleted(completion):
            return replace(episode, state=EpisodeState.ACTIVE, completion=completion, why="")
        case e.EpisodeHeld(why):
            return replace(episode, state=EpisodeState.ON_HOLD, why=why)
        case e.EpisodeCancelled(why):
            return replace(episode, state=EpisodeState.CANCELLED, why=why)
        case e.EpisodeReturned(state, completion):
            return replace(episode, state=state, completion=completion, why="")
        case e.EpisodeFinished():
            return replace(episode, state=EpisodeState.FINISHED)
        case e.SymptomReported(report):
            return replace(episode, reports=(*episode.reports, report))
        case e.FlagRaised(flag):
            return replace(episode, flags=(*episode.flags, flag))
    return _evolve_flag(_evolve_check_in(episode, event), event)


def fold(episode: Episode | None, events: Iterable[e.Event]) -> Episode | None:
    """The episode after all of these, in order."""
    return reduce(evolve, events, episode)


def _evolve_check_in(episode: Episode, event: e.Event) -> Episode:
    match event:
        case e.CheckInAsked(step, at):
            return _with_check_in(episode, step, state=CheckInState.ASKED, asked_at=at)
        case e.CheckInReminded(step, at):
            return _with_check_in(episode, step, reminded_at=at)
        case e.CheckInClarified(step, at):
            return _with_check_in(episode, step, clarified_at=at)
        case e.CheckInAnswered(step, at):
            return _with_check_in(episode, step, state=CheckInState.ANSWERED, answered_at=at)
        case e.CheckInMissed(step):
            return _with_check_in(episode, step, state=CheckInState.MISSED)
        case e.CheckInDropped(step, why=why):
            return _with_check_in(episode, step, state=CheckInState.DROPPED, why=why)
    return episode


def _with_check_in(episode: Episode, step: str, **changes: Any) -> Episode:
    def changed(check_in: CheckIn) -> CheckIn:
        return replace(check_in, **changes) if check_in.step == step else check_in

    return replace(episode, check_ins=tuple(map(changed, episode.check_ins)))


def _evolve_flag(episode: Episode, event: e.Event) -> Episode:
    match event:
        case e.FlagRepeated(flag_id, urgency, evidence, at):
            return _with_flag(episode, flag_id, _repeated(episode, flag_id, urgency, evidence, at))
        case e.FlagClaimed(flag_id, who):
            return _with_flag(episode, flag_id, {"owner": who})
        case e.FlagAcknowledged(flag_id, who, at):
            return _with_flag(episode, flag_id, {"acknowledged_by": who, "acknowledged_at": at})
        case e.NoteAdded(flag_id):
            return _with_flag(episode, flag_id, {})
        case e.FlagClosed(flag_id, who, at, outcome):
            state = FlagState.MISTAKEN if outcome is Outcome.MISTAKEN else FlagState.CLOSED
            return _with_flag(
                episode, flag_id, {"state": state, "closed_by": who, "closed_at": at, "outcome": outcome}
            )
        case e.FlagReopened(flag_id):
            return _with_flag(episode, flag_id, _REOPENED)
    return episode


_REOPENED: dict[str, Any] = {
    "state": FlagState.ACTIVE,
    "closed_by": "",
    "closed_at": None,
    "outcome": None,
    "acknowledged_by": "",
    "acknowledged_at": None,
}


def _repeated(episode: Episode, flag_id: str, urgency: Any, evidence: Any, at: Any) -> dict[str, Any]:
    flag = episode.flag(flag_id)
    was = flag.urgency if flag else urgency
    return {
        "urgency": min(was, urgency, key=lambda each: int(each.rank)),
        "evidence": evidence,
        "last_raised_at": at,
        "times_raised": flag.times_raised + 1 if flag else 1,
        "acknowledged_by": "",
        "acknowledged_at": None,
    }


def _with_flag(episode: Episode, flag_id: str, changes: dict[str, Any]) -> Episode:
    def changed(flag: Flag) -> Flag:
        return replace(flag, **changes, version=flag.version + 1) if flag.id == flag_id else flag

    return replace(episode, flags=tuple(map(changed, episode.flags)))
