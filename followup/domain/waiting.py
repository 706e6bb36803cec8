"""Since when nobody deals with a flag: what staff are told off-screen counts from there."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from followup.domain import events as e
from followup.domain.mentioning import ColleaguesMentioned, MentionRead
from followup.domain.understanding.values import Urgency

if TYPE_CHECKING:
    from datetime import datetime

    from followup.domain.flag import Flag


def begun(flag: Flag) -> Flag:
    """A new flag, which waits from the beginning."""
    return replace(flag, waits_since=flag.raised_at)


def waits_since(before: Flag, after: Flag, event: Any) -> datetime | None:
    """Since when the flag waits, after something happened to it; None while somebody deals with it.

    Only where it becomes more urgent, or somebody had dealt with it, does a new wait begin: a patient who keeps writing
    the same must not put off the next contact. A flag put aside waits from then on, whoever had it; an urgent one goes
    on waiting.
    """
    at: datetime = event.at
    if not after.is_open:
        return None
    if isinstance(event, (e.NoteAdded, ColleaguesMentioned, MentionRead)):
        return before.waits_since
    if isinstance(event, e.FlagRepeated):
        goes_on = before.waits_since if before.urgency is after.urgency else None
        return min(goes_on or at, at)
    asleep_until = after.snoozed_until if after.urgency is not Urgency.NOW else None
    if isinstance(event, e.FlagSnoozed) and asleep_until is not None:
        return asleep_until
    is_dealt_with = after.acknowledged_at is not None or after.owner
    return None if is_dealt_with else asleep_until or min(before.waits_since or at, at)
