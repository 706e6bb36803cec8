"""The one place that makes an episode's next state from what has happened."""

from __future__ import annotations

from dataclasses import replace
from functools import reduce
from typing import TYPE_CHECKING, Any

from followup.domain import events as e
from followup.domain.corrected import ReportCorrected
from followup.domain.episode import CheckIn, CheckInState, Episode, EpisodeState
from followup.domain.flag import Before, FlagState
from followup.domain.inputs import Act, Outcome
from followup.domain.mentioning import ColleaguesMentioned, MentionRead, after_mention
from followup.domain.talking import TalkBegun, TalkEnded, with_reply, with_text
from followup.domain.talking import begun as talk_begun
from followup.domain.talking import ended as talk_ended
from followup.domain.waiting import begun, waits_since
from followup.domain.wishes import NumberAsked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime

    from followup.domain.flag import Flag

Changes = dict[str, Any]


class NoEpisodeError(ValueError):
    """An event happened to an episode that was never opened: our mistake."""


def evolve(episode: Episode | None, event: e.Event) -> Episode:
    """The episode after one event; what the event does not mention stays."""
    if isinstance(event, e.EpisodeOpened):
        return event.episode
    if episode is None:
        raise NoEpisodeError(type(event).__name__)
    kind = type(event)
    if isinstance(event, e.MessageQueued):
        # A text is kept beside its episode, which it leaves as it is, but for a conversation that goes on.
        talk = with_text(episode.talk, event.message)
        return episode if talk is episode.talk else replace(episode, talk=talk)
    if kind in _OF_EPISODE:
        return replace(episode, **_OF_EPISODE[kind](episode, event))
    if kind in _OF_CHECK_IN:
        return _with_check_in(episode, event, _OF_CHECK_IN[kind](event))
    if kind in _OF_FLAG:
        return _with_flag(episode, event, _OF_FLAG[kind])
    return episode


def fold(episode: Episode | None, events: Iterable[e.Event]) -> Episode | None:
    """The episode after all of these, in order."""
    return reduce(evolve, events, episode)


def _moved(episode: Episode, event: e.EpisodeMoved) -> Changes:
    return {
        "treated_from": event.treated_from,
        "treated_until": event.treated_until,
        "check_ins": event.check_ins,
        "protocol_id": event.protocol_id,
        "protocol_version": event.protocol_version,
        "protocol_digest": event.protocol_digest,
        "service_name": event.service_name or episode.service_name,
    }


def _returned(episode: Episode, event: e.EpisodeReturned) -> Changes:
    why = episode.why if event.state is episode.state else ""
    return {"state": event.state, "completion": event.completion, "why": why}


def _unfinished(episode: Episode) -> EpisodeState:
    """A plan with an open flag is not over: what is raised later opens it again, for staff; it asks nothing more."""
    is_over = episode.state is EpisodeState.FINISHED
    would_ask = any(one.state is CheckInState.SCHEDULED for one in episode.check_ins)
    return EpisodeState.ACTIVE if is_over and not would_ask else episode.state


def _written(episode: Episode, event: e.ReplyReceived) -> Changes:
    """Whatever staff put aside is looked at again as soon as the patient writes, and a conversation goes on."""
    at = event.message.at
    talk = with_reply(episode.talk, at)
    if all(flag.snoozed_until is None for flag in episode.flags):
        return {"talk": talk}
    return {"talk": talk, "flags": tuple(_awake(flag, at) if flag.snoozed_until else flag for flag in episode.flags)}


def _corrected(episode: Episode, event: ReportCorrected) -> Changes:
    """In its old place, so that the order of reports stays that of the replies."""
    report, known = event.report, {one.id for one in episode.reports}
    if report.id not in known:
        return {"reports": (*episode.reports, report)}
    return {"reports": tuple(report if one.id == report.id else one for one in episode.reports)}


def _awake(flag: Flag, at: datetime) -> Flag:
    since = flag.waits_since and min(flag.waits_since, at)
    return replace(flag, version=flag.version + 1, touched_by="", before=None, waits_since=since, **_AWAKE)


_AWAKE: Changes = {"snoozed_by": "", "snoozed_until": None}
_OF_EPISODE: Mapping[type, Callable[[Episode, Any], Changes]] = {
    e.BookingChanged: lambda _, event: {"booked_as": event.booked_as},
    e.EpisodeMoved: _moved,
    e.TreatmentCompleted: lambda _, event: {"state": EpisodeState.ACTIVE, "completion": event.completion, "why": ""},
    e.EpisodeHeld: lambda _, event: {"state": EpisodeState.ON_HOLD, "why": event.why},
    e.EpisodeCancelled: lambda _, event: {"state": EpisodeState.CANCELLED, "why": event.why},
    e.EpisodeReturned: _returned,
    e.EpisodeFinished: lambda _, __: {"state": EpisodeState.FINISHED},
    e.PatientWelcomed: lambda _, event: {"welcomed_at": event.at},
    NumberAsked: lambda _, event: {"confirm_asked_at": event.at},
    e.SymptomReported: lambda episode, event: {"reports": (*episode.reports, event.report)},
    ReportCorrected: _corrected,
    e.FlagRaised: lambda episode, event: {"flags": (*episode.flags, begun(event.flag)), "state": _unfinished(episode)},
    e.ReplyReceived: _written,
    TalkBegun: lambda episode, event: {"talk": talk_begun(episode.talk, event)},
    TalkEnded: lambda episode, event: {"talk": talk_ended(episode.talk, event)},
}

_OF_CHECK_IN: Mapping[type, Callable[[Any], Changes]] = {
    e.CheckInAsked: lambda event: {"state": CheckInState.ASKED, "asked_at": event.at},
    e.CheckInReminded: lambda event: {"reminded_at": event.at},
    e.CheckInClarified: lambda event: {"clarified_at": event.at},
    e.CheckInAnswered: lambda event: {"state": CheckInState.ANSWERED, "answered_at": event.at},
    e.CheckInMissed: lambda _: {"state": CheckInState.MISSED},
    e.CheckInDropped: lambda event: {"state": CheckInState.DROPPED, "why": event.why},
}


def _closed(_: Flag, event: e.FlagClosed) -> Changes:
    state = FlagState.MISTAKEN if event.outcome is Outcome.MISTAKEN else FlagState.CLOSED
    said = {"outcome": event.outcome, "contact": event.contact}
    return {"state": state, "closed_by": event.who, "closed_at": event.at, "mentioned": (), **said}


def _repeated(flag: Flag, event: e.FlagRepeated) -> Changes:
    return {
        "urgency": min(flag.urgency, event.urgency, key=lambda each: each.rank),
        "evidence": event.evidence,
        "last_raised_at": event.at,
        "times_raised": flag.times_raised + 1,
        "touched_by": "",
        **_UNSEEN,
        **_AWAKE,
    }


_UNSEEN: Changes = {"acknowledged_by": "", "acknowledged_at": None}
_OPEN: Changes = {
    "state": FlagState.ACTIVE,
    "closed_by": "",
    "closed_at": None,
    "outcome": None,
    "contact": None,
    **_UNSEEN,
    **_AWAKE,
}
_ACT_OF = {
    e.FlagClaimed: Act.CLAIM,
    e.FlagAcknowledged: Act.ACKNOWLEDGE,
    e.FlagAssigned: Act.ASSIGN,
    e.FlagSnoozed: Act.SNOOZE,
}
"""What can be taken back for a while."""


def _before(flag: Flag, event: Any) -> Before | None:
    """What the event is about to change; None where it cannot be taken back."""
    until = getattr(event, "undo_until", None)
    if until is None:
        return None
    kept = {name: getattr(flag, name) for name in _RESTORED}
    return Before(_ACT_OF[type(event)], event.who, until, **kept)


_RESTORED = ("owner", "acknowledged_by", "acknowledged_at", "snoozed_by", "snoozed_until")


def _undone(flag: Flag, _: e.FlagActUndone) -> Changes:
    return {name: getattr(flag.before, name) for name in _RESTORED} if flag.before else {}


_OF_FLAG: Mapping[type, Callable[[Flag, Any], Changes]] = {
    e.FlagRepeated: _repeated,
    e.FlagClaimed: lambda _, event: {"owner": event.who},
    e.FlagAcknowledged: lambda _, event: {"acknowledged_by": event.who, "acknowledged_at": event.at},
    e.FlagAssigned: lambda _, event: {"owner": event.owner},
    e.FlagSnoozed: lambda _, event: {"snoozed_by": event.who, "snoozed_until": event.until},
    e.FlagActUndone: _undone,
    e.NoteAdded: lambda _, __: {},
    ColleaguesMentioned: lambda _, __: {},
    MentionRead: lambda _, __: {},
    e.FlagClosed: _closed,
    e.FlagReopened: lambda _, __: _OPEN,
}


def _with_check_in(episode: Episode, event: Any, changes: Changes) -> Episode:
    def changed(check_in: CheckIn) -> CheckIn:
        return replace(check_in, **changes) if check_in.step == event.step else check_in

    return replace(episode, check_ins=tuple(map(changed, episode.check_ins)))


def _with_flag(episode: Episode, event: Any, change: Callable[[Flag, Any], Changes]) -> Episode:
    def changed(flag: Flag) -> Flag:
        if flag.id != event.flag_id:
            return flag
        seen_by = after_mention(flag.mentioned, event)
        touched = {"touched_by": getattr(event, "who", ""), "version": flag.version + 1, "mentioned": seen_by}
        after = replace(flag, **{**touched, "before": _before(flag, event), **change(flag, event)})
        return replace(after, waits_since=waits_since(flag, after, event))

    state = _unfinished(episode) if isinstance(event, e.FlagReopened) else episode.state
    return replace(episode, state=state, flags=tuple(map(changed, episode.flags)))
