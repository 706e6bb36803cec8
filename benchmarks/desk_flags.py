"""A clinic's database in which thousands of flags wait, each with words of its own (for desk.py)."""

from __future__ import annotations

import random
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from due_work import opened, sample_catalogue

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from followup.domain import events as e
from followup.domain.decision import Decision
from followup.domain.episode import Patient
from followup.domain.flag import Evidence, Flag, Reason
from followup.domain.message import Direction, Kind, MessageState
from followup.domain.understanding.values import Question, Understanding, Urgency
from followup.store import episodes, migrate, open_store, patients
from kit.builders import a_message

if TYPE_CHECKING:
    from followup.domain.protocol import Protocol

BATCH = 500
URGENCIES = (Urgency.NOW, Urgency.TODAY, Urgency.REVIEW)
TREATMENTS = {0: "thread_lift", 1: "lip_filler", 2: "dermal_filler", 3: "peel_medium"}
"""By the number's last two digits: one in a hundred each, and everybody else had the same."""
REASONS = (Reason.SEVERE, Reason.PERSISTING, Reason.WORSENING, Reason.UNCLEAR)
SAID = """it is still red swelling pain near my cheek since yesterday evening worse bruise a bit better today
please call when you can thank you the left side feels hot hard lump under skin no fever slept badly took nothing"""
WORDS = SAID.split()
GIVEN, FAMILY = ("Ada", "Ben", "Cleo", "Dan", "Eve", "Finn", "Gia"), ("Byrne", "Okoro", "Silva", "Novak", "Khan")


def phone_of(number: int) -> str:
    """Each patient's own."""
    return f"+4477{number:08d}"


async def fill(url: str, many: int) -> None:
    """So many patients, each with a reply and an open flag, a third of them of each urgency."""
    await migrate(url)
    now, chance = datetime.now(UTC), random.Random(4)  # noqa: S311 - the same each time
    protocols = sample_catalogue().protocols
    store = await open_store(url, wall=lambda: now)
    for first in range(0, many, BATCH):
        async with store.transaction() as tx:
            for number in range(first, min(first + BATCH, many)):
                one = Patient("glow", "bench", f"P-{number}", phone=phone_of(number), consent="granted")
                one = replace(one, given=chance.choice(GIVEN), family=chance.choice(FAMILY))
                await patients.save(tx, one)
                protocol = protocols[TREATMENTS.get(number % 100, "mesotherapy")]
                await episodes.apply(tx, None, _flagged(number, protocol, now, chance), at=now)
    await store.close()


def _flagged(number: int, protocol: Protocol, now: datetime, chance: random.Random) -> Decision:
    opening = opened(number, protocol).events[0]
    assert isinstance(opening, e.EpisodeOpened)  # noqa: S101 - what `opened` makes
    treated = now - timedelta(hours=30, seconds=number)
    episode = replace(opening.episode, treated_until=treated, opened_at=treated, check_ins=())
    raised = now - timedelta(minutes=chance.randint(1, 60 * 24))
    said = " ".join(chance.choices(WORDS, k=chance.randint(4, 22)))
    text = a_message(
        Kind.REPLY,
        id=f"m{number:031x}",
        episode_id=episode.id,
        direction=Direction.IN,
        phone=phone_of(number),
        body=said,
        state=MessageState.RECEIVED,
        at=raised,
        not_before=raised,
        useful_until=raised,
    )
    flag = Flag(
        id=f"f{number:031x}",
        reason=chance.choice(REASONS),
        urgency=URGENCIES[number % len(URGENCIES)],
        subject=chance.choice(("redness", "swelling", "pain", "bruising")),
        raised_at=raised,
        last_raised_at=raised,
        evidence=Evidence(said, "moderate after 24 h", raised, 30.0, 24.0),
        waits_since=raised,
    )
    read = Understanding(said, "en", "1", Question.FREE)
    return Decision((e.EpisodeOpened(episode), e.ReplyReceived(text, read), e.FlagRaised(flag)), None)
