"""Episodes as pages show them: in a list, and one with its whole story."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import and_, select

from followup.domain.episode import EpisodeState, Patient
from followup.store import episodes as whole_episodes
from followup.store import pictures
from followup.store.cursors import before, one_page, read_cursor
from followup.store.journal import JournalLine, lines_of
from followup.store.opt_out_ledger import told
from followup.store.patients import look as look_at_patient
from followup.store.rows import MESSAGE
from followup.store.searching import found_by
from followup.store.tables import episodes as e
from followup.store.tables import messages, patients

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Select

    from followup.domain.episode import Episode
    from followup.domain.message import Message
    from followup.domain.picture import Picture
    from followup.domain.wishes import Said
    from followup.store.transaction import Transaction


@dataclass(frozen=True, slots=True)
class Shown:
    """A patient on a page."""

    id: str
    source: str
    name: str
    phone: str | None


@dataclass(frozen=True, slots=True)
class EpisodeRow:
    """An episode in a list."""

    episode_id: str
    clinic: str
    patient: Shown
    booking_id: str
    state: EpisodeState
    protocol_id: str
    protocol_version: str
    treated_until: datetime
    opened_at: datetime


@dataclass(frozen=True, slots=True)
class TimelineMessage:
    """A text, and what was understood of a patient's."""

    message: Message
    understanding: Mapping[str, Any] | None


class OtherEpisode(NamedTuple):
    """Another episode of the same patient."""

    episode_id: str
    protocol_id: str
    treated_until: datetime
    state: EpisodeState


@dataclass(frozen=True, slots=True)
class EpisodePage:
    """One episode with everything that is known of it; texts and journal in order."""

    episode: Episode
    patient: Patient
    messages: Sequence[TimelineMessage]
    journal: Sequence[JournalLine]
    others: Sequence[OtherEpisode]
    pictures: Sequence[Picture] = ()
    wishes: Sequence[Said] = ()
    """Every no and yes to texts from this phone, in whatever episode, and in this one from whatever phone."""


_OF_PATIENT = and_(patients.c.clinic == e.c.clinic, patients.c.source == e.c.source, patients.c.id == e.c.patient_id)
_ROWS: Select[Any] = (
    select(
        e.c.id,
        e.c.clinic,
        e.c.source,
        e.c.patient_id,
        patients.c.given,
        patients.c.family,
        patients.c.phone,
        e.c.booking_id,
        e.c.state,
        e.c.protocol_id,
        e.c.protocol_version,
        e.c.treated_until,
        e.c.opened_at,
    )
    .select_from(e)
    .outerjoin(patients, _OF_PATIENT)
    .order_by(e.c.opened_at.desc(), e.c.id.desc())
)


async def find_episodes(
    tx: Transaction,
    *,
    clinics: Sequence[str] | None,
    booking: str = "",
    patient: str = "",
    state: str = "",
    phone: str = "",
    search: str = "",
    cursor: str | None = None,
    limit: int = 50,
) -> tuple[list[EpisodeRow], str | None]:
    """The episodes that fit everything that is given, newest first, and the cursor of the next page."""
    found = _ROWS if clinics is None else _ROWS.where(e.c.clinic.in_(clinics))
    for column, wanted in ((e.c.booking_id, booking), (e.c.patient_id, patient), (patients.c.phone, phone)):
        if wanted:
            found = found.where(column == wanted)
    if state:
        found = found.where(e.c.state == EpisodeState(state))
    found = found_by(found, search)
    if cursor is not None:
        found = found.where(before((e.c.opened_at, e.c.id), read_cursor(cursor, datetime, str)))
    return one_page([_row(row) for row in await tx.rows(found.limit(limit + 1))], limit, _place)


def _row(row: Any) -> EpisodeRow:
    name = f"{row.given or ''} {row.family or ''}".strip()
    return EpisodeRow(
        episode_id=row.id,
        clinic=row.clinic,
        patient=Shown(row.patient_id, row.source, name, row.phone),
        booking_id=row.booking_id,
        state=row.state,
        protocol_id=row.protocol_id,
        protocol_version=row.protocol_version,
        treated_until=row.treated_until,
        opened_at=row.opened_at,
    )


def _place(row: EpisodeRow) -> tuple[datetime, str]:
    return row.opened_at, row.episode_id


async def episode_page(tx: Transaction, episode_id: str, clinics: Sequence[str] | None) -> EpisodePage | None:
    """The episode with its whole story, if it is one of these clinics'."""
    episode = await whole_episodes.look(tx, episode_id)
    if episode is None or (clinics is not None and episode.clinic not in clinics):
        return None
    patient = await look_at_patient(tx, episode.clinic, episode.source, episode.patient_id)
    return EpisodePage(
        episode=episode,
        patient=patient or Patient(episode.clinic, episode.source, episode.patient_id),
        messages=await _messages(tx, episode),
        journal=await lines_of(tx, episode.clinic, [episode.id]),
        others=await _others(tx, episode),
        wishes=await told(tx, episode.clinic, patient.phone if patient else None, episode.id),
        pictures=await pictures.of_episode(tx, episode.clinic, episode.id),
    )


async def _messages(tx: Transaction, episode: Episode) -> list[TimelineMessage]:
    found = select(*MESSAGE.columns, messages.c.understanding).where(
        messages.c.clinic == episode.clinic, messages.c.episode_id == episode.id
    )
    rows = await tx.rows(found.order_by(messages.c.at, messages.c.direction, messages.c.id))
    return [TimelineMessage(MESSAGE.value(row), row.understanding) for row in rows]


async def _others(tx: Transaction, episode: Episode) -> list[OtherEpisode]:
    mine = (e.c.clinic == episode.clinic, e.c.source == episode.source, e.c.patient_id == episode.patient_id)
    found = select(e.c.id, e.c.protocol_id, e.c.treated_until, e.c.state).where(*mine, e.c.id != episode.id)
    return [OtherEpisode(*row) for row in await tx.rows(found.order_by(e.c.treated_until.desc(), e.c.id))]
