"""Bookings: every distinct fact a source told about one (docs/decisions/0004)."""

from __future__ import annotations

import hashlib
from dataclasses import fields
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, bindparam, or_, select

from followup.domain.inputs import Booking, BookingStatus, Consent, PatientDetails
from followup.store.columns import as_instant, canonical, storable
from followup.store.event_json import as_json
from followup.store.tables import booking_facts as t
from followup.store.tables import episodes as e

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from followup.store.engine import Traits
    from followup.store.transaction import Transaction

_INSTANTS = frozenset({"updated_at", "starts_at", "ends_at"})
_OF_SOURCE = (t.c.clinic == bindparam("clinic"), t.c.source == bindparam("source"))
_OF_BOOKING = (*_OF_SOURCE, t.c.booking_id == bindparam("booking_id"))
_FACTS = select(t.c.fact).where(*_OF_BOOKING, t.c.patient_id == bindparam("patient_id")).order_by(t.c.at, t.c.digest)
_FACTS_OF = (
    select(e.c.id, t.c.fact)
    .join(
        e,
        and_(
            *(t.c.clinic == e.c.clinic, t.c.source == e.c.source, t.c.booking_id == e.c.booking_id),
            or_(t.c.patient_id == e.c.patient_id, t.c.patient_id == ""),
        ),
    )
    .where(e.c.id.in_(bindparam("ids", expanding=True)))
    .order_by(t.c.at, t.c.digest)
)
_PATIENTS = select(t.c.patient_id).where(*_OF_BOOKING).distinct().order_by(t.c.patient_id)
_BOOKINGS = (
    select(t.c.booking_id)
    .where(*_OF_SOURCE, t.c.patient_id == bindparam("patient_id"), t.c.booking_id != "")
    .distinct()
    .order_by(t.c.booking_id)
)
_SUCCESSORS = select(t.c.fact).where(*_OF_SOURCE, t.c.supersedes == bindparam("booking_id"))


async def add_fact(tx: Transaction, clinic: str, source: str, fact: Booking, at: datetime) -> bool:
    """Adds what a source told; False where this very fact is known."""
    body = as_json(fact)
    if fact.products is None:
        del body["products"]  # younger than the rest: a fact told again must be the fact it was
    row = {
        "clinic": clinic,
        "source": source,
        "booking_id": fact.id,
        "patient_id": fact.patient.id,
        "digest": hashlib.sha256(canonical(body).encode()).hexdigest(),
        "supersedes": fact.supersedes,
        "fact": body,
        "at": at,
    }
    return await tx.run(_insert(tx.traits), row) == 1


async def facts(tx: Transaction, clinic: str, source: str, booking_id: str, patient_id: str) -> list[Booking]:
    """Every fact about this patient's part in this booking, in the order in which they came."""
    rows = await tx.rows(_FACTS, _named(clinic, source, booking_id=booking_id, patient_id=patient_id))
    return [_booking(fact) for (fact,) in rows]


async def facts_of(tx: Transaction, episode_ids: Sequence[str]) -> dict[str, list[Booking]]:
    """Every fact about the treatments behind these episodes, what was told of all its patients too; in their order."""
    found: dict[str, list[Booking]] = {episode_id: [] for episode_id in episode_ids}
    if found:
        for episode_id, fact in await tx.rows(_FACTS_OF, {"ids": sorted(found)}):
            found[episode_id].append(_booking(fact))
    return found


async def patients_of(tx: Transaction, clinic: str, source: str, booking_id: str) -> list[str]:
    """The ids of the patients this booking was told of."""
    return [patient for (patient,) in await tx.rows(_PATIENTS, _named(clinic, source, booking_id=booking_id))]


async def bookings_of(tx: Transaction, clinic: str, source: str, patient_id: str) -> list[str]:
    """The ids of the bookings this patient was told to have."""
    return [booking for (booking,) in await tx.rows(_BOOKINGS, _named(clinic, source, patient_id=patient_id))]


async def successor(tx: Transaction, clinic: str, source: str, booking_id: str) -> str | None:
    """The booking that says it replaces this one, the newest by the source's own order; follows no chain."""
    rows = await tx.rows(_SUCCESSORS, _named(clinic, source, booking_id=booking_id))
    found = [_booking(fact) for (fact,) in rows]
    return max(found, key=_order).id if found else None


def _order(fact: Booking) -> tuple[int, datetime, str]:
    return (-1 if fact.sequence is None else fact.sequence, fact.updated_at, fact.id)


def _named(clinic: str, source: str, **names: str) -> dict[str, str]:
    return {"clinic": clinic, "source": source, **{name: storable(said) for name, said in names.items()}}


@cache
def _insert(traits: Traits) -> Any:
    return traits.insert(t).on_conflict_do_nothing()


def _booking(body: Mapping[str, Any]) -> Booking:
    said = dict(body)
    for name in _INSTANTS:
        said[name] = as_instant(said[name]) if said[name] else None
    said["status"] = BookingStatus(said["status"]) if said["status"] else None
    said["patient"] = _patient(said["patient"])
    said["products"] = tuple(said.get("products") or ()) or None
    return Booking(**_known(Booking, said))


def _patient(body: Mapping[str, Any]) -> PatientDetails:
    said = dict(body)
    said["consent"] = Consent(said["consent"]) if said["consent"] else None
    return PatientDetails(**_known(PatientDetails, said))


def _known(kind: Any, said: Mapping[str, Any]) -> dict[str, Any]:
    """What this version knows of a fact; one told to another version may say more."""
    names = {field.name for field in fields(kind)}
    return {name: value for name, value in said.items() if name in names}
