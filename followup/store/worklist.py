"""What staff and programs read: flags as the worklist orders them, episodes found, an episode with its whole story."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, func, select

from followup.domain.flag import FlagState, Reason
from followup.domain.message import Direction
from followup.domain.understanding.values import Urgency
from followup.store.columns import is_one
from followup.store.cursors import after, one_page, read_cursor
from followup.store.episode_pages import EpisodePage, EpisodeRow, Shown, TimelineMessage, episode_page, find_episodes
from followup.store.house_tables import journal, journal_heads
from followup.store.journal import JournalLine
from followup.store.rows import FLAG, talk_of
from followup.store.searching import found_by
from followup.store.tables import episodes, inbox, messages, patients
from followup.store.tables import flags as f
from followup.store.tallies import Counts, Tally, count_strays, counts, of_clinics, tallies, whose

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Select

    from followup.domain.episode import EpisodeState
    from followup.domain.flag import Flag
    from followup.domain.talking import Talk
    from followup.store.transaction import Transaction

__all__ = [
    "Counts",
    "EpisodePage",
    "EpisodeRow",
    "Filter",
    "FlagRow",
    "JournalLine",
    "Shown",
    "Tally",
    "TimelineMessage",
    "count_strays",
    "counts",
    "episode_page",
    "figures",
    "find_episodes",
    "flag_row",
    "flags",
    "last_seq",
    "mentions",
    "tallies",
]

ALL_STATES = "all"


@dataclass(frozen=True, slots=True)
class FlagRow:
    """A flag with whose it is, and what the patient wrote last, which may be later than the flag."""

    flag: Flag
    episode_id: str
    clinic: str
    patient: Shown
    protocol_id: str
    service_name: str
    treated_until: datetime
    episode_state: EpisodeState
    last_reply_at: datetime | None
    last_reply: str
    talk: Talk | None = None


@dataclass(frozen=True, slots=True)
class Filter:
    """Which flags are wanted. clinics: None for all; owner: "" for those nobody has; search: name, digits, booking."""

    clinics: tuple[str, ...] | None
    state: str = FlagState.ACTIVE
    urgency: Urgency | None = None
    reasons: tuple[Reason, ...] = ()
    owner: str | None = None
    search: str = ""
    awake_at: datetime | None = None
    """Only what nobody put aside for longer than this instant."""
    asleep_at: datetime | None = None
    """Only what somebody did put aside for longer."""
    mentioned: str = ""
    """Only where a note names this person, who has not done anything with it since."""
    treatment: str = ""
    """Only after a treatment by this protocol."""
    can_wait: bool = False
    """Not what cannot."""


# A text's own column cannot tell which of a patient's texts is the last one.
_last = (
    select(messages.c.id)
    .where(
        messages.c.clinic == f.c.clinic,
        messages.c.episode_id == f.c.episode_id,
        is_one(messages.c.direction, Direction.IN),
    )
    .order_by(messages.c.at.desc(), messages.c.id.desc())
    .limit(1)
    .correlate(f)
    .scalar_subquery()
)
_ROWS: Select[Any] = (
    select(
        *FLAG.columns,
        f.c.episode_id,
        f.c.clinic,
        patients.c.source,
        patients.c.id.label("patient_id"),
        patients.c.given,
        patients.c.family,
        patients.c.phone,
        episodes.c.protocol_id,
        episodes.c.service_name,
        episodes.c.treated_until,
        episodes.c.state.label("episode_state"),
        episodes.c.talk,
        messages.c.at.label("last_reply_at"),
        messages.c.body.label("last_reply"),
    )
    .select_from(f)
    .join(episodes, and_(episodes.c.clinic == f.c.clinic, episodes.c.id == f.c.episode_id))
    .outerjoin(
        patients,
        and_(
            patients.c.clinic == episodes.c.clinic,
            patients.c.source == episodes.c.source,
            patients.c.id == episodes.c.patient_id,
        ),
    )
    .outerjoin(messages, and_(messages.c.clinic == f.c.clinic, messages.c.id == _last))
)
_ORDER = (f.c.rank, f.c.raised_at, f.c.id)


async def flags(tx: Transaction, wanted: Filter, *, cursor: str | None, limit: int) -> tuple[list[FlagRow], str | None]:
    """The flags wanted, the most urgent first and of these the oldest, and the cursor of the next page."""
    found = _narrowed(_ROWS, wanted)
    if cursor is not None:
        found = found.where(after(_ORDER, read_cursor(cursor, int, datetime, str)))
    rows = await tx.rows(found.order_by(*_ORDER).limit(limit + 1))
    return one_page([_flag_row(row) for row in rows], limit, _place)


async def flag_row(tx: Transaction, flag_id: str, clinics: Sequence[str] | None) -> FlagRow | None:
    """The flag of that id, if it is one of these clinics'."""
    found = _ROWS.where(f.c.id == flag_id)
    row = await tx.row(found if clinics is None else found.where(f.c.clinic.in_(clinics)))
    return _flag_row(row) if row else None


def _narrowed(found: Select[Any], wanted: Filter) -> Select[Any]:
    if wanted.clinics is not None:
        found = found.where(f.c.clinic.in_(wanted.clinics))
    if wanted.state != ALL_STATES:
        found = found.where(is_one(f.c.state, FlagState(wanted.state)))
    if wanted.urgency is not None:
        found = found.where(f.c.rank == wanted.urgency.rank)
    if wanted.reasons:
        found = found.where(f.c.reason.in_(wanted.reasons))
    if wanted.treatment:
        found = found.where(episodes.c.protocol_id == wanted.treatment)
    if wanted.can_wait:
        found = found.where(f.c.rank > Urgency.NOW.rank)
    found = found.where(*whose(wanted.owner, wanted.mentioned))
    asleep = and_(f.c.snoozed_until.is_not(None), f.c.rank != Urgency.NOW.rank)
    if wanted.awake_at is not None:
        found = found.where(~and_(asleep, f.c.snoozed_until > wanted.awake_at))
    if wanted.asleep_at is not None:
        found = found.where(asleep, f.c.snoozed_until > wanted.asleep_at)
    return found_by(found, wanted.search)


async def mentions(tx: Transaction, clinics: Sequence[str] | None, email: str) -> int:
    """How many open flags have a note that names this person, who has not done anything with them since."""
    named = select(func.count()).where(is_one(f.c.state, FlagState.ACTIVE), *whose(None, email))
    return int(await tx.value(of_clinics(named, f.c.clinic, clinics)))


def _flag_row(row: Any) -> FlagRow:
    name = f"{row.given or ''} {row.family or ''}".strip()
    return FlagRow(
        flag=FLAG.value(row),
        episode_id=row.episode_id,
        clinic=row.clinic,
        patient=Shown(row.patient_id or "", row.source or "", name, row.phone),
        protocol_id=row.protocol_id,
        service_name=row.service_name,
        treated_until=row.treated_until,
        episode_state=row.episode_state,
        last_reply_at=row.last_reply_at,
        last_reply=row.last_reply or "",
        talk=talk_of(row.talk),
    )


def _place(row: FlagRow) -> tuple[int, datetime, str]:
    return row.flag.urgency.rank, row.flag.raised_at, row.flag.id


async def last_seq(tx: Transaction, clinics: Sequence[str] | None) -> int:
    """How many lines the journal has: a number that rises with every commit, also where commits overtake each other."""
    sealed = of_clinics(select(func.coalesce(func.sum(journal_heads.c.position), 0)), journal_heads.c.clinic, clinics)
    unsealed = select(func.count()).select_from(journal).where(journal.c.position.is_(None))
    return int(await tx.value(sealed)) + int(await tx.value(of_clinics(unsealed, journal.c.clinic, clinics)))


async def figures(tx: Transaction) -> Mapping[str, Mapping[str, int]]:
    """How many calls came by each kind of door (`received`), and how many flags wait by urgency (`flags`)."""
    received: Counter[str] = Counter()
    for door, number in await tx.rows(select(inbox.c.door, func.count()).group_by(inbox.c.door)):
        # A receipt's door ends in the message it is about.
        received[":".join(door.split(":")[:3])] += number
    active = select(f.c.urgency, func.count()).where(is_one(f.c.state, FlagState.ACTIVE)).group_by(f.c.urgency)
    return {"received": received, "flags": {str(urgency): number for urgency, number in await tx.rows(active)}}
