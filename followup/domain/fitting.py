"""Whether a plan fits into what its clinic allows itself to text: its questions alone, were each answered at once."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from followup.domain.caps import first_allowed, with_sent
from followup.domain.deadlines import stale_at
from followup.domain.message import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from followup.domain.circumstances import Circumstances

HOUR = timedelta(hours=1)
_MONDAY = datetime(2026, 1, 12, tzinfo=UTC)
_FIRST, _LAST = 8, 20


def without_room(around: Circumstances) -> Mapping[str, datetime]:
    """Steps that the caps leave no room for, each with an end of treatment after which it would not be asked.

    Tried is each full hour at which clinics treat, for a week. What sending hours alone forbid is not the caps' doing.
    """
    free = replace(around.clinic, sms=replace(around.clinic.sms, per_day=0, per_week=0))
    found: dict[str, datetime] = {}
    for ends in _ends(around):
        asked = set(_asked(around, ends))
        for step in _asked(replace(around, clinic=free), ends):
            if step not in asked:
                found.setdefault(step, ends)
    return found


def _ends(around: Circumstances) -> Iterator[datetime]:
    """Each full hour of a week's days, by the clinic's clock."""
    for hours in range(7 * 24):
        local = (_MONDAY + hours * HOUR).astimezone(around.zone)
        if _FIRST <= local.hour <= _LAST:
            yield local.astimezone(UTC)


def _asked(around: Circumstances, ends: datetime) -> Iterator[str]:
    """The steps that would be asked after a treatment that ended then, with nothing else to this phone."""
    plans = sorted(around.protocol.check_ins, key=lambda plan: plan.after)
    for plan, following in zip(plans, [*plans[1:], None], strict=True):
        due_at = ends + plan.after
        too_late = stale_at(due_at, plan.stale_after, around)
        if following is not None:
            too_late = min(too_late, ends + following.after)
        at = first_allowed(due_at, around)
        if at is not None and at < too_late:
            around = with_sent(around, Kind.ASK, at)
            yield plan.step
