"""A token bucket per name, in this process."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class _Bucket:
    tokens: float
    at: datetime


@dataclass(slots=True)
class RateLimit:
    """Lets through `per_second` calls of each name, and `burst` at once after a pause."""

    per_second: float
    burst: int
    _buckets: dict[str, _Bucket] = field(default_factory=dict)

    def wait(self, name: str, now: datetime) -> float:
        """Takes a token and returns 0, or takes none and returns the seconds until there is one."""
        last = self._buckets.get(name, _Bucket(self.burst, now))
        # A clock set back gives nothing, and takes nothing away.
        passed = max(0.0, (now - last.at).total_seconds())
        tokens = min(float(self.burst), last.tokens + passed * self.per_second)
        if tokens < 1:
            self._buckets[name] = _Bucket(tokens, now)
            return (1 - tokens) / self.per_second
        self._buckets[name] = _Bucket(tokens - 1, now)
        return 0.0
