"""How the reading of one item of the inbox ended."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    """What became of an item."""

    APPLIED = "applied"
    STALE = "stale"
    """Kept, but it changes nothing: something newer is known."""
    DUPLICATE = "duplicate"
    IGNORED = "ignored"
    ASKED = "asked"
    """It only says that there is news: the booking system is asked what."""
    QUARANTINED = "quarantined"
    """Not to be read; staff see it."""
    STRAY = "stray"
    FAILED = "failed"
    """Not read after several tries: our mistake; staff see it."""


@dataclass(frozen=True, slots=True)
class Handled:
    """The outcome, and whose item it was, where only reading it told."""

    outcome: Outcome
    clinic: str = ""
