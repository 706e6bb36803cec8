"""What has happened, saved: the difference it makes to the rows, and a line in the journal for each event.

`evolve` alone says what an event means; here is no second opinion (docs/decisions/0003).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, delete

from followup.domain.corrected import UnderstandingCorrected
from followup.domain.events import (
    MessageQueued,
    MessageSettled,
    ReplyReceived,
)
from followup.domain.evolve import fold
from followup.domain.understanding.as_json import explained
from followup.domain.wishes import NumberConfirmed, PatientOptedIn, PatientOptedOut
from followup.store import corrections, deliveries, journal, opt_out_ledger
from followup.store.event_json import event_body
from followup.store.message_rows import save_message, save_new_message
from followup.store.patients import write_confirmed
from followup.store.rows import CHECK_IN, EPISODE, FLAG, REPORT, changed, inserting, updating
from followup.store.tables import check_ins

if TYPE_CHECKING:
    from datetime import datetime

    from followup.domain.decision import Decision
    from followup.domain.episode import Episode
    from followup.domain.events import Event
    from followup.store.rows import Shape
    from followup.store.transaction import Transaction


class NothingHappenedError(ValueError):
    """A decision about no episode opened none: our mistake."""


async def apply(
    tx: Transaction, before: Episode | None, decision: Decision, *, at: datetime, who: str = "", cause: str = ""
) -> Episode:
    """The episode after the decision, saved. `who` decided, "" for the service; `cause` is the input behind it."""
    after = fold(before, decision.events)
    if after is None:
        raise NothingHappenedError
    # Texts are kept beside it, so what happens to them leaves it as it is.
    if after is not before or decision.wake_at != after.wake_at:
        after = replace(after, wake_at=decision.wake_at, version=after.version + 1)
        _save(tx, before, after)
    for event in decision.events:
        _save_beside(tx, after, event)
        body = event_body(event)
        journal.write(tx, after.clinic, after.id, type(event).__name__, body, at=at, who=who, cause=cause)
    deliveries.announce(tx, after, decision.events, at=at)
    return after


def _save(tx: Transaction, before: Episode | None, after: Episode) -> None:
    if before is None:
        tx.later(inserting(EPISODE), EPISODE.row(after))
    else:
        tx.later(updating(EPISODE), changed(EPISODE, EPISODE.row(after)))
    for shape, name in ((CHECK_IN, "check_ins"), (REPORT, "reports"), (FLAG, "flags")):
        _save_parts(tx, after, shape, getattr(before, name, ()), getattr(after, name))


def _save_parts(
    tx: Transaction, of: Episode, shape: Shape[Any], before: tuple[Any, ...], after: tuple[Any, ...]
) -> None:
    if after is before:
        return
    known = {part.id: (place, part) for place, part in enumerate(before)}
    for place, part in enumerate(after):
        was = known.pop(part.id, None)
        if was is None:
            tx.later(inserting(shape), _part_row(of, shape, place, part))
        elif was != (place, part):
            tx.later(updating(shape), changed(shape, _part_row(of, shape, place, part)))
    for gone in known:
        # Only a plan that moved loses check-ins; reports and flags stay for good.
        tx.later(_DELETE_CHECK_IN, {"of_clinic": of.clinic, "of_episode": of.id, "of_id": gone})


_DELETE_CHECK_IN = delete(check_ins).where(
    check_ins.c.clinic == bindparam("of_clinic"),
    check_ins.c.episode_id == bindparam("of_episode"),
    check_ins.c.id == bindparam("of_id"),
)


def _part_row(of: Episode, shape: Shape[Any], place: int, part: Any) -> dict[str, Any]:
    row = shape.row(part, clinic=of.clinic, episode_id=of.id, place=place)
    if shape is FLAG:
        row["rank"] = part.urgency.rank
    return row


def _save_beside(tx: Transaction, episode: Episode, event: Event) -> None:
    """What an event says beyond its episode: texts, and a phone's word on texts."""
    match event:
        case MessageQueued(message):
            save_new_message(tx, message)
        case MessageSettled(message):
            save_message(tx, message)
        case ReplyReceived(message, understanding):
            save_new_message(tx, message, explained(understanding))
        case UnderstandingCorrected():
            corrections.save(tx, episode, event)
        case PatientOptedOut() | PatientOptedIn():
            opt_out_ledger.note(tx, episode.clinic, event, episode.id)
        case NumberConfirmed(phone):
            write_confirmed(tx, episode.clinic, episode.source, episode.patient_id, phone)
