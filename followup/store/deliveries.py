"""The outbox of what the clinic's other systems are told, and how their addresses have behaved."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, bindparam, delete, func, select, update

from followup.domain.outbound import Delivery, DeliveryState, Endpoint, announcements, on_claim
from followup.store.columns import is_one
from followup.store.house_tables import deliveries as d
from followup.store.house_tables import endpoints as e
from followup.store.rows import Shape, inserting

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from followup.domain.episode import Episode
    from followup.domain.events import Event
    from followup.store.engine import Traits
    from followup.store.transaction import Transaction
_DELIVERY = Shape(Delivery, d)
_ENDPOINT = Shape(Endpoint, e)
_DUE = and_(is_one(d.c.state, DeliveryState.WAITING), d.c.due_at <= bindparam("wall"))
_ENDPOINTS_DUE = select(d.c.clinic, d.c.endpoint).where(_DUE).distinct()
_OF_ENDPOINT = and_(d.c.clinic == bindparam("of_clinic"), d.c.endpoint == bindparam("of_endpoint"))
_CLAIMABLE = select(*_DELIVERY.columns).where(_DUE, _OF_ENDPOINT).order_by(d.c.due_at, d.c.id).limit(bindparam("most"))


def announce(tx: Transaction, episode: Episode, events: Sequence[Event], *, at: datetime) -> None:
    """Writes what is to be announced of these events, with the transaction they belong to."""
    rules = tx.listeners.get(episode.clinic, ())
    for delivery in announcements(rules, episode, events, at=at, wall=tx.wall()) if rules else ():
        tx.later(inserting(_DELIVERY), _DELIVERY.row(delivery))


async def due(tx: Transaction) -> list[tuple[str, str]]:
    """Clinic and endpoint of whatever is due."""
    return [(row.clinic, row.endpoint) for row in await tx.rows(_ENDPOINTS_DUE, {"wall": tx.wall()})]


async def claim(tx: Transaction, clinic: str, endpoint: str, most: int) -> list[Delivery]:
    """Takes what is due for this endpoint, the oldest first; what somebody else has is left out."""
    of = {"wall": tx.wall(), "of_clinic": clinic, "of_endpoint": endpoint, "most": most}
    rows = await tx.rows(tx.locked(_CLAIMABLE, skips=True), of)
    claimed = [on_claim(_DELIVERY.value(row), tx.wall()) for row in rows]
    for delivery in claimed:
        await save(tx, delivery)
    return claimed


async def load(tx: Transaction, clinic: str, delivery_id: str) -> Delivery | None:
    """The delivery, locked."""
    row = await tx.row(tx.locked(select(*_DELIVERY.columns).where(d.c.clinic == clinic, d.c.id == delivery_id)))
    return _DELIVERY.value(row) if row else None


async def save(tx: Transaction, delivery: Delivery) -> None:
    """Writes a delivery anew."""
    mine = update(d).where(d.c.clinic == delivery.clinic, d.c.id == delivery.id)
    await tx.run(mine.values(_DELIVERY.row(delivery)))


async def endpoint(tx: Transaction, clinic: str, name: str) -> Endpoint:
    """How the endpoint stands, locked; as new where it was never tried."""
    row = await tx.row(tx.locked(select(*_ENDPOINT.columns).where(e.c.clinic == clinic, e.c.id == name)))
    return _ENDPOINT.value(row) if row else Endpoint(clinic, name)


async def know(tx: Transaction, clinic: str, name: str) -> None:
    """Has a row for the endpoint, so that there is something to lock."""
    await tx.run(_first(tx.traits), _ENDPOINT.row(Endpoint(clinic, name)))


async def save_endpoint(tx: Transaction, stands: Endpoint) -> None:
    """Writes how it stands."""
    await tx.run(_upsert(tx.traits), _ENDPOINT.row(stands))


async def disabled(tx: Transaction) -> list[Endpoint]:
    """The endpoints that take nothing until a person says so."""
    rows = await tx.rows(select(*_ENDPOINT.columns).where(e.c.disabled_at.is_not(None)).order_by(e.c.clinic, e.c.id))
    return [_ENDPOINT.value(row) for row in rows]


async def hold(tx: Transaction, clinic: str, name: str) -> int:
    """What waits for this endpoint is tried no more; how many they were."""
    waiting = update(d).where(d.c.clinic == clinic, d.c.endpoint == name, is_one(d.c.state, DeliveryState.WAITING))
    return await tx.run(waiting.values(state=DeliveryState.HELD))


async def again(tx: Transaction, clinic: str, name: str) -> int:
    """The endpoint may be tried again, and what it did not take is due now; how many they are."""
    await save_endpoint(tx, Endpoint(clinic, name))
    stuck = is_one(d.c.state, DeliveryState.HELD, DeliveryState.GIVEN_UP)
    fresh = {"state": DeliveryState.WAITING, "tries": 0, "due_at": tx.wall(), "settled_at": None}
    return await tx.run(update(d).where(d.c.clinic == clinic, d.c.endpoint == name, stuck).values(fresh))


async def counts(tx: Transaction, clinic: str, name: str) -> Mapping[str, int]:
    """How many deliveries of this endpoint there are in each state."""
    of = select(d.c.state, func.count()).where(d.c.clinic == clinic, d.c.endpoint == name).group_by(d.c.state)
    return {str(state): number for state, number in await tx.rows(of)}


async def sweep(tx: Transaction, before: datetime) -> int:
    """Away with what was taken before then."""
    taken = is_one(d.c.state, DeliveryState.DELIVERED)
    return await tx.run(delete(d).where(taken, d.c.settled_at < before))


@cache
def _first(traits: Traits) -> Any:
    return traits.insert(e).on_conflict_do_nothing()


@cache
def _upsert(traits: Traits) -> Any:
    insert = traits.insert(e)
    new = {name: insert.excluded[name] for name in ("failing_since", "disabled_at", "why")}
    return insert.on_conflict_do_update(index_elements=["clinic", "id"], set_=new)
