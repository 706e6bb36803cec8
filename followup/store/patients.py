"""Patients, and which phones want no texts."""

from __future__ import annotations

import unicodedata
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, bindparam, select, update

from followup.store.among import is_among, keys_of
from followup.store.rows import PATIENT
from followup.store.tables import opt_outs, patients

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Row

    from followup.domain.episode import Patient
    from followup.store.engine import Traits
    from followup.store.transaction import Transaction

Key = tuple[str, str, str]
"""A patient's clinic, source and id."""
WITH_OPT_OUT = patients.outerjoin(
    opt_outs, and_(opt_outs.c.clinic == patients.c.clinic, opt_outs.c.phone == patients.c.phone)
)
COLUMNS = (*PATIENT.columns, opt_outs.c.opted_out_at)
"""A patient's columns, to be selected from WITH_OPT_OUT or something joined to it, and read by `patient_of`."""
_FOUND = select(*COLUMNS).select_from(WITH_OPT_OUT).where(patients.c.clinic == bindparam("clinic"))
_ONE = _FOUND.where(patients.c.source == bindparam("source"), patients.c.id == bindparam("patient_id"))
_MANY = (
    select(*COLUMNS)
    .select_from(WITH_OPT_OUT)
    .where(is_among("keys", patients.c.clinic, patients.c.source, patients.c.id))
)
_OF_PHONES = select(*COLUMNS).select_from(WITH_OPT_OUT).where(is_among("phones", patients.c.clinic, patients.c.phone))
_OF_PHONE = _FOUND.where(patients.c.phone == bindparam("phone"))


def patient_of(row: Row[Any], start: int = 0) -> Patient:
    """The patient whose COLUMNS begin at `start` of a row."""
    return PATIENT.value(row, start, opted_out_at=row[start + len(PATIENT.columns)])


async def load(tx: Transaction, clinic: str, source: str, patient_id: str) -> Patient | None:
    """The patient a booking system knows by this id; locked against another's change."""
    named = {"clinic": clinic, "source": source, "patient_id": patient_id}
    row = await tx.row(tx.locked(_ONE, of=patients), named)
    return patient_of(row) if row else None


async def look(tx: Transaction, clinic: str, source: str, patient_id: str) -> Patient | None:
    """The same without a lock, for whoever does not change it: so nobody who holds an episode waits for a patient."""
    row = await tx.row(_ONE, {"clinic": clinic, "source": source, "patient_id": patient_id})
    return patient_of(row) if row else None


async def look_many(tx: Transaction, keys: Sequence[Key]) -> dict[Key, Patient]:
    """Several at once, by clinic, source and id, without a lock."""
    rows = await tx.rows(_MANY, keys_of("keys", keys)) if keys else []
    found = [patient_of(row) for row in rows]
    return {(patient.clinic, patient.source, patient.id): patient for patient in found}


async def with_phone(tx: Transaction, clinic: str, phone: str) -> list[Patient]:
    """Every patient of the clinic with this phone."""
    rows = await tx.rows(_OF_PHONE, {"clinic": clinic, "phone": phone})
    # In order by hand: asked for an order, SQLite would walk through the whole clinic to have it.
    return sorted(map(patient_of, rows), key=lambda patient: (patient.source, patient.id))


async def of_phones(tx: Transaction, phones: Sequence[tuple[str, str]]) -> list[Patient]:
    """Every patient with one of these phones, each given as clinic and phone: not locked."""
    rows = await tx.rows(_OF_PHONES, keys_of("phones", phones)) if phones else []
    return [patient_of(row) for row in rows]


async def save(tx: Transaction, patient: Patient) -> None:
    """The patient as it is now. Whether its phone may be texted is not part of it: `set_opt_out`."""
    await tx.run(_upsert(tx.traits), PATIENT.row(patient, sought=sought(patient.name)))


def sought(name: str) -> str:
    """A name as a search compares it: without case, accents and doubled blanks."""
    plain = unicodedata.normalize("NFKD", name).casefold()
    return " ".join("".join(letter for letter in plain if not unicodedata.combining(letter)).split())


async def opted_out_at(tx: Transaction, clinic: str, phone: str) -> datetime | None:
    """Since when this phone wants no texts from this clinic; None where it may be texted."""
    found: datetime | None = await tx.value(
        select(opt_outs.c.opted_out_at).where(opt_outs.c.clinic == clinic, opt_outs.c.phone == phone)
    )
    return found


async def set_opt_out(tx: Transaction, clinic: str, phone: str, at: datetime | None, words: str) -> None:
    """This phone's no (`at`, in these words), or its yes (None)."""
    write_opt_out(tx, clinic, phone, at, words)


def write_opt_out(tx: Transaction, clinic: str, phone: str, at: datetime | None, words: str) -> None:
    """The same for a caller that does not wait."""
    row = {"clinic": clinic, "phone": phone, "opted_out_at": at, "words": words}
    tx.later(_upsert_opt_out(tx.traits), row)


def write_confirmed(tx: Transaction, clinic: str, source: str, patient_id: str, phone: str) -> None:
    """Somebody at this phone said that it is this patient's."""
    tx.later(_CONFIRM, {"of_clinic": clinic, "of_source": source, "of_id": patient_id, "said_phone": phone})


_CONFIRM = (
    update(patients)
    .where(
        patients.c.clinic == bindparam("of_clinic"),
        patients.c.source == bindparam("of_source"),
        patients.c.id == bindparam("of_id"),
    )
    .values(confirmed_phone=bindparam("said_phone"))
)


@cache
def _upsert(traits: Traits) -> Any:
    statement = traits.insert(patients)
    changed = {name: statement.excluded[name] for name in (*PATIENT.names, "sought")}
    return statement.on_conflict_do_update(index_elements=["clinic", "source", "id"], set_=changed)


@cache
def _upsert_opt_out(traits: Traits) -> Any:
    statement = traits.insert(opt_outs)
    changed = {"opted_out_at": statement.excluded.opted_out_at, "words": statement.excluded.words}
    return statement.on_conflict_do_update(index_elements=["clinic", "phone"], set_=changed)
