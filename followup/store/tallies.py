"""How many flags and strays wait: in all, and by everything that the worklist can be sifted by."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, case, func, literal_column, select, true

from followup.domain.flag import FlagState, Reason
from followup.domain.understanding.values import Urgency
from followup.store.columns import is_one
from followup.store.tables import episodes, strays
from followup.store.tables import flags as f

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Select

    from followup.store.transaction import Transaction

SILENCE = frozenset({Reason.SILENT})
UNDELIVERED = frozenset({Reason.UNREACHABLE, Reason.NOT_SENT})
DETAILS = frozenset({Reason.NEEDS_DETAILS})


@dataclass(frozen=True, slots=True)
class Counts:
    """How many wait. What is urgent is in `now` whatever its reason; the others count what can wait longer."""

    now: int = 0
    today: int = 0
    review: int = 0
    silent: int = 0
    unreachable: int = 0
    needs_details: int = 0
    strays: int = 0


@dataclass(frozen=True, slots=True)
class Tally:
    """Active flags that are alike in all that is named first, and how many of them there are."""

    clinic: str
    treatment: str
    urgency: Urgency
    reason: Reason
    is_asleep: bool
    number: int
    """All of them."""
    free: int
    """Those that nobody has."""
    theirs: int
    """Those of whoever is asked for."""
    theirs_free: int
    """Those of these that nobody has."""

    @property
    def part(self) -> str:
        """Under which name of `Counts` they are counted."""
        return part_of(self.urgency, self.reason)


async def counts(tx: Transaction, clinics: Sequence[str] | None) -> Counts:
    """How many flags and strays wait."""
    active = select(f.c.urgency, f.c.reason, func.count()).where(is_one(f.c.state, FlagState.ACTIVE))
    rows = await tx.rows(of_clinics(active, f.c.clinic, clinics).group_by(f.c.urgency, f.c.reason))
    counted: Counter[str] = Counter()
    for urgency, reason, number in rows:
        counted[part_of(urgency, reason)] += number
    return Counts(**counted, strays=await count_strays(tx, clinics))


async def count_strays(tx: Transaction, clinics: Sequence[str] | None) -> int:
    """How many strays wait."""
    lost = select(func.count()).select_from(strays).where(is_one(strays.c.state, "open"))
    return int(await tx.value(of_clinics(lost, strays.c.clinic, clinics)))


async def tallies(
    tx: Transaction, clinics: Sequence[str] | None, now: datetime, *, owner: str | None = None, mentioned: str = ""
) -> list[Tally]:
    """Every active flag, counted as of `now` by the clock of care. owner, mentioned: as a Filter has them."""
    mine, free = and_(true(), *whose(owner, mentioned)), f.c.owner == ""
    asleep = and_(f.c.snoozed_until.is_not(None), f.c.rank != Urgency.NOW.rank, f.c.snoozed_until > now)
    found = (
        select(
            f.c.clinic,
            episodes.c.protocol_id,
            f.c.urgency,
            f.c.reason,
            asleep.label("asleep"),
            func.count(),
            *(func.sum(case((which, 1), else_=0)) for which in (free, mine, and_(mine, free))),
        )
        .select_from(f)
        .join(episodes, and_(episodes.c.clinic == f.c.clinic, episodes.c.id == f.c.episode_id))
        .where(is_one(f.c.state, FlagState.ACTIVE))
        # By its name: written out twice, the instant in it would be two parameters, and so two expressions.
        .group_by(f.c.clinic, episodes.c.protocol_id, f.c.urgency, f.c.reason, "asleep")
    )
    rows = await tx.rows(of_clinics(found, f.c.clinic, clinics))
    return [Tally(*row) for row in rows]


def whose(owner: str | None, mentioned: str) -> list[ColumnElement[bool]]:
    """What flags of this owner are known by ("" for nobody's, None for anybody's), and those that mention somebody."""
    owned = [] if owner is None else [f.c.owner == owner]
    # Written out, so that the engine sees that the small index will do.
    named = f.c.mentioned != literal_column("''")
    return [*owned, *([and_(named, f.c.mentioned.contains(f" {mentioned} ", autoescape=True))] if mentioned else [])]


def part_of(urgency: Urgency, reason: Reason) -> str:
    """Under which name of `Counts` a flag is counted."""
    if urgency is Urgency.NOW:
        return "now"
    named = {"silent": SILENCE, "unreachable": UNDELIVERED, "needs_details": DETAILS}
    return next((name for name, reasons in named.items() if reason in reasons), urgency.value)


def of_clinics(found: Select[Any], clinic: ColumnElement[str], clinics: Sequence[str] | None) -> Select[Any]:
    """Of a statement: the rows of these clinics, all for None."""
    return found if clinics is None else found.where(clinic.in_(clinics))
