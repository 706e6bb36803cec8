"""When a text that nobody asked for may go: sending hours, the gap between two, and the clinic's caps."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, timedelta
from typing import TYPE_CHECKING

from followup.domain.circumstances import Sent
from followup.domain.sharing import key_of

if TYPE_CHECKING:
    from datetime import datetime

    from followup.domain.circumstances import Circumstances
    from followup.domain.message import Kind

MOST_STEPS = 50
DAY, WEEK = timedelta(days=1), timedelta(days=7)


def first_allowed(at: datetime, circumstances: Circumstances) -> datetime | None:
    """The first instant from `at` on at which we may text this phone unasked; None where there is none."""
    hours, zone = circumstances.clinic.sending_hours, circumstances.zone
    for _ in range(MOST_STEPS):
        opens = hours.next_open(at, zone)
        if opens is None:
            return None
        waits = _waits(opens, circumstances)
        if not waits:
            return opens
        at = max(waits)
    return None


def _waits(at: datetime, circumstances: Circumstances) -> list[datetime]:
    """What has to be waited for, be it only a moment, before a text may go."""
    rules, zone = circumstances.clinic.sms, circumstances.zone
    # Whoever shares a phone shares its quiet between two texts; the caps are each patient's own, or one of two who are
    # treated on the same day would never be asked.
    waits = [before + rules.min_gap for before in circumstances.contact.unasked(at - rules.min_gap)]
    waits = [until for until in waits if until > at]
    last = circumstances.contact.unasked(at - WEEK - DAY, key_of(circumstances.patient))
    day = at.astimezone(zone).date()
    if rules.per_day and sum(one.astimezone(zone).date() == day for one in last) >= rules.per_day:
        waits.append(_midnight_after(at, circumstances))
    in_week = [one for one in last if one > at - WEEK]
    if rules.per_week and len(in_week) >= rules.per_week:
        waits.append(in_week[-rules.per_week] + WEEK)
    return waits


def _midnight_after(at: datetime, circumstances: Circumstances) -> datetime:
    tomorrow = at.astimezone(circumstances.zone).replace(hour=0, minute=0, second=0, microsecond=0) + DAY
    return tomorrow.astimezone(UTC)


def with_sent(circumstances: Circumstances, kind: Kind, at: datetime) -> Circumstances:
    """The circumstances after one more text to this patient."""
    text = Sent(kind, at, key_of(circumstances.patient))
    contact = replace(circumstances.contact, sent=(*circumstances.contact.sent, text))
    return replace(circumstances, contact=contact)
