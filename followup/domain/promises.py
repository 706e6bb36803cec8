"""By when a flagged patient hears from staff: what the texts say, and what the worklist is measured by."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from followup.domain.understanding.values import Urgency

if TYPE_CHECKING:
    from datetime import datetime

    from followup.domain.clinic import Clinic

PROMISES = {Urgency.NOW: timedelta(hours=1), Urgency.TODAY: timedelta(hours=4), Urgency.REVIEW: timedelta(hours=9)}
"""How many opening hours staff may take before a flagged patient hears from them."""
QUARTER = timedelta(minutes=15)


def promised_by(clinic: Clinic, urgency: Urgency, at: datetime) -> datetime:
    """By when, counted in the clinic's opening hours from `at` and rounded up to a quarter of an hour."""
    by = clinic.opening_hours.after(at, PROMISES[urgency], clinic.zone)
    over = timedelta(minutes=by.minute % 15, seconds=by.second, microseconds=by.microsecond)
    return by + (QUARTER - over if over else timedelta(0))
