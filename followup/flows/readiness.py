"""Whether work gets done: the database answers, its schema is ours, the worker beats and nothing is left lying."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from followup.store import SchemaError, StoreUnavailableError, beats, condition, episodes, outbox, received

if TYPE_CHECKING:
    from datetime import datetime

    from followup.flows.services import Services
    from followup.store import Transaction

WORKER = "worker"
"""The name under which every worker notes that it is alive."""
OLDEST_BEAT = timedelta(seconds=60)
OLDEST_DUE = timedelta(seconds=120)


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that has to be in order, and its figure in seconds where it has one."""

    name: str
    is_fine: bool
    said: str = ""
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Late:
    """How long the oldest of each has waited, in care time; None where nothing waits."""

    wake: timedelta | None
    text: timedelta | None
    inbox: timedelta | None

    @property
    def ours(self) -> timedelta:
        """What only we can be the reason of. A text may also wait for its turn, or for the carrier."""
        return max((late for late in (self.wake, self.inbox) if late is not None), default=timedelta(0))


async def look(services: Services) -> tuple[Check, ...]:
    """Every check, in order; what cannot be asked after the first that failed is left out."""
    try:
        async with services.store.reading() as tx:
            await condition.verify_schema(tx)
            beat_at = await beats.last(tx, WORKER)
            late = await how_late(tx, services.clock())
    except SchemaError as error:
        return Check("database", is_fine=True), Check("schema", is_fine=False, said=str(error))
    except StoreUnavailableError:
        return (Check("database", is_fine=False, said="does not answer"),)
    return (
        Check("database", is_fine=True),
        Check("schema", is_fine=True),
        _beat(beat_at, services.wall()),
        _due(late, services.pace.faster),
    )


async def how_late(tx: Transaction, now: datetime) -> Late:
    """How long what is due has been due."""
    return Late(
        wake=_since(await episodes.oldest_due_at(tx, now), now),
        text=_since(await outbox.oldest_due_at(tx, now), now),
        inbox=_since(await received.oldest_waiting_at(tx), now),
    )


def _since(at: datetime | None, now: datetime) -> timedelta | None:
    return None if at is None else max(timedelta(0), now - at)


def _beat(at: datetime | None, now: datetime) -> Check:
    if at is None:
        return Check("beat", is_fine=False, said="no worker has run yet")
    age = max(timedelta(0), now - at)
    is_fine = age < OLDEST_BEAT
    return Check("beat", is_fine, "" if is_fine else "no worker runs", _seconds(age))


def _due(late: Late, faster: float) -> Check:
    # In a demo care time runs fast, and the work cannot.
    age = late.ours / max(faster, 1.0)
    is_fine = age <= OLDEST_DUE
    return Check("due", is_fine, "" if is_fine else "what is due is not being done", _seconds(age))


def _seconds(length: timedelta) -> float:
    return round(length.total_seconds(), 1)
