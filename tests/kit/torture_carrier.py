"""A carrier on whom nothing can be relied upon, the same way for the same seed."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from followup.sms.simulator.faults import ACCEPTED_500, ACCEPTED_DROPPED, REFUSED_500, Fault, Receipts
from followup.sms.simulator.patients import Answer

if TYPE_CHECKING:
    from random import Random

    from followup.sms.simulator.simulator import Simulator

BUSY = Fault(status=429, code=20429, takes=False)
SHARES: tuple[tuple[float, Fault], ...] = (
    (0.08, BUSY),
    (0.05, REFUSED_500),
    (0.05, ACCEPTED_500),
    (0.05, ACCEPTED_DROPPED),
    (0.02, Fault(delay=1.0)),
)
"""How often what goes wrong; the last is slower than a life waits."""
RECEIPTS: tuple[tuple[float, Receipts], ...] = (
    (0.15, Receipts(times=3)),
    (0.15, Receipts(is_reversed=True)),
    (0.15, Receipts(are_lost=True)),
    (0.10, Receipts(early=True)),
    (0.05, Receipts(early=True, times=2, is_reversed=True)),
)
LAG = timedelta(seconds=0.4)
"""How long the carrier's list does not show what was just taken; shorter than a life's settle time."""
UNHURRIED = 0.05
"""Longest time in seconds that a call takes where nothing goes wrong."""


@dataclass
class Mischief:
    """What one carrier does; `called` is set by every create call, `did` counts what it did."""

    random: Random
    called: asyncio.Event = field(default_factory=asyncio.Event)
    did: Counter[str] = field(default_factory=Counter)

    def befall(self, simulator: Simulator, *, with_faults: bool = True) -> None:
        """This simulator behaves so from now on."""
        simulator.faults.choose = self._send if with_faults else self._slowly
        if with_faults:
            simulator.faults.choose_receipts = self._receipts
            simulator.faults.list_lag = LAG

    def _slowly(self, _phone: str, _body: str) -> Fault:
        self.called.set()
        return Fault(delay=self.random.uniform(0, UNHURRIED))

    def _send(self, phone: str, body: str) -> Fault:
        drawn = self.random.random()
        for share, fault in SHARES:
            if drawn < share:
                self.called.set()
                self.did[_name(fault)] += 1
                return fault
            drawn -= share
        return self._slowly(phone, body)

    def _receipts(self, _phone: str, _body: str) -> Receipts | None:
        drawn = self.random.random()
        for share, receipts in RECEIPTS:
            if drawn < share:
                return receipts
            drawn -= share
        return None


def _name(fault: Fault) -> str:
    taken = "accepted" if fault.takes else "refused"
    return f"{taken}, {'dropped' if fault.drops else fault.status if fault.status != 201 else 'slow'}"


def answering(phone: str, body: str) -> Answer | None:
    """Every second patient answers our questions, and nothing else."""
    is_question = "redness" in body.lower() and int(phone[-3:]) % 2 == 0
    return Answer("1 0", timedelta(seconds=0.05 * int(phone[-1]))) if is_question else None
