"""A symptom as it is mentioned, and the words that govern it: degrees, denials, changes, answers and numbers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from followup.domain.vocabulary import Role

if TYPE_CHECKING:
    from followup.domain.understanding.clauses import Item

AHEAD = frozenset({Role.DEGREE, Role.NO, Role.FAR_FROM, Role.LESS, Role.MORE, Role.STILL})
"""Words that govern what follows, as long as something follows."""
BEHIND = frozenset({Role.NONE, Role.GONE, Role.TREND, Role.NOT_YET, Role.YES, Role.NUMBER})
"""Words that speak of what came before."""
GOVERNING = AHEAD | BEHIND
CHANGES = frozenset({Role.TREND, Role.NOT_YET, Role.GONE, Role.LESS, Role.MORE})
EARLIER = frozenset({Role.PAST, Role.EARLIER})
ANSWERS = frozenset({Role.NO, Role.YES, Role.NONE, Role.NUMBER})
SETTLES = frozenset({Role.DEGREE, Role.NO, Role.FAR_FROM, Role.NONE, Role.GONE, Role.YES, Role.STILL, Role.NUMBER})
"""Words that say how much of a symptom there is."""


@dataclass(slots=True)
class Governor:
    """A governing word, and whether it speaks of now rather than of earlier."""

    item: Item
    is_now: bool
    is_past: bool = False
    is_loose: bool = False
    """It may not speak of the symptom at all: "cheeks are red, none"."""


@dataclass(slots=True)
class Mention:
    """A symptom named in the reply, with the words that govern it; built up while the reply is walked once."""

    item: Item
    is_past: bool = False
    own: list[Governor] = field(default_factory=list)
    shared: list[Governor] = field(default_factory=list)
    """Governing words of the symptom it is listed with ("no redness or swelling")."""
    is_loosely_listed: bool = False
    """Listed by a bare comma after a denial: "no redness, swelling" may mean either."""

    @property
    def stands_alone(self) -> bool:
        """Whether its own words say enough that those of the symptom it is listed with do not reach it."""
        return any(governor.item.role in SETTLES | CHANGES for governor in self.own)

    @property
    def is_settled(self) -> bool:
        """Whether its own words say how much there is."""
        return any(governor.item.role in SETTLES for governor in self.own)

    def is_settled_now(self) -> bool:
        """Whether its own words say how much there is by now, not earlier."""
        return any(governor.is_now and governor.item.role in SETTLES for governor in self.own)


@dataclass(slots=True)
class Walk:
    """What a walk over the items found."""

    mentions: list[Mention] = field(default_factory=list)
    free: list[Governor] = field(default_factory=list)
    """Governing words that speak of no symptom in particular."""
