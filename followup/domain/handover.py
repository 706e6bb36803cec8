"""How handing a text to the carrier can end, in our words."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import timedelta


class ErrorKind(StrEnum):
    """Whose turn it is after a carrier's error."""

    PERMANENT = "permanent"
    """This phone or this text will not work: a person calls."""
    TEMPORARY = "temporary"
    """The same text may arrive later."""
    OURS = "ours"
    """Account, sender or configuration: an administrator, and every text is affected."""
    OPTED_OUT = "opted_out"
    """The patient said no to texts: never again, a person calls."""


@dataclass(frozen=True, slots=True)
class CarrierError:
    """What one of a carrier's errors means for us; `staff_text` is shown as it stands."""

    kind: ErrorKind
    staff_text: str


class Handover(StrEnum):
    """How one attempt to hand a text to the carrier ended."""

    ACCEPTED = "accepted"
    TRY_LATER = "try_later"
    REFUSED = "refused"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Attempted:
    """One attempt's end, in our words; `after` is what the carrier asked us to wait."""

    handover: Handover
    carrier_id: str = ""
    code: int | None = None
    error: CarrierError | None = None
    after: timedelta | None = None
    detail: str = ""
