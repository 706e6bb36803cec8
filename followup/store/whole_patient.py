"""Everything kept about one patient: read out whole, and taken away."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, delete, false, func, not_, or_, select, update

from followup.domain.episode import Patient
from followup.domain.inputs import Consent
from followup.domain.message import MessageState
from followup.domain.picture import PictureState
from followup.store import tables as t
from followup.store.house_tables import corrections, deliveries, fetches, journal, notices
from followup.store.journal import read_body
from followup.store.opt_out_tables import opt_out_ledger
from followup.store.picture_tables import pictures

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from sqlalchemy import ColumnElement, Table

    from followup.store.transaction import Transaction

Json = dict[str, Any]
AT_ONCE = 500
IN_FLIGHT = (MessageState.ATTEMPTING, MessageState.UNKNOWN)
ERASED = "erased"
SEALED = frozenset({"sealed", "sealed_small"})
"""What is on pictures, which only the flow can open that has the key."""
ID_NAMES = ("id", "uri", "ids")


@dataclass(frozen=True, slots=True)
class Whose:
    """One patient of one booking system, with the ids of everything that hangs on them.

    phone: None where there is none, or where another patient of the clinic has the same and needs what is kept of it.
    """

    clinic: str
    source: str
    id: str
    phone: str | None
    bookings: tuple[str, ...]
    episodes: tuple[str, ...]
    messages: tuple[str, ...]
    carrier_ids: tuple[str, ...]


async def patients_called(tx: Transaction, patient_id: str) -> list[tuple[str, str]]:
    """Clinic and source of every patient whom a booking system knows under this id."""
    of = select(t.patients.c.clinic, t.patients.c.source).where(t.patients.c.id == patient_id)
    rows: Sequence[Any] = await tx.rows(of.order_by(t.patients.c.clinic, t.patients.c.source))
    return [(row.clinic, row.source) for row in rows]


async def whose(tx: Transaction, clinic: str, source: str, patient_id: str) -> Whose | None:
    """The patient and what hangs on them; None for nobody."""
    me = (t.patients.c.clinic == clinic, t.patients.c.source == source, t.patients.c.id == patient_id)
    found = await tx.row(select(t.patients.c.phone).where(*me))
    if found is None:
        return None
    b, e, m = t.booking_facts.c, t.episodes.c, t.messages.c
    bookings = await tx.rows(
        select(b.booking_id).where(b.clinic == clinic, b.source == source, b.patient_id == patient_id).distinct()
    )
    episodes = await tx.rows(select(e.id).where(e.clinic == clinic, e.source == source, e.patient_id == patient_id))
    ids = tuple(row.id for row in episodes)
    messages: Sequence[Any] = await tx.rows(select(m.id, m.carrier_id).where(m.clinic == clinic, m.episode_id.in_(ids)))
    return Whose(
        clinic,
        source,
        patient_id,
        found.phone if found.phone and await _is_only_one(tx, clinic, found.phone) else None,
        tuple(row.booking_id for row in bookings if row.booking_id),
        ids,
        tuple(row.id for row in messages),
        tuple(row.carrier_id for row in messages if row.carrier_id),
    )


async def _is_only_one(tx: Transaction, clinic: str, phone: str) -> bool:
    of = select(func.count()).select_from(t.patients).where(t.patients.c.clinic == clinic, t.patients.c.phone == phone)
    return int(await tx.value(of)) == 1


async def export(tx: Transaction, who: Whose) -> Json:
    """Everything about the patient as JSON, in the words of the tables."""
    lines = await _rows(tx, journal, _of_episodes(journal, who))
    return {
        "patient": await _rows(tx, t.patients, _is_patient(t.patients, who, "id")),
        "opt_outs": await _rows(tx, t.opt_outs, _of_phone(t.opt_outs, who)),
        "opt_out_ledger": await _rows(tx, opt_out_ledger, _wishes(who)),
        "bookings": await _rows(tx, t.booking_facts, _is_patient(t.booking_facts, who, "patient_id")),
        "episodes": await _rows(tx, t.episodes, _is_patient(t.episodes, who, "patient_id")),
        **{
            table.name: await _rows(tx, table, _of_episodes(table, who))
            for table in (t.check_ins, t.reports, t.flags, t.messages, deliveries, corrections, notices)
        },
        "pictures": await _rows(tx, pictures, _pictures(who), without=SEALED),
        "strays": await _rows(tx, t.strays, _strays(who)),
        "journal": [{**line, "body": read_body(line["body"])} for line in lines],
        "calls": await _rows(tx, t.inbox, t.inbox.c.id.in_(await _calls(tx, who))),
    }


async def in_flight(tx: Transaction, who: Whose) -> int:
    """How many of their texts a carrier may be handed just now."""
    m = t.messages.c
    of = select(func.count()).select_from(t.messages).where(m.id.in_(who.messages), m.state.in_(IN_FLIGHT))
    return int(await tx.value(of))


async def open_flags(tx: Transaction, who: Whose) -> int:
    """How many flags staff have not closed."""
    f = t.flags.c
    of = select(func.count()).select_from(t.flags)
    return int(await tx.value(of.where(f.clinic == who.clinic, f.episode_id.in_(who.episodes), f.state == "active")))


async def erase(tx: Transaction, who: Whose, at: datetime) -> None:
    """Names, phones, words and facts go; ids, times, states and the journal's seals stay. Their plans are over."""
    calls = await _calls(tx, who)
    await _set(tx, t.inbox, t.inbox.c.id.in_(calls), body=b"", headers={})
    await _set(tx, t.strays, _strays(who), body="", phone=None)
    await _set(tx, journal, _of_episodes(journal, who), body=None)
    await _set(tx, t.reports, _of_episodes(t.reports, who), words="")
    await _erase_messages(tx, who)
    await _erase_evidence(tx, who)
    await _erase_pictures(tx, who)
    await tx.run(delete(corrections).where(_of_episodes(corrections, who)))
    await tx.run(delete(fetches).where(_fetches(who, calls)))
    await tx.run(delete(t.opt_outs).where(_of_phone(t.opt_outs, who)))
    await _erase_wishes(tx, who)
    await tx.run(delete(t.booking_facts).where(_is_patient(t.booking_facts, who, "patient_id")))
    await _set(tx, t.episodes, _is_patient(t.episodes, who, "patient_id"), service_name="")
    blank = {"given": "", "family": "", "phone": None, "phone_as_given": "", "confirmed_phone": None, "sought": ""}
    # What the booking system said before now is older news, and brings nothing back.
    stamps = {field.name: at.isoformat() for field in fields(Patient) if field.name not in {"clinic", "source", "id"}}
    gone = {**blank, "language": None, "time_zone": None, "consent": Consent.WITHDRAWN.value, "stamps": stamps}
    await _set(tx, t.patients, _is_patient(t.patients, who, "id"), **gone, phone_is_carers=False)


async def _erase_wishes(tx: Transaction, who: Whose) -> None:
    """The lines of phones that are nobody else's go; of a shared one what was said in their episodes."""
    p = t.patients.c
    me = and_(p.source == who.source, p.id == who.id)
    others = select(p.phone).where(p.clinic == who.clinic, p.phone.is_not(None), not_(me))
    await tx.run(delete(opt_out_ledger).where(_wishes(who), opt_out_ledger.c.phone.not_in(others)))
    await _set(tx, opt_out_ledger, _of_episodes(opt_out_ledger, who), words="")


async def _erase_messages(tx: Transaction, who: Whose) -> None:
    mine = _of_episodes(t.messages, who)
    await _set(tx, t.messages, and_(mine, t.messages.c.state == MessageState.QUEUED), state=MessageState.WITHDRAWN)
    await _set(tx, t.messages, and_(mine, t.messages.c.state.in_(IN_FLIGHT)), state=MessageState.FAILED)
    await _set(tx, t.messages, mine, body="", phone="", understanding=None, why=ERASED)


async def _erase_pictures(tx: Transaction, who: Whose) -> None:
    """What is on them goes here and now; a row stays as long as the carrier still has to delete its copy."""
    mine = _pictures(who)
    gone = {"sealed": None, "sealed_small": None, "kept_at": None, "width": 0, "height": 0, "why": ERASED}
    await _set(tx, pictures, mine, **gone)
    still_there = pictures.c.state != PictureState.OURS
    await _set(tx, pictures, and_(mine, still_there), state=PictureState.KEPT, tries=0, due_at=tx.wall())


def _pictures(who: Whose) -> ColumnElement[bool]:
    of_strays = select(t.strays.c.id).where(_strays(who))
    return or_(_of_episodes(pictures, who), pictures.c.came_with.in_(of_strays))


async def _erase_evidence(tx: Transaction, who: Whose) -> None:
    of = select(t.flags.c.id, t.flags.c.evidence).where(_of_episodes(t.flags, who))
    rows: Sequence[Any] = await tx.rows(of)
    for row in rows:
        mine = and_(t.flags.c.clinic == who.clinic, t.flags.c.id == row.id)
        await _set(tx, t.flags, mine, evidence={**row.evidence, "said": ""})


async def _set(tx: Transaction, table: Table, condition: ColumnElement[bool], **values: Any) -> None:
    await tx.run(update(table).where(condition).values(**values))


def _is_patient(table: Table, who: Whose, key: str) -> ColumnElement[bool]:
    return and_(table.c.clinic == who.clinic, table.c.source == who.source, table.c[key] == who.id)


def _of_episodes(table: Table, who: Whose) -> ColumnElement[bool]:
    return and_(table.c.clinic == who.clinic, table.c.episode_id.in_(who.episodes))


def _of_phone(table: Table, who: Whose) -> ColumnElement[bool]:
    return and_(table.c.clinic == who.clinic, table.c.phone == who.phone) if who.phone else false()


def _fetches(who: Whose, calls: Sequence[str]) -> ColumnElement[bool]:
    """What their booking system is still to be asked for: about them, or since a call about them said so."""
    f = fetches.c
    is_theirs = or_(f.ref.in_([who.id, *who.bookings]), f.item_id.in_(calls))
    return and_(f.clinic == who.clinic, f.source == who.source, is_theirs)


def _wishes(who: Whose) -> ColumnElement[bool]:
    return or_(_of_phone(opt_out_ledger, who), _of_episodes(opt_out_ledger, who))


def _strays(who: Whose) -> ColumnElement[bool]:
    s = t.strays.c
    of_bookings = and_(s.clinic == who.clinic, s.source == who.source, s.booking_id.in_(who.bookings))
    return or_(_of_phone(t.strays, who), of_bookings)


async def _calls(tx: Transaction, who: Whose) -> list[str]:
    """Inbox ids of the calls that brought all this: by the carrier's ids, by our message ids, by what they hold."""
    i = t.inbox.c
    replies = await tx.rows(select(i.id).where(i.door.like("sms:%:reply"), i.key.in_(who.carrier_ids)))
    found = [row.id for row in replies]
    for start in range(0, len(who.messages), AT_ONCE):
        some = who.messages[start : start + AT_ONCE]
        named = or_(false(), *(i.door.like(f"sms:%:receipt:{message}%") for message in some))
        found += [row.id for row in await tx.rows(select(i.id).where(named))]
    return [*found, *await _bookings_calls(tx, who)]


async def _bookings_calls(tx: Transaction, who: Whose) -> list[str]:
    """A booking system's calls name the patient somewhere inside, so each has to be looked at."""
    i, after = t.inbox.c, ""
    found: list[str] = []
    wanted = {who.id, *who.bookings}
    while True:
        of = select(i.id, i.body).where(i.door == f"booking:{who.source}", i.id > after).order_by(i.id).limit(AT_ONCE)
        rows: Sequence[Any] = await tx.rows(of)
        if not rows:
            return found
        found += [row.id for row in rows if _names(row.body, wanted)]
        after = rows[-1].id


def _names(body: bytes, wanted: set[str]) -> bool:
    try:
        return any(value in wanted for value in _ids(json.loads(body)))
    except (ValueError, RecursionError):
        return False


def _ids(node: Any, name: str = "") -> Iterator[str]:
    """Every value in a JSON value that is called an id. Others may be equal by chance: a booking "7", the number 7."""
    if isinstance(node, dict | list):
        for key, child in node.items() if isinstance(node, dict) else ((name, child) for child in node):
            yield from _ids(child, str(key).lower())
    elif isinstance(node, str | int) and name.endswith(ID_NAMES):
        yield str(node)


async def _rows(
    tx: Transaction, table: Table, condition: ColumnElement[bool], *, without: Collection[str] = ()
) -> list[Json]:
    wanted = [column for column in table.columns if column.name not in without]
    found = await tx.rows(select(*wanted).where(condition).order_by(*table.primary_key.columns))
    return [{name: _plain(value) for name, value in row._asdict().items()} for row in found]


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value
