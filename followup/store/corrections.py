"""Replies as they were understood and as staff say they are meant: examples that the reader can be taught by."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, select, update

from followup.domain.understanding.as_json import explained, reading
from followup.store.house_tables import corrections
from followup.store.rows import MESSAGE
from followup.store.tables import messages

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from followup.domain.corrected import UnderstandingCorrected
    from followup.domain.episode import Episode
    from followup.domain.message import Message
    from followup.store.engine import Traits
    from followup.store.transaction import Transaction


@dataclass(frozen=True, slots=True)
class Proposed:
    """One reply with what was read of it and what is right, both in the shape of the labelled reply sets."""

    clinic: str
    message_id: str
    episode_id: str
    text: str
    language: str
    question: str
    hours: float
    was: Mapping[str, Any]
    right: Mapping[str, Any]
    who: str
    at: datetime


_NAMES = (
    *("clinic", "message_id", "episode_id", "text", "language", "question"),
    *("hours", "was", "right", "who", "at"),
)
_ALL = select(*(corrections.c[name] for name in _NAMES)).order_by(corrections.c.at, corrections.c.message_id)
_REPLY = select(*MESSAGE.columns, messages.c.understanding).where(messages.c.id == bindparam("message_id"))
_READ_ANEW = (
    update(messages)
    .where(messages.c.clinic == bindparam("of_clinic"), messages.c.id == bindparam("of_message"))
    .values(understanding=bindparam("meant"))
)


async def reply(tx: Transaction, message_id: str) -> tuple[Message, Mapping[str, Any] | None] | None:
    """The text of that id, locked, and what was understood of it."""
    row = await tx.row(tx.locked(_REPLY), {"message_id": message_id})
    return (MESSAGE.value(row), row.understanding) if row else None


def save(tx: Transaction, episode: Episode, event: UnderstandingCorrected) -> None:
    """The reply is understood anew, and kept as an example; of several corrections the first `was` stays."""
    right = explained(event.right)
    tx.later(_READ_ANEW, {"of_clinic": episode.clinic, "of_message": event.message_id, "meant": right})
    row = {
        "clinic": episode.clinic,
        "message_id": event.message_id,
        "episode_id": episode.id,
        "text": event.example,
        "language": event.was.language,
        "question": event.was.question.value,
        "hours": event.hours,
        "was": reading(event.was),
        "right": reading(event.right),
        "who": event.who,
        "at": event.at,
    }
    tx.later(_upsert(tx.traits), row)


async def proposed(tx: Transaction, clinic: str = "", language: str = "") -> Sequence[Proposed]:
    """Every corrected reply, oldest first, of one clinic and language where they are named."""
    found = _ALL.where(corrections.c.clinic == clinic) if clinic else _ALL
    found = found.where(corrections.c.language == language) if language else found
    return [Proposed(*row) for row in await tx.rows(found)]


@cache
def _upsert(traits: Traits) -> Any:
    statement = traits.insert(corrections)
    changed = {name: statement.excluded[name] for name in ("right", "who", "at")}
    return statement.on_conflict_do_update(index_elements=["clinic", "message_id"], set_=changed)
