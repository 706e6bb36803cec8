"""Late harm to several patients that may have one cause: a product, a lot, a room, a pair of hands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from followup.domain.booking_state import in_order

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime, timedelta

    from followup.domain.inputs import Booking

LATE_HARM = ("nodules_lumps", "pus_discharge", "spreading_redness", "fever_chills")
"""Alarm signs of late lumps and of infections."""


@dataclass(frozen=True, slots=True)
class Shared:
    """Something treatments may have in common; `kind`: product, room or practitioner."""

    kind: str
    name: str


@dataclass(frozen=True, slots=True)
class Harm:
    """One flag of late harm, and what was used in its treatment. `within`: how close another one counts."""

    flag_id: str
    episode_id: str
    clinic: str
    patient: str
    raised_at: datetime
    is_open: bool
    shared: frozenset[Shared]
    within: timedelta


@dataclass(frozen=True, slots=True)
class Cluster:
    """Flags of different patients of one clinic that share all of this; one cluster however much they share."""

    clinic: str
    shared: tuple[Shared, ...]
    harms: tuple[Harm, ...]

    @property
    def flag_ids(self) -> tuple[str, ...]:
        """The flags, the oldest first."""
        return tuple(harm.flag_id for harm in self.harms)

    @property
    def names(self) -> tuple[str, ...]:
        """What they share, in words: "product Filler A, lot 7"."""
        return tuple(f"{shared.kind} {shared.name}" for shared in self.shared)


@dataclass(frozen=True, slots=True)
class LookedInto:
    """What somebody looked into and put aside: these flags, as far as they share this."""

    flag_ids: frozenset[str]
    names: frozenset[str]

    def covers(self, cluster: Cluster) -> bool:
        """Whether there is nothing new in the cluster: no other patient, and nothing else in common."""
        return self.flag_ids.issuperset(cluster.flag_ids) and self.names.issuperset(cluster.names)


def shared_of(facts: Iterable[Booking]) -> frozenset[Shared]:
    """What a booking says was used: of each detail the newest word."""
    found: dict[str, tuple[str, ...]] = {}
    for fact in in_order(facts):
        told = {
            "product": fact.products or (),
            "room": (fact.location or "",),
            "practitioner": (fact.practitioner or "",),
        }
        found |= {kind: names for kind, names in told.items() if any(names)}
    return frozenset(Shared(kind, name) for kind, names in found.items() for name in names)


def clusters(harms: Sequence[Harm]) -> tuple[Cluster, ...]:
    """Every cluster staff still have a flag of to look at, the newest first."""
    together: dict[tuple[str, tuple[Harm, ...]], list[Shared]] = {}
    for (clinic, shared), group in _by_shared(harms).items():
        for run in _runs(group):
            together.setdefault((clinic, run), []).append(shared)
    found = [Cluster(clinic, tuple(sorted(shared, key=_order)), run) for (clinic, run), shared in together.items()]
    return tuple(sorted(found, key=lambda one: one.harms[-1].raised_at, reverse=True))


def _by_shared(harms: Sequence[Harm]) -> Mapping[tuple[str, Shared], list[Harm]]:
    groups: dict[tuple[str, Shared], list[Harm]] = {}
    for harm in sorted(harms, key=lambda one: (one.raised_at, one.flag_id)):
        for shared in harm.shared:
            groups.setdefault((harm.clinic, shared), []).append(harm)
    return groups


def _runs(group: list[Harm]) -> Iterator[tuple[Harm, ...]]:
    """Stretches in which each flag follows the one before closely enough, of two patients or more."""
    run: list[Harm] = []
    for harm in group:
        if run and harm.raised_at - run[-1].raised_at > min(harm.within, run[-1].within):
            yield from _if_cluster(run)
            run = []
        run.append(harm)
    yield from _if_cluster(run)


def _if_cluster(run: list[Harm]) -> Iterator[tuple[Harm, ...]]:
    if len({harm.patient for harm in run}) > 1 and any(harm.is_open for harm in run):
        yield tuple(run)


def _order(shared: Shared) -> tuple[str, str]:
    return shared.kind, shared.name
