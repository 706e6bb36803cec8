"""What can have happened when staff correct what was understood: two more nouns of the journal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from followup.domain.episode import Report
    from followup.domain.understanding.values import Understanding


@dataclass(frozen=True, slots=True)
class UnderstandingCorrected:
    """Staff said what a reply means; `was` is what we had made of it.

    example: the reply without names and numbers, so that the reader can be taught by it. hours: since the treatment.
    """

    message_id: str
    was: Understanding
    right: Understanding
    example: str
    hours: float
    who: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ReportCorrected:
    """One symptom as staff say it was reported; it takes the place of what was read, or stands where nothing was."""

    report: Report
