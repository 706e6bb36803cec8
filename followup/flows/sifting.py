"""The worklist sifted: what somebody asked to see of it, and how much that hides."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from followup.domain.understanding.values import Urgency
from followup.store.worklist import Counts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from followup.domain.flag import Reason
    from followup.store.worklist import Tally

PARTS: Mapping[str, str] = {
    "now": "now",
    "today": "today",
    "review": "review",
    "not-heard": "silent",
    "not-delivered": "unreachable",
    "needs-details": "needs_details",
}
"""Under which name of `Counts` each section of the worklist is counted."""


@dataclass(frozen=True, slots=True)
class Sieve:
    """What somebody wants to see. owner: "" for what nobody has, None for anybody's; the others: "" for any."""

    owner: str | None = None
    mentioned: str = ""
    clinic: str = ""
    treatment: str = ""
    reason: Reason | None = None

    @property
    def is_on(self) -> bool:
        """Whether it can hide anything."""
        return self != Sieve()

    def lets_through(self, tally: Tally, but: str = "") -> bool:
        """Whether these are of that clinic, treatment and reason. but: which of the three does not matter this time."""
        wanted = (
            ("clinic", self.clinic, tally.clinic),
            ("treatment", self.treatment, tally.treatment),
            ("reason", self.reason, tally.reason),
        )
        return all(not asked or asked == found or name == but for name, asked, found in wanted)

    def narrowed(self, clinics: tuple[str, ...] | None) -> tuple[str, ...] | None:
        """Of the clinics somebody may see, None for all: those whose flags and strays are shown."""
        if not self.clinic:
            return clinics
        return (self.clinic,) if clinics is None or self.clinic in clinics else ()


@dataclass(frozen=True, slots=True)
class Sifted:
    """Every active flag that an account may see, counted, beside what the sieve lets through."""

    sieve: Sieve
    tallies: Sequence[Tally]

    def counts(self, strays: int) -> Counts:
        """How many wait, sieve or not."""
        counted: Counter[str] = Counter()
        for tally in self.tallies:
            counted[tally.part] += tally.number
        return Counts(**counted, strays=strays)

    def of(self, name: str) -> int:
        """How many there are in a section of the worklist; "" for all of it."""
        return sum(tally.number for tally in self.tallies if _is_in(tally, name))

    def shown(self, name: str) -> int:
        """How many of these the sieve lets through."""
        return sum(each.theirs for each in self.tallies if _is_in(each, name) and self.sieve.lets_through(each))

    def choices(self, what: str) -> Mapping[str, int]:
        """By which clinic, treatment or reason it can be sifted, and how many would be shown, all else as it is."""
        found: Counter[str] = Counter({getattr(self.sieve, what): 0} if getattr(self.sieve, what) else {})
        for tally in self.tallies:
            found[getattr(tally, what)] += tally.theirs if self.sieve.lets_through(tally, but=what) else 0
        return found

    @property
    def hidden_now(self) -> tuple[int, int]:
        """How many flags that cannot wait it hides, and how many of these nobody has."""
        urgent = [tally for tally in self.tallies if tally.urgency is Urgency.NOW]
        seen = [tally for tally in urgent if self.sieve.lets_through(tally)]
        hidden = sum(tally.number for tally in urgent) - sum(tally.theirs for tally in seen)
        return hidden, sum(tally.free for tally in urgent) - sum(tally.theirs_free for tally in seen)


def _is_in(tally: Tally, name: str) -> bool:
    if name in PARTS:
        return tally.part == PARTS[name]
    return tally.is_asleep or not name
