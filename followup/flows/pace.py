"""How fast texts may leave: a token bucket for each sender, one for all processes that hand texts over."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from followup.domain.segments import segments
from followup.store import paces
from followup.store.paces import Bucket

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from followup.domain.clinic import Clinic
    from followup.domain.message import Message
    from followup.store import Transaction

AFTER_A_PAUSE = 10.0
"""Seconds' worth of texts that may leave at once: an answer need not wait behind a rate meant for hours of texts."""
URGENT_LANE = 3.0
"""Parts that our questions leave for what must not wait behind them: answers, and what may save a life."""
CLOCKS_DIFFER = timedelta(minutes=1)
"""By how much the clocks of two machines may; what is set back by more was set back by somebody."""


@dataclass(frozen=True, slots=True)
class Leaving:
    """One text that was claimed, and whose sender it is."""

    message: Message
    clinic: Clinic

    @property
    def sender(self) -> str:
        """Whose pace it goes at."""
        return sender_of(self.clinic)


def sender_of(clinic: Clinic) -> str:
    """A number of one carrier; clinics that share it share its pace."""
    return f"{clinic.sms.gateway} {clinic.sms.sender}"


@dataclass(slots=True)
class Pace:
    """Each sender's `per_second`, in parts and by machine time.

    faster: how much faster than machine time the carrier's runs, in a demo.
    """

    faster: float = 1.0

    async def budget(self, tx: Transaction, clinics: Iterable[Clinic], wall: datetime) -> dict[str, int]:
        """How many texts of each clinic are worth a claim now, by the clinic's id; what may leave, `let_go` says."""
        senders = {clinic.id: (clinic, sender_of(clinic)) for clinic in clinics}
        known = await paces.load(tx, {sender for _, sender in senders.values()})
        return {
            name: int(self.filled(known.get(sender), clinic, wall).tokens) for name, (clinic, sender) in senders.items()
        }

    async def let_go(self, tx: Transaction, leaving: Sequence[Leaving], wall: datetime) -> list[bool]:
        """Which of these may leave, in their order; it is paid for when this transaction commits."""
        clinics = {one.sender: one.clinic for one in leaving}
        known = await paces.take(tx, clinics)
        if unknown := clinics.keys() - known.keys():
            await paces.begin(tx, {sender: self.filled(None, clinics[sender], wall) for sender in unknown})
            known = await paces.take(tx, clinics)
        left = {sender: self.filled(known[sender], clinic, wall) for sender, clinic in clinics.items()}
        may_go = []
        for one in leaving:
            bucket = left[one.sender]
            may_go.append(bucket.tokens >= (1 + URGENT_LANE if one.message.kind.waits_for_hours else 1))
            if may_go[-1]:
                # A text of many parts goes whole; what it takes too much is missing afterwards.
                left[one.sender] = Bucket(bucket.tokens - segments(one.message.body).count, bucket.at)
        paces.save(tx, left)
        return may_go

    def filled(self, last: Bucket | None, clinic: Clinic, wall: datetime) -> Bucket:
        """What a sender may hand over by now."""
        rate = clinic.sms.per_second * self.faster
        most = max(1.0, rate * AFTER_A_PAUSE) + URGENT_LANE
        if last is None:
            return Bucket(most, wall)
        passed = (wall - last.at).total_seconds()
        if passed < -CLOCKS_DIFFER.total_seconds():
            return Bucket(min(most, last.tokens), wall)
        # Of two machines' clocks the one ahead counts, and no second of it twice.
        return Bucket(min(most, last.tokens + max(0.0, passed) * rate), max(last.at, wall))
