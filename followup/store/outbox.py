"""The outbox: which texts may leave now, and what stands in between."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, bindparam, exists, func, or_, select, tuple_

from followup.domain.message import Direction, Kind, Message, MessageState
from followup.store import patients as p
from followup.store.among import is_among, keys_of
from followup.store.columns import is_one
from followup.store.message_rows import save_message
from followup.store.rows import MESSAGE, talk_of
from followup.store.tables import episodes, messages, opt_outs, patients

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Select

    from followup.domain.episode import EpisodeState, Patient
    from followup.domain.talking import Talk
    from followup.store.transaction import Transaction

MOST_CLINICS = 32
"""How many clinics one claim looks at; with more, chance decides, and the next claim comes at once."""

AT_ONCE = 500
"""How many of the carrier's names one question is about."""


@dataclass(frozen=True, slots=True)
class Claimable:
    """A text that may be claimed, with what its claim has to look at."""

    message: Message
    patient: Patient
    episode_state: EpisodeState
    protocol_id: str
    talk: Talk | None = None


@dataclass(frozen=True, slots=True)
class Trouble:
    """Texts that are held back because something is wrong on our side."""

    clinic: str
    code: int
    why: str
    count: int
    since: datetime


def _due(table: Any) -> Any:
    hands_off = or_(table.c.hands_off_until.is_(None), table.c.hands_off_until <= bindparam("wall"))
    return and_(is_one(table.c.state, MessageState.QUEUED), table.c.not_before <= bindparam("now"), hands_off)


def _in_flight(table: Any) -> Any:
    return is_one(table.c.state, MessageState.ATTEMPTING, MessageState.UNKNOWN)


_other = messages.alias("other")
_turn = (messages.c.rank, messages.c.not_before, messages.c.id)
# One text at a time to one phone: none while one is on its way, and of several that are due only the first.
_is_hindered = exists().where(
    _other.c.clinic == messages.c.clinic,
    _other.c.phone == messages.c.phone,
    or_(
        _in_flight(_other), and_(_due(_other), tuple_(_other.c.rank, _other.c.not_before, _other.c.id) < tuple_(*_turn))
    ),
)
_CLINICS = select(messages.c.clinic).where(_due(messages)).distinct()
_CLAIMABLE = (
    select(*MESSAGE.columns, *p.COLUMNS, episodes.c.state, episodes.c.protocol_id, episodes.c.talk)
    .join(episodes, and_(episodes.c.clinic == messages.c.clinic, episodes.c.id == messages.c.episode_id))
    .join(
        patients,
        and_(
            patients.c.clinic == episodes.c.clinic,
            patients.c.source == episodes.c.source,
            patients.c.id == episodes.c.patient_id,
        ),
    )
    .outerjoin(opt_outs, and_(opt_outs.c.clinic == patients.c.clinic, opt_outs.c.phone == patients.c.phone))
    .where(messages.c.clinic == bindparam("of_clinic"), _due(messages), ~_is_hindered)
    .order_by(*_turn)
    .limit(bindparam("most"))
)
_LAST_ASKED = (
    select(messages.c.clinic, messages.c.phone, func.max(messages.c.attempted_at, type_=messages.c.at.type))
    .where(is_among("phones", messages.c.clinic, messages.c.phone))
    .where(is_one(messages.c.kind, *(kind for kind in Kind if kind.waits_for_hours)))
    .where(is_one(messages.c.state, MessageState.ACCEPTED, MessageState.SENT, MessageState.DELIVERED))
    .where(messages.c.attempted_at > bindparam("since"))
    .group_by(messages.c.clinic, messages.c.phone)
)
_FLYING = select(messages.c.clinic, messages.c.phone).where(
    _in_flight(messages), is_among("phones", messages.c.clinic, messages.c.phone)
)


async def waiting_clinics(tx: Transaction, now: datetime, wall: datetime) -> list[str]:
    """Clinics of which any text is due."""
    return [clinic for (clinic,) in await tx.rows(_CLINICS, {"now": now, "wall": wall})]


async def claimable(
    tx: Transaction, now: datetime, wall: datetime, *, limit: int, senders: Mapping[str, int] | None = None
) -> list[Claimable]:
    """Texts that may leave now, locked: safety and answers first, clinics in turn, one to a phone.

    senders: how many texts each clinic's sender may take now; a clinic that is not named has none to take them.
    """
    at = {"now": now, "wall": wall}
    budgets = senders if senders is not None else dict.fromkeys(await waiting_clinics(tx, now, wall), limit)
    able = [clinic for clinic, budget in budgets.items() if budget > 0]
    chosen = random.sample(able, min(len(able), MOST_CLINICS, limit))
    if not chosen:
        return []
    share = max(1, limit // len(chosen))
    queues = [await _of_clinic(tx, clinic, min(budgets[clinic], share), at) for clinic in chosen]
    return _in_turn(queues)


async def _of_clinic(tx: Transaction, clinic: str, most: int, at: Mapping[str, Any]) -> list[Claimable]:
    found = tx.locked(_CLAIMABLE, of=(messages, patients), skips=True)
    claims = [_claimable(row) for row in await tx.rows(found, {**at, "of_clinic": clinic, "most": most})]
    if not (claims and tx.traits.locks_rows):
        return claims
    # Another worker may have claimed for one of these phones between our look and our lock.
    phones = [(claim.message.clinic, claim.message.phone) for claim in claims]
    flying = {tuple(row) for row in await tx.rows(_FLYING, keys_of("phones", phones))}
    return [claim for claim in claims if (claim.message.clinic, claim.message.phone) not in flying]


async def last_asked(tx: Transaction, claims: Sequence[Claimable], since: datetime) -> dict[tuple[str, str], datetime]:
    """When a text that nobody asked for last left to each of these phones since then, by clinic and phone."""
    phones = {(one.message.clinic, one.message.phone) for one in claims if one.message.kind.waits_for_hours}
    rows = await tx.rows(_LAST_ASKED, {**keys_of("phones", phones), "since": since}) if phones else []
    return {(clinic, phone): at for clinic, phone, at in rows}


def _claimable(row: Any) -> Claimable:
    start = len(MESSAGE.columns)
    state, protocol_id, talk = row[-3:]
    return Claimable(MESSAGE.value(row), p.patient_of(row, start), state, protocol_id, talk_of(talk))


def _in_turn(queues: Sequence[Sequence[Claimable]]) -> list[Claimable]:
    """The first of each clinic, then the second of each; within a round what is most pressing."""
    placed = [(place, claim) for queue in queues for place, claim in enumerate(queue)]
    return [claim for _, claim in sorted(placed, key=lambda each: (each[0], each[1].message.not_before))]


async def save(tx: Transaction, changed: Sequence[Message]) -> None:
    """These texts as they are now."""
    for message in changed:
        save_message(tx, message)
    await tx.flush()


async def load(tx: Transaction, message_id: str) -> Message | None:
    """The text of that id, locked."""
    row = await tx.row(tx.locked(_BY_ID), {"message_id": message_id})
    return MESSAGE.value(row) if row else None


async def load_many(tx: Transaction, message_ids: Sequence[str]) -> dict[str, Message]:
    """Several at once, by id; locked in the order of their ids."""
    rows = await tx.rows(tx.locked(_BY_IDS), {"message_ids": sorted(set(message_ids))}) if message_ids else []
    return {message.id: message for message in map(MESSAGE.value, rows)}


async def overdue(tx: Transaction, wall: datetime, limit: int) -> list[Message]:
    """Attempts nobody came back from in time, locked."""
    return await _held(tx, MessageState.ATTEMPTING, wall, limit)


async def unknown(tx: Transaction, wall: datetime, limit: int) -> list[Message]:
    """Texts of unknown fate that may be looked for now, locked."""
    return await _held(tx, MessageState.UNKNOWN, wall, limit)


async def _held(tx: Transaction, state: MessageState, wall: datetime, limit: int) -> list[Message]:
    rows = await tx.rows(tx.locked(_HELD, skips=True), {"in_state": state, "wall": wall, "most": limit})
    return [MESSAGE.value(row) for row in rows]


async def expired(tx: Transaction, now: datetime, limit: int) -> list[Message]:
    """Texts that were never claimed and are of no use any more, locked."""
    rows = await tx.rows(tx.locked(_EXPIRED, skips=True), {"now": now, "most": limit})
    return [MESSAGE.value(row) for row in rows]


async def has_reply(tx: Transaction, carrier_id: str) -> bool:
    """Whether the patient's text that the carrier calls so is there."""
    return bool(await known_replies(tx, [carrier_id]))


async def known_replies(tx: Transaction, carrier_ids: Sequence[str]) -> set[str]:
    """Which of the patients' texts that the carrier calls so are there."""
    known: set[str] = set()
    for start in range(0, len(carrier_ids), AT_ONCE):
        some = carrier_ids[start : start + AT_ONCE]
        known.update(one for (one,) in await tx.rows(_REPLIES, {"named": some}))
    return known


async def is_known(tx: Transaction, carrier_id: str, other_than: str) -> bool:
    """Whether another text of ours than this one is what the carrier calls so."""
    return await tx.value(_KNOWN, {"named": carrier_id, "other_than": other_than}) is not None


async def oldest_due_at(tx: Transaction, now: datetime) -> datetime | None:
    """Since when the text that has been due longest is due; one that waits for its next attempt is not late."""
    found: datetime | None = await tx.value(_OLDEST, {"now": now})
    return found


async def troubles(tx: Transaction, clinics: Sequence[str] | None) -> list[Trouble]:
    """What holds texts back on our side, by clinic and reason."""
    since = func.min(func.coalesce(messages.c.attempted_at, messages.c.at), type_=messages.c.at.type)
    kinds = (messages.c.clinic, messages.c.error_code, messages.c.why)
    held = select(*kinds, func.count(), since).where(
        is_one(messages.c.state, MessageState.QUEUED), messages.c.error_code.is_not(None), messages.c.why != ""
    )
    if clinics is not None:
        held = held.where(messages.c.clinic.in_(clinics))
    return [Trouble(*row) for row in await tx.rows(held.group_by(*kinds).order_by(*kinds))]


_ALL: Select[Any] = select(*MESSAGE.columns)
_BY_ID = _ALL.where(messages.c.id == bindparam("message_id"))
_BY_IDS = _ALL.where(messages.c.id.in_(bindparam("message_ids", expanding=True))).order_by(messages.c.id)
_HELD = (
    _ALL.where(_in_flight(messages), messages.c.state == bindparam("in_state"))
    .where(messages.c.hands_off_until <= bindparam("wall"))
    .order_by(messages.c.hands_off_until)
    .limit(bindparam("most"))
)
_EXPIRED = (
    _ALL.where(is_one(messages.c.state, MessageState.QUEUED), messages.c.attempt == 0)
    .where(messages.c.useful_until < bindparam("now"))
    .order_by(messages.c.useful_until)
    .limit(bindparam("most"))
)
_REPLIES = select(messages.c.carrier_id).where(
    messages.c.carrier_id.in_(bindparam("named", expanding=True)), is_one(messages.c.direction, Direction.IN)
)
_KNOWN = (
    select(messages.c.id)
    .where(messages.c.carrier_id == bindparam("named"), is_one(messages.c.direction, Direction.OUT))
    .where(messages.c.id != bindparam("other_than"))
    .limit(1)
)
_OLDEST = select(func.min(messages.c.not_before)).where(
    is_one(messages.c.state, MessageState.QUEUED),
    messages.c.hands_off_until.is_(None),
    messages.c.not_before <= bindparam("now"),
)
