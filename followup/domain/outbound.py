"""What the clinic's other systems are told of our outcomes: ids, codes and times, never a word, a name or a phone."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field, replace
from datetime import UTC, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from followup.domain.events import (
    EpisodeCancelled,
    EpisodeFinished,
    EpisodeOpened,
    FlagClosed,
    FlagRaised,
    FlagReopened,
)
from followup.domain.ids import derive

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from followup.domain.episode import Episode
    from followup.domain.events import Event
    from followup.domain.flag import Flag

WAITS = tuple(
    timedelta(seconds=seconds) for seconds in (0, 5, 5 * 60, 30 * 60, 2 * 3600, 5 * 3600, 10 * 3600, 10 * 3600)
)
"""Before each try, counted from the one before."""
LEASE = timedelta(minutes=1)
"""How long one try has; after that whoever made it is taken for dead."""
MOST_FAILING = timedelta(days=5)
"""An endpoint that took nothing for so long is disabled."""


class Announced(StrEnum):
    """What can be announced; these words are a promise to whoever reads them (docs/outbound.md)."""

    EPISODE_OPENED = "episode.opened"
    EPISODE_FINISHED = "episode.finished"
    FLAG_RAISED = "flag.raised"
    FLAG_CLOSED = "flag.closed"
    FLAG_REOPENED = "flag.reopened"


class DeliveryState(StrEnum):
    """Where one announcement to one endpoint stands. HELD: its endpoint takes none, until a person says so."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    GIVEN_UP = "given_up"
    HELD = "held"


@dataclass(frozen=True, slots=True)
class OutboundRule:
    """One address that wants these announcements, and the secrets that sign them."""

    url: str
    events: frozenset[Announced]
    secrets: tuple[str, ...] = field(repr=False, default=())

    @property
    def endpoint(self) -> str:
        """What rows and logs call it: an address may hold a key."""
        return hashlib.sha256(self.url.encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Delivery:
    """One announcement to one endpoint; `due_at` and `settled_at` are machine time, `body` is what gets signed."""

    clinic: str
    id: str
    endpoint: str
    episode_id: str
    kind: Announced
    body: str
    made_at: datetime
    due_at: datetime
    state: DeliveryState = DeliveryState.WAITING
    tries: int = 0
    settled_at: datetime | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """How an address has behaved, in machine time."""

    clinic: str
    id: str
    failing_since: datetime | None = None
    disabled_at: datetime | None = None
    why: str = ""


def announcements(
    rules: Sequence[OutboundRule], episode: Episode, events: Sequence[Event], *, at: datetime, wall: datetime
) -> Iterator[Delivery]:
    """One delivery for each of these events and each endpoint that wants it; `episode` is as they left it."""
    for place, event in enumerate(events):
        kind = _KINDS.get(type(event))
        for rule in rules if kind else ():
            if kind in rule.events:
                name = derive("delivery", rule.endpoint, episode.id, str(episode.version), str(place))
                body = _body(kind, episode, _flag_of(episode, event), at)
                yield Delivery(episode.clinic, name, rule.endpoint, episode.id, kind, body, at, wall)


_KINDS: dict[type, Announced] = {
    EpisodeOpened: Announced.EPISODE_OPENED,
    EpisodeFinished: Announced.EPISODE_FINISHED,
    EpisodeCancelled: Announced.EPISODE_FINISHED,
    FlagRaised: Announced.FLAG_RAISED,
    FlagClosed: Announced.FLAG_CLOSED,
    FlagReopened: Announced.FLAG_REOPENED,
}


def _flag_of(episode: Episode, event: Event) -> Flag | None:
    match event:
        case FlagRaised(flag):
            return flag
        case FlagClosed() | FlagReopened():
            return episode.flag(event.flag_id)
    return None


def _body(kind: Announced, episode: Episode, flag: Flag | None, at: datetime) -> str:
    said: dict[str, Any] = {
        "clinic": episode.clinic,
        "episode": {
            "id": episode.id,
            "state": episode.state.value,
            "source": episode.source,
            "booking_id": episode.booking_id,
            "patient_id": episode.patient_id,
            "protocol_id": episode.protocol_id,
            "treated_until": _written(episode.treated_until),
        },
    }
    if flag:
        said["flag"] = {
            "id": flag.id,
            "reason": flag.reason.value,
            "urgency": flag.urgency.value,
            "state": flag.state.value,
            "outcome": flag.outcome.value if flag.outcome else None,
            "raised_at": _written(flag.raised_at),
            "closed_at": _written(flag.closed_at) if flag.closed_at else None,
        }
    return json.dumps({"type": kind.value, "timestamp": _written(at), "data": said}, separators=(",", ":"))


def _written(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def on_claim(delivery: Delivery, wall: datetime) -> Delivery:
    """One more try begins; nobody else makes one before its lease is over."""
    return replace(delivery, tries=delivery.tries + 1, due_at=wall + LEASE)


def on_taken(delivery: Delivery, wall: datetime) -> Delivery:
    """The endpoint has it."""
    return replace(delivery, state=DeliveryState.DELIVERED, settled_at=wall, why="")


def on_not_taken(delivery: Delivery, why: str, wall: datetime) -> Delivery:
    """Tried again later, until its last try has failed."""
    if delivery.tries >= len(WAITS):
        return replace(delivery, state=DeliveryState.GIVEN_UP, settled_at=wall, why=why)
    return replace(delivery, due_at=wall + WAITS[delivery.tries], why=why)


def on_answer(endpoint: Endpoint, why: str, wall: datetime, *, is_gone: bool = False) -> Endpoint:
    """How the endpoint stands after one try; `why` is "" where it took it. One that is gone is disabled at once."""
    if not why:
        return replace(endpoint, failing_since=None, why="")
    since = endpoint.failing_since or wall
    is_over = is_gone or wall - since >= MOST_FAILING
    return replace(
        endpoint, failing_since=since, disabled_at=endpoint.disabled_at or (wall if is_over else None), why=why
    )
