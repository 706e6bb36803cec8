"""A running plan moves to another wording of its protocol, because a person wants it to."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from followup.domain import events as e
from followup.domain.decision import Decision
from followup.domain.enrolment import exchanged, planned
from followup.domain.episode import CheckInState, EpisodeState
from followup.domain.review import Refusal

if TYPE_CHECKING:
    from datetime import datetime

    from followup.domain.episode import CheckIn, Episode
    from followup.domain.protocol import Protocol

BEFORE = "fell due before the plan moved to another wording of its protocol"
_RUNS = frozenset({EpisodeState.PLANNED, EpisodeState.ACTIVE, EpisodeState.ON_HOLD})


def on_plan_move(episode: Episode, protocol: Protocol, now: datetime) -> Decision | Refusal:
    """The plan as this protocol says it: what was asked stays, what is to come is planned anew.

    What the new wording would have asked in the past is not made up for.
    """
    if episode.state not in _RUNS:
        return Refusal(f"its plan does not run: it is {episode.state}")
    if episode.protocol_id != protocol.id:
        return Refusal(f'it follows "{episode.protocol_id}", which is another protocol')
    if episode.protocol_digest == protocol.digest:
        return Refusal("it follows this wording already")
    check_ins = exchanged(episode, planned(episode.id, protocol, episode.treated_until))
    moved = e.EpisodeMoved(
        treated_from=episode.treated_from,
        treated_until=episode.treated_until,
        check_ins=tuple(_not_made_up_for(episode, check_in, now) for check_in in check_ins),
        protocol_id=protocol.id,
        protocol_version=protocol.version,
        protocol_digest=protocol.digest,
    )
    is_awake = episode.state is not EpisodeState.ON_HOLD
    return Decision((moved,), now if is_awake else episode.wake_at)


def _not_made_up_for(episode: Episode, check_in: CheckIn, now: datetime) -> CheckIn:
    if check_in.state is not CheckInState.SCHEDULED or check_in.due_at > now:
        return check_in
    was = episode.check_in(check_in.step)
    is_due_already = was is not None and was.state is CheckInState.SCHEDULED and was.due_at <= now
    if is_due_already:
        return check_in  # it is about to be asked, or was dropped for a reason of its own
    kept = was if was is not None and was.state is CheckInState.DROPPED else check_in
    return replace(kept, state=CheckInState.DROPPED, why=kept.why or BEFORE)
