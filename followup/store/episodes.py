"""Episodes: found by what an input names, loaded whole and locked, and saved as what has happened makes them."""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import Text, and_, bindparam, cast, func, select, tuple_

from followup.domain.circumstances import Contact, Sent
from followup.domain.episode import EpisodeState
from followup.domain.message import Direction, MessageState
from followup.domain.sharing import Beside
from followup.store.among import is_among, keys_of
from followup.store.columns import is_one
from followup.store.patients import of_phones as patients_of_phones
from followup.store.rows import CHECK_IN, EPISODE, FLAG, REPORT
from followup.store.saving import apply
from followup.store.tables import episodes, messages, patients

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import ScalarSelect, Select

    from followup.domain.episode import Episode, Patient
    from followup.store.engine import Traits
    from followup.store.rows import Shape
    from followup.store.transaction import Transaction

__all__ = [
    "apply",
    "beside",
    "contact",
    "contacts",
    "followed",
    "load",
    "load_many",
    "look",
    "of_booking",
    "of_patient",
    "of_phone",
    "oldest_due_at",
    "take_due",
    "take_due_many",
]

_Narrow = "Callable[[Select[Any]], Select[Any]]"


async def load(tx: Transaction, episode_id: str) -> Episode | None:
    """The episode of that id, whole and locked."""
    return _first(await _found(tx, _by_id, {"episode_id": episode_id}))


async def load_many(tx: Transaction, episode_ids: Sequence[str]) -> dict[str, Episode]:
    """The same for several at once, by id; locked in the order of their ids."""
    found = await _found(tx, _with_ids, {"episode_ids": sorted(set(episode_ids))}) if episode_ids else []
    return {episode.id: episode for episode in found}


async def take_due(tx: Transaction, now: datetime) -> Episode | None:
    """The episode that has been due longest, locked; what others hold is skipped."""
    return _first(await take_due_many(tx, now, 1))


async def take_due_many(tx: Transaction, now: datetime, most: int) -> list[Episode]:
    """The same for several at once, which share a transaction: much cheaper where thousands fall due together."""
    return await _found(tx, _due, {"now": now, "most": most}, skips=True)


async def of_booking(tx: Transaction, clinic: str, source: str, booking_id: str, patient_id: str) -> Episode | None:
    """The episode of this patient's part in this booking, locked."""
    named = {"clinic": clinic, "source": source, "booking_id": booking_id, "patient_id": patient_id}
    return _first(await _found(tx, _of_booking, named))


async def of_phone(tx: Transaction, clinic: str, phone: str) -> list[Episode]:
    """Every episode of the patients with this phone, newest first, locked.

    Where nobody has that phone any more: the episodes whose texts went to it.
    """
    named = {"clinic": clinic, "phone": phone}
    return await _found(tx, _of_phone, named) or await _found(tx, _once_texted, named)


async def of_patient(tx: Transaction, clinic: str, source: str, patient_id: str) -> list[Episode]:
    """Every episode of this patient, newest first, locked."""
    return await _found(tx, _of_patient, {"clinic": clinic, "source": source, "patient_id": patient_id})


async def contact(tx: Transaction, clinic: str, phone: str, since: datetime, now: datetime) -> Contact:
    """Our texts to this phone since then, oldest first, without those that were withdrawn.

    Each at the time it left; one that is still to leave may do so any moment, and counts as leaving now.
    """
    rows = await tx.rows(_CONTACT, {"clinic": clinic, "phone": phone, "since": since})
    return Contact(_in_order(_left(row, now) for row in rows))


async def contacts(
    tx: Transaction, phones: Sequence[tuple[str, str]], since: datetime, now: datetime
) -> dict[tuple[str, str], Contact]:
    """The same for several phones at once, by clinic and phone; one that got nothing is left out."""
    sent: dict[tuple[str, str], list[Sent]] = {}
    if phones:
        for row in await tx.rows(_CONTACTS, {**keys_of("phones", phones), "since": since}):
            sent.setdefault((row.clinic, row.phone), []).append(_left(row, now))
    return {key: Contact(_in_order(texts)) for key, texts in sent.items()}


def _left(row: Any, now: datetime) -> Sent:
    if row.state is MessageState.QUEUED:
        return Sent(row.kind, max(row.at, row.not_before, now), (row.source, row.patient_id))
    return Sent(row.kind, row.attempted_at or row.at, (row.source, row.patient_id))


def _in_order(texts: Iterable[Sent]) -> tuple[Sent, ...]:
    return tuple(sorted(texts, key=lambda text: text.at))


async def beside(tx: Transaction, phones: Sequence[tuple[str, str]]) -> dict[tuple[str, str], list[Beside]]:
    """The plans that run for each of these phones, by clinic and phone, where there is more than one: not locked."""
    people = await patients_of_phones(tx, phones)
    keys = [(person.clinic, person.source, person.id) for person in people]
    # In order by hand: asked for an order, SQLite would walk through the whole clinic to have it.
    rows = sorted(await tx.rows(_RUNNING, keys_of("keys", keys))) if keys else []
    phone_of = {(person.clinic, person.source, person.id): person for person in people}
    found: dict[tuple[str, str], list[tuple[str, Patient]]] = {}
    for episode_id, *key in rows:
        person = phone_of[tuple(key)]
        found.setdefault((person.clinic, person.phone or ""), []).append((episode_id, person))
    several = {phone: plans for phone, plans in found.items() if len(plans) > 1}
    ids = [episode_id for plans in several.values() for episode_id, _ in plans]
    whole = {row.id: _episode(row) for row in await tx.rows(_by_ids(tx.traits), {"ids": ids})} if ids else {}
    return {phone: [Beside(whole[each], person) for each, person in plans] for phone, plans in several.items()}


async def oldest_due_at(tx: Transaction, now: datetime) -> datetime | None:
    """Since when the episode that has been due longest is due; None where none is."""
    found: datetime | None = await tx.value(select(func.min(episodes.c.wake_at)).where(episodes.c.wake_at <= now))
    return found


async def followed(tx: Transaction) -> set[tuple[str, str]]:
    """Clinic and protocol of every plan that has still something to do."""
    plans = select(episodes.c.clinic, episodes.c.protocol_id).where(episodes.c.wake_at.is_not(None)).distinct()
    return {(clinic, protocol_id) for clinic, protocol_id in await tx.rows(plans)}


async def look(tx: Transaction, episode_id: str) -> Episode | None:
    """The episode of that id, for a page: not locked."""
    return _first([_episode(row) for row in await tx.rows(_by_id(_whole(tx.traits)), {"episode_id": episode_id})])


_OF_THEIRS = and_(episodes.c.clinic == messages.c.clinic, episodes.c.id == messages.c.episode_id)


def _sent(*columns: Any) -> Select[Any]:
    return (
        select(*columns, *(messages.c[name] for name in ("kind", "at", "state", "attempted_at", "not_before")))
        .add_columns(episodes.c.source, episodes.c.patient_id)
        .join_from(messages, episodes, _OF_THEIRS)
        .where(messages.c.at >= bindparam("since"), is_one(messages.c.direction, Direction.OUT))
        .where(~is_one(messages.c.state, MessageState.WITHDRAWN))
        .order_by(messages.c.at, messages.c.id)
    )


_RUNNING = (
    select(episodes.c.id, episodes.c.clinic, episodes.c.source, episodes.c.patient_id)
    .where(is_among("keys", episodes.c.clinic, episodes.c.source, episodes.c.patient_id))
    .where(is_one(episodes.c.state, EpisodeState.ACTIVE))
)
_CONTACT = _sent().where(messages.c.clinic == bindparam("clinic"), messages.c.phone == bindparam("phone"))
_CONTACTS = _sent(messages.c.clinic, messages.c.phone).where(is_among("phones", messages.c.clinic, messages.c.phone))


def _by_id(statement: Select[Any]) -> Select[Any]:
    return statement.where(episodes.c.id == bindparam("episode_id"))


def _with_ids(statement: Select[Any]) -> Select[Any]:
    return statement.where(episodes.c.id.in_(bindparam("episode_ids", expanding=True))).order_by(episodes.c.id)


def _due(statement: Select[Any]) -> Select[Any]:
    due = statement.where(episodes.c.wake_at.is_not(None), episodes.c.wake_at <= bindparam("now"))
    return due.order_by(episodes.c.wake_at).limit(bindparam("most"))


def _of_source(statement: Select[Any]) -> Select[Any]:
    mine = statement.where(episodes.c.clinic == bindparam("clinic"), episodes.c.source == bindparam("source"))
    return mine.where(episodes.c.patient_id == bindparam("patient_id"))


def _of_booking(statement: Select[Any]) -> Select[Any]:
    return _of_source(statement).where(episodes.c.booking_id == bindparam("booking_id"))


def _of_patient(statement: Select[Any]) -> Select[Any]:
    return _newest_first(_of_source(statement))


def _of_phone(statement: Select[Any]) -> Select[Any]:
    # Not a join: without statistics SQLite would begin it with every episode of the clinic.
    theirs = select(patients.c.source, patients.c.id).where(
        patients.c.clinic == bindparam("clinic"), patients.c.phone == bindparam("phone")
    )
    mine = (episodes.c.clinic == bindparam("clinic"), tuple_(episodes.c.source, episodes.c.patient_id).in_(theirs))
    return _newest_first(statement.where(*mine))


def _once_texted(statement: Select[Any]) -> Select[Any]:
    texted = select(messages.c.episode_id).where(
        messages.c.clinic == bindparam("clinic"),
        messages.c.phone == bindparam("phone"),
        is_one(messages.c.direction, Direction.OUT),
    )
    mine = statement.where(episodes.c.clinic == bindparam("clinic"), episodes.c.id.in_(texted))
    return _newest_first(mine)


def _newest_first(statement: Select[Any]) -> Select[Any]:
    return statement.order_by(episodes.c.opened_at.desc(), episodes.c.id)


async def _found(
    tx: Transaction, narrow: Callable[[Select[Any]], Select[Any]], named: Mapping[str, Any], *, skips: bool = False
) -> list[Episode]:
    if not (tx.traits.locks_rows and tx.may_write):
        return [_episode(row) for row in await tx.rows(_narrowed(narrow, tx.traits), named)]
    # Two statements: what a row is joined with is read as of a statement's begin, perhaps before the lock was had.
    keys = narrow(select(episodes.c.id))
    ids = [row.id for row in await tx.rows(keys.with_for_update(of=episodes, skip_locked=skips), named)]
    if not ids:
        return []
    whole = {row.id: _episode(row) for row in await tx.rows(_by_ids(tx.traits), {"ids": ids})}
    return [whole[each] for each in ids]


@cache
def _narrowed(narrow: Callable[[Select[Any]], Select[Any]], traits: Traits) -> Select[Any]:
    return narrow(_whole(traits))


@cache
def _by_ids(traits: Traits) -> Select[Any]:
    return _whole(traits).where(episodes.c.id.in_(bindparam("ids", expanding=True)))


@cache
def _whole(traits: Traits) -> Select[Any]:
    """An episode with everything in it, in one row: four round trips are more than twice as slow."""
    parts = (_part(traits, CHECK_IN), _part(traits, REPORT), _part(traits, FLAG))
    return select(*EPISODE.columns, *parts)


def _part(traits: Traits, shape: Shape[Any]) -> ScalarSelect[Any]:
    table = shape.table
    listed = traits.arrays(traits.array(*shape.columns, table.c.place))
    mine = (table.c.clinic == episodes.c.clinic, table.c.episode_id == episodes.c.id)
    return select(cast(listed, Text)).where(*mine).correlate(episodes).scalar_subquery()


def _episode(row: Any) -> Episode:
    start = len(EPISODE.columns)
    return EPISODE.value(
        row,
        check_ins=_read(CHECK_IN, row[start]),
        reports=_read(REPORT, row[start + 1]),
        flags=_read(FLAG, row[start + 2]),
    )


def _read(shape: Shape[Any], listed: str | None) -> tuple[Any, ...]:
    if not listed or listed == "[]":
        return ()
    return tuple(shape.from_json(array) for array in sorted(json.loads(listed), key=lambda array: array[-1]))


def _first(found: list[Episode]) -> Episode | None:
    return found[0] if found else None
