"""How fast texts may leave: a token bucket for each clinic's sender, in this process."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from followup.domain.clinic import Clinic

AFTER_A_PAUSE = 10.0
"""Seconds' worth of texts that may leave at once: an answer need not wait behind a rate meant for hours of texts."""


@dataclass(frozen=True, slots=True)
class _Bucket:
    tokens: float
    at: datetime


@dataclass(slots=True)
class Pace:
    """Each sender's `per_second`, by machine time. `faster` is for a demo, where the carrier's time runs fast, too."""

    faster: float = 1.0
    _buckets: dict[str, _Bucket] = field(default_factory=dict)

    def budget(self, clinics: Iterable[Clinic], wall: datetime) -> dict[str, int]:
        """How many texts of each clinic may leave now, by the clinic's id."""
        return {clinic.id: int(self._filled(clinic, wall).tokens) for clinic in clinics}

    def spend(self, clinic: Clinic, texts: int, wall: datetime) -> None:
        """So many are about to leave."""
        filled = self._filled(clinic, wall)
        self._buckets[clinic.id] = _Bucket(filled.tokens - texts, filled.at)

    def _filled(self, clinic: Clinic, wall: datetime) -> _Bucket:
        rate = clinic.sms.per_second * self.faster
        most = max(1.0, rate * AFTER_A_PAUSE)
        last = self._buckets.get(clinic.id, _Bucket(most, wall))
        # A clock set back gives nothing, and takes nothing away.
        passed = max(0.0, (wall - last.at).total_seconds())
        return _Bucket(min(most, last.tokens + passed * rate), wall)
