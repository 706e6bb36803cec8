"""One episode's story in order: texts both ways and what was understood, flags, staff acts, the plan."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from followup.domain.message import Direction, MessageState
from followup.domain.segments import segments
from followup.web.highlight import meanings, pieces
from followup.web.journal_words import tell, with_changes
from followup.web.wording import KINDS, MESSAGE_STATES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from followup.domain.message import Message
    from followup.store.worklist import EpisodePage, JournalLine, TimelineMessage
    from followup.web.highlight import Meaning, Piece

AT_ONCE = ("plan", "in", "flag-event", "staff", "out")
"""What happens in one instant happens in this order: a reply comes, a flag is raised, an answer goes."""
WRONG = frozenset({MessageState.FAILED, MessageState.UNKNOWN, MessageState.WITHDRAWN})


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened. `kind`: "in", "out", "staff", "flag-event" or "plan"; `is_wrong`: it did not go well."""

    at: datetime
    kind: str
    title: str
    who: str = ""
    text: Sequence[Piece] = ()
    meanings: Sequence[Meaning] = field(default=())
    notes: Sequence[str] = ()
    state: str = ""
    is_wrong: bool = False
    reply_id: str = ""
    """The patient's text that it is, so that staff can correct what was understood of it."""


def tell_story(page: EpisodePage, people: Mapping[str, str]) -> list[Entry]:
    """Everything, newest first."""
    texts = [_text(one, people) for one in page.messages]
    happened = [entry for line in with_changes(page.journal) for entry in _line(line, people)]
    return sorted([*texts, *happened], key=lambda entry: (entry.at, AT_ONCE.index(entry.kind)))[::-1]


def _text(one: TimelineMessage, people: Mapping[str, str]) -> Entry:
    message = one.message
    if message.direction is Direction.IN:
        return _reply(message, one.understanding)
    parts = segments(message.body).count
    notes = [_why(message)] if message.why or message.error_code else []
    return Entry(
        at=message.at,
        kind="out",
        title=KINDS[message.kind] + (f", {message.step}" if message.step else ""),
        who=people.get(message.who, message.who),
        text=pieces(message.body, None),
        notes=[*notes, *([f"{parts} parts"] if parts > 1 else [])],
        state=MESSAGE_STATES[message.state],
        is_wrong=message.state in WRONG,
    )


def _reply(message: Message, understanding: Mapping[str, Any] | None) -> Entry:
    pictures = message.media_count
    notes = [f"{pictures} picture{'s' if pictures > 1 else ''} came with it"] if pictures else []
    return Entry(
        at=message.at,
        kind="in",
        title="Patient's reply" + (f" to {message.step}" if message.step else ""),
        text=pieces(message.body, understanding),
        meanings=meanings(understanding),
        notes=notes,
        state="" if understanding else "kept as written; not read by rules",
        reply_id=message.id,
    )


def _why(message: Message) -> str:
    return message.why or f"the carrier's error {message.error_code}"


def _line(line: JournalLine, people: Mapping[str, str]) -> Iterator[Entry]:
    told = tell(line.event, line.body)
    if told is not None:
        notes = [people.get(note, note) for note in told.notes]
        yield Entry(at=line.at, kind=told.kind, title=told.title, who=people.get(line.who, line.who), notes=notes)
