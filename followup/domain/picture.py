"""Pictures patients send: a person looks at them, and nothing is ever read from one.

A picture makes nothing less urgent, closes nothing and answers nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from followup.domain.flag import Reason
from followup.domain.ids import derive
from followup.domain.triage import raise_flag, without_words
from followup.domain.understanding.values import Intent, Urgency

if TYPE_CHECKING:
    from collections.abc import Iterator

    from followup.domain.episode import Episode
    from followup.domain.events import FlagRaised, FlagRepeated
    from followup.domain.inputs import Reply
    from followup.domain.understanding.values import Understanding

MOST = 10
"""So many come with one text at most, by the carriers' rules; more are none of a patient's."""
LEASE = timedelta(seconds=120)
"""What was taken and never settled is taken again after this: the process that had it is gone."""
PAUSES = tuple(timedelta(seconds=seconds) for seconds in (3, 15, 60, 300, 1800, 7200, 21_600, 86_400))
"""Between two tries. A carrier may say for some seconds that what it has just told us of is not there."""
MOST_TRIES = 14
_NOTHING_ELSE = {f"wants:{Intent.PHOTO}"}
"""Why a person reads a text that is nothing but its picture (understanding/handling.py)."""
CLOSED_MEANWHILE = "what came with the patient's text could not be shown"


class PictureState(StrEnum):
    """Where a picture stands."""

    WANTED = "wanted"
    """To be fetched from the carrier."""
    KEPT = "kept"
    """Ours, and to be deleted at the carrier."""
    OURS = "ours"
    """Ours alone."""
    LEFT = "left"
    """Ours, and the carrier's could not be deleted."""
    REFUSED = "refused"
    """Not shown; `why` says why. The carrier still has it."""


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture, without what is on it. `came_with`: the text or the stray; `due_at` and `kept_at` are machine time.

    episode_id: None with a stray. address: the carrier's, "" where it has to be asked for. why: for staff. sealed_with:
    which key opens it, not the key itself.
    """

    clinic: str
    id: str
    episode_id: str | None
    came_with: str
    place: int
    carrier_id: str
    gateway: str
    address: str
    at: datetime
    due_at: datetime
    state: PictureState = PictureState.WANTED
    tries: int = 0
    why: str = ""
    kept_at: datetime | None = None
    width: int = 0
    height: int = 0
    sealed_with: str = ""

    @property
    def is_kept(self) -> bool:
        """Whether it is there to be looked at."""
        return self.kept_at is not None

    @property
    def is_to_be_fetched(self) -> bool:
        """Whether the carrier is still to be asked for it."""
        return self.state is PictureState.WANTED


def wanted(
    reply: Reply, gateway: str, clinic: str, episode_id: str | None, came_with: str, wall: datetime
) -> Iterator[Picture]:
    """What came with a text, to be fetched. Where the carrier told no addresses, it is asked for them."""
    for place in range(min(reply.media_count, MOST)):
        address = reply.media[place] if place < len(reply.media) else ""
        named = derive("picture", clinic, came_with, str(place))
        yield Picture(
            clinic, named, episode_id, came_with, place, reply.carrier_id, gateway, address, reply.received_at, wall
        )


def on_take(picture: Picture, wall: datetime) -> Picture:
    """One more try begins; nobody else makes one before its lease is over."""
    return replace(picture, tries=picture.tries + 1, due_at=wall + LEASE)


def on_kept(picture: Picture, address: str, size: tuple[int, int], sealed_with: str, wall: datetime) -> Picture:
    """It is ours, of this size; next it goes at the carrier's address."""
    width, height = size
    kept = replace(picture, address=address, width=width, height=height, sealed_with=sealed_with, kept_at=wall)
    return replace(kept, state=PictureState.KEPT, tries=0, due_at=wall, why="")


def on_failed(picture: Picture, why: str, wall: datetime, *, is_final: bool = False) -> Picture:
    """Tried again after a pause, and daily in the end: credentials may be put right within a week."""
    if not is_final and picture.tries < MOST_TRIES:
        return replace(picture, due_at=wall + PAUSES[min(picture.tries, len(PAUSES)) - 1], why=why)
    over = PictureState.REFUSED if picture.is_to_be_fetched else PictureState.LEFT
    return replace(picture, state=over, why=why)


def on_deleted(picture: Picture) -> Picture:
    """The carrier has it no longer."""
    return replace(picture, state=PictureState.OURS, why="")


def is_alone(understanding: Understanding, media_count: int) -> bool:
    """Whether a text says nothing beside what came with it: no words, or only such as "photo attached, thanks"."""
    says = understanding.symptoms or set(understanding.why) != _NOTHING_ELSE
    return bool(media_count) and not says and not understanding.wants(Intent.OPT_OUT)


def on_refused(episode: Episode, picture: Picture, now: datetime) -> FlagRaised | FlagRepeated | None:
    """What came cannot be shown, and nobody has the text it came with before them any more: staff are told anew."""
    if any(flag.is_open for flag in episode.flags):
        return None
    finding = without_words(Reason.UNCLEAR, Urgency.TODAY, f"{CLOSED_MEANWHILE}: {picture.why}", now, episode)
    return raise_flag(episode, finding, picture.id, now)
