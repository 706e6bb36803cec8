"""What a phone said about texts: no more of them, some again, or that it is the right one to write to."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

LONGEST_WORDS = 300
"""So much of what was said the ledger keeps; the whole text stands in its episode."""
CARRIER = "carrier"
"""Who said it, where we learn of a no by the carrier's refusal."""


class Wish(StrEnum):
    """A line of the ledger: no more texts, or texts again."""

    OUT = "out"
    IN = "in"


@dataclass(frozen=True, slots=True)
class Said:
    """One line of the ledger. said_by: "" for the patient. episode_id: "" where it came in no episode."""

    phone: str
    at: datetime
    wish: Wish
    words: str
    said_by: str = ""
    sender: str = ""
    episode_id: str = ""

    @property
    def is_yes(self) -> bool:
        """Whether it wants texts again."""
        return self.wish is Wish.IN


@dataclass(frozen=True, slots=True)
class PatientOptedOut:
    """This phone wants no more texts from this clinic.

    by: "" for the patient's own text, an e-mail for staff who wrote it down, or CARRIER. sender: our number or pool.
    """

    phone: str
    at: datetime
    words: str
    by: str = ""
    sender: str = ""

    def line(self, episode_id: str) -> Said:
        """Its line in the ledger."""
        return Said(self.phone, self.at, Wish.OUT, self.words, self.by, self.sender, episode_id)


@dataclass(frozen=True, slots=True)
class PatientOptedIn:
    """This phone wants texts again: only the patient says so."""

    phone: str
    at: datetime
    words: str = ""
    sender: str = ""

    def line(self, episode_id: str) -> Said:
        """Its line in the ledger."""
        return Said(self.phone, self.at, Wish.IN, self.words, "", self.sender, episode_id)


@dataclass(frozen=True, slots=True)
class NumberAsked:
    """The patient was asked whether this is the right phone."""

    at: datetime


@dataclass(frozen=True, slots=True)
class NumberConfirmed:
    """Somebody at this phone said that it is the right one."""

    phone: str
    at: datetime


WishEvent = PatientOptedOut | PatientOptedIn | NumberAsked | NumberConfirmed
"""What these are together, among all that can happen."""
