"""Patients of the last weeks whose symptoms went at a known pace, as their replies left them."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert

from followup.domain.episode import EpisodeState
from followup.domain.understanding.values import Severity
from followup.store.tables import episodes, reports

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kit.story import Story

HOUR = timedelta(hours=1)
CHECK_INS = (24, 48, 72, 168)


async def recover(story: Story, patients: int, clinic: str = "glow", lasts: float = 40.0, symptoms: int = 1) -> None:
    """Patients of last week, straight into the database: some redness, replies for a while, then silence."""
    chance = random.Random(patients)  # noqa: S311 - invented patients
    names = ("redness", "swelling", "bruising", "pain")[:symptoms]
    made = [(f"{clinic}-{number}", chance.uniform(8, 20)) for number in range(patients)]
    opened = [_episode(story, clinic, name, days) for name, days in made]
    told = [
        _report(clinic, row, symptom, place, hours, is_there=is_there)
        for row in opened
        for symptom in names
        for place, (hours, is_there) in enumerate(_course(chance, lasts))
    ]
    async with story.services.store.transaction() as tx:
        for table, rows in ((episodes, opened), (reports, told)):
            for begin in range(0, len(rows), 500):
                await tx.run(insert(table).values(rows[begin : begin + 500]))


def _course(chance: random.Random, lasts: float) -> Iterator[tuple[float, bool]]:
    ends = chance.weibullvariate(lasts, 1.5)
    for due in CHECK_INS:
        at = due + chance.expovariate(1 / 3)
        yield at, ends > at
        if chance.random() < 0.1:
            return


def _episode(story: Story, clinic: str, name: str, days: float) -> dict[str, Any]:
    at = story.clock() - timedelta(days=days)
    words = {
        "source": "s",
        "patient_id": name,
        "protocol_id": "mesotherapy",
        "protocol_version": "1",
        "booked_as": "",
        "service_name": "",
        "why": "",
    }
    known = {"clinic": clinic, "id": name, "booking_id": name, "state": EpisodeState.FINISHED, "version": 1}
    return {**known, **words, "treated_until": at, "opened_at": at}


def _report(
    clinic: str, episode: dict[str, Any], symptom: str, place: int, hours: float, *, is_there: bool
) -> dict[str, Any]:
    return {
        "clinic": clinic,
        "episode_id": episode["id"],
        "id": f"{episode['id']}-{symptom}-{place}",
        "place": place,
        "symptom": symptom,
        "severity": Severity.MILD if is_there else Severity.NONE,
        "reported_at": episode["treated_until"] + hours * HOUR,
        "message_id": "",
        "step": "",
        "words": "",
        "rule": "",
    }
