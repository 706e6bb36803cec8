"""Every table. `clinic` leads the keys, so that clinics can one day live in databases of their own.

An index by id alone stands where somebody comes with nothing but the id: a receipt, a page, an act.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    UniqueConstraint,
    false,
    text,
)

from followup.domain.episode import CheckInState, Completion, EpisodeState
from followup.domain.flag import FlagState, Reason
from followup.domain.inputs import ContactMade, Outcome
from followup.domain.message import Direction, Kind, MessageState
from followup.domain.understanding.values import Severity, Trend, Urgency
from followup.store.columns import Instant, Json, Word, Words

metadata = MetaData()


def _words(name: str, *, is_key: bool = False) -> Column[str]:
    return Column(name, Words, primary_key=is_key, nullable=False)


def _instant(name: str, *, is_needed: bool = False) -> Column[object]:
    return Column(name, Instant, nullable=not is_needed)


def _of_episode() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(["clinic", "episode_id"], ["episodes.clinic", "episodes.id"])


def _where(condition: str) -> dict[str, Any]:
    # The migrations make the indexes, on both engines. PostgreSQL's own word for it would load that dialect, two
    # megabytes, in every process that uses SQLite.
    return {"sqlite_where": text(condition)}


inbox = Table(
    "inbox",
    metadata,
    # Its ids rise with time. A stranger's call belongs to no clinic until it is read, so it is keyed without one.
    _words("id", is_key=True),
    _words("clinic"),
    _words("door"),
    _words("key"),
    _words("digest"),
    Column("body", LargeBinary, nullable=False),
    Column("headers", Json, nullable=False),
    _instant("received_at", is_needed=True),
    Column("tries", Integer, nullable=False, default=0),
    _instant("try_after"),
    _words("error"),
    Column("outcome", Words),
    _instant("settled_at"),
    UniqueConstraint("door", "key", name="uq_inbox_door_key"),
    Index("ix_inbox_waiting", "id", **_where("outcome IS NULL")),
)

patients = Table(
    "patients",
    metadata,
    _words("clinic", is_key=True),
    _words("source", is_key=True),
    _words("id", is_key=True),
    _words("given"),
    _words("family"),
    Column("phone", Words),
    _words("phone_as_given"),
    Column("language", Words),
    Column("time_zone", Words),
    Column("consent", Words),
    Column("confirmed_phone", Words),
    Column("phone_is_carers", Boolean, nullable=False, server_default=false()),
    Column("stamps", Json, nullable=False),
    # The name as a search finds it: without accents and case.
    _words("sought"),
    Index("ix_patients_phone", "clinic", "phone"),
)

opt_outs = Table(
    "opt_outs",
    metadata,
    _words("clinic", is_key=True),
    _words("phone", is_key=True),
    _instant("opted_out_at"),
    _words("words"),
)

booking_facts = Table(
    "booking_facts",
    metadata,
    _words("clinic", is_key=True),
    _words("source", is_key=True),
    _words("booking_id", is_key=True),
    _words("patient_id", is_key=True),
    _words("digest", is_key=True),
    Column("supersedes", Words),
    Column("fact", Json, nullable=False),
    _instant("at", is_needed=True),
    Index("ix_booking_facts_patient", "clinic", "source", "patient_id"),
    Index("ix_booking_facts_supersedes", "clinic", "source", "supersedes", **_where("supersedes IS NOT NULL")),
)

episodes = Table(
    "episodes",
    metadata,
    _words("clinic", is_key=True),
    _words("id", is_key=True),
    _words("source"),
    _words("booking_id"),
    _words("patient_id"),
    _words("protocol_id"),
    _words("protocol_version"),
    Column("protocol_digest", Words, nullable=False, server_default=""),
    Column("state", Word(EpisodeState), nullable=False),
    _instant("treated_from"),
    _instant("treated_until", is_needed=True),
    Column("completion", Word(Completion)),
    _instant("opened_at", is_needed=True),
    _words("booked_as"),
    _words("service_name"),
    _words("why"),
    _instant("welcomed_at"),
    _instant("confirm_asked_at"),
    _instant("wake_at"),
    # Who is in conversation with the patient (domain/talking.py).
    Column("talk", Json),
    Column("version", Integer, nullable=False),
    UniqueConstraint("clinic", "source", "booking_id", "patient_id", name="uq_episodes_booking"),
    Index("ix_episodes_id", "id"),
    Index("ix_episodes_patient", "clinic", "source", "patient_id"),
    Index("ix_episodes_opened", "opened_at", "id"),
    Index("ix_episodes_wake", "wake_at", **_where("wake_at IS NOT NULL")),
    Index("ix_episodes_followed", "clinic", "protocol_id", **_where("wake_at IS NOT NULL")),
)

check_ins = Table(
    "check_ins",
    metadata,
    _words("clinic", is_key=True),
    _words("episode_id", is_key=True),
    _words("id", is_key=True),
    Column("place", Integer, nullable=False),
    _words("step"),
    _instant("due_at", is_needed=True),
    Column("state", Word(CheckInState), nullable=False),
    _instant("asked_at"),
    _instant("reminded_at"),
    _instant("clarified_at"),
    _instant("answered_at"),
    _words("why"),
    _of_episode(),
)

reports = Table(
    "reports",
    metadata,
    _words("clinic", is_key=True),
    _words("episode_id", is_key=True),
    _words("id", is_key=True),
    Column("place", Integer, nullable=False),
    _words("symptom"),
    Column("severity", Word(Severity)),
    Column("trend", Word(Trend)),
    _instant("reported_at", is_needed=True),
    _words("message_id"),
    _words("step"),
    _words("words"),
    _words("rule"),
    _of_episode(),
)

flags = Table(
    "flags",
    metadata,
    _words("clinic", is_key=True),
    _words("id", is_key=True),
    _words("episode_id"),
    Column("place", Integer, nullable=False),
    Column("reason", Word(Reason), nullable=False),
    Column("urgency", Word(Urgency), nullable=False),
    Column("rank", Integer, nullable=False),
    _words("subject"),
    _instant("raised_at", is_needed=True),
    _instant("last_raised_at", is_needed=True),
    Column("evidence", Json, nullable=False),
    Column("state", Word(FlagState), nullable=False),
    Column("version", Integer, nullable=False),
    Column("times_raised", Integer, nullable=False),
    _words("owner"),
    _words("acknowledged_by"),
    _instant("acknowledged_at"),
    _words("closed_by"),
    _instant("closed_at"),
    Column("outcome", Word(Outcome)),
    _words("touched_by"),
    # Since when nobody deals with it; for which wait and by which rules it was last looked at, and when it is next.
    _instant("waits_since"),
    _instant("looked_since"),
    Column("looked_by", Words),
    _instant("look_at"),
    _words("snoozed_by"),
    _instant("snoozed_until"),
    Column("contact", Word(ContactMade)),
    Column("before", Json),
    # E-mails of those who are mentioned, each between blanks.
    Column("mentioned", Words, nullable=False, server_default=""),
    _of_episode(),
    Index("ix_flags_id", "id"),
    Index("ix_flags_episode", "clinic", "episode_id"),
    Index("ix_flags_active", "rank", "raised_at", "id", **_where("state = 'active'")),
    Index("ix_flags_clinic_active", "clinic", "rank", "raised_at", "id", **_where("state = 'active'")),
    Index("ix_flags_alarm", "raised_at", "id", **_where("reason = 'alarm_sign'")),
    Index("ix_flags_mentioned", "clinic", **_where("mentioned <> ''")),
    # Everything that the look at each beat asks for, so that it reads nothing else.
    Index(
        "ix_flags_waiting",
        *("clinic", "rank", "waits_since", "looked_since", "looked_by", "look_at", "last_raised_at", "id"),
        **_where("waits_since IS NOT NULL"),
    ),
)

messages = Table(
    "messages",
    metadata,
    _words("clinic", is_key=True),
    _words("id", is_key=True),
    _words("episode_id"),
    Column("direction", Word(Direction), nullable=False),
    Column("kind", Word(Kind), nullable=False),
    # Which of several texts that are due goes first: outbox.py.
    Column("rank", Integer, nullable=False),
    _words("step"),
    _words("phone"),
    _words("body"),
    Column("state", Word(MessageState), nullable=False),
    _instant("at", is_needed=True),
    _instant("not_before", is_needed=True),
    _instant("useful_until", is_needed=True),
    Column("attempt", Integer, nullable=False),
    _instant("attempted_at"),
    _instant("hands_off_until"),
    Column("empty_looks", Integer, nullable=False),
    Column("rounds", Integer, nullable=False),
    Column("carrier_id", Words),
    Column("error_code", Integer),
    _words("why"),
    _instant("settled_at"),
    _words("who"),
    Column("media_count", Integer, nullable=False),
    Column("understanding", Json),
    Column("any_hour", Boolean, nullable=False, server_default=false()),
    _of_episode(),
    Index("ix_messages_id", "id"),
    Index("ix_messages_episode", "clinic", "episode_id", "at"),
    Index("ix_messages_phone", "clinic", "phone", "at"),
    Index("ix_messages_carrier", "carrier_id", **_where("carrier_id IS NOT NULL")),
    Index("ix_messages_queued", "clinic", "rank", "not_before", "id", **_where("state = 'queued'")),
    Index("ix_messages_in_flight", "hands_off_until", **_where("state IN ('attempting', 'unknown')")),
)

strays = Table(
    "strays",
    metadata,
    _words("clinic", is_key=True),
    _words("id", is_key=True),
    _words("kind"),
    _words("why"),
    _words("body"),
    Column("phone", Words),
    _instant("at", is_needed=True),
    _words("source"),
    _words("booking_id"),
    _words("item_id"),
    _words("state"),
    _words("closed_by"),
    _instant("closed_at"),
    Column("version", Integer, nullable=False),
    Index("ix_strays_id", "id"),
    Index("ix_strays_open", "at", "id", **_where("state = 'open'")),
)
