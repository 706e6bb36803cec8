"""The tables that are about the service itself: its journal, what its reader is taught, its staff, its pulse."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKeyConstraint,
    Index,
    Integer,
    Sequence,
    Table,
    UniqueConstraint,
    text,
)

from followup.domain.notifying import NoticeState
from followup.domain.outbound import Announced, DeliveryState
from followup.store.columns import Instant, Json, Word, Words
from followup.store.tables import metadata

journal_seq = Sequence("journal_seq", metadata=metadata)

journal = Table(
    "journal",
    metadata,
    Column("clinic", Words, primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("episode_id", Words, nullable=False),
    Column("at", Instant, nullable=False),
    Column("event", Words, nullable=False),
    Column("who", Words, nullable=False),
    Column("cause", Words, nullable=False),
    # The body may go when a patient is erased; its digest stays, and is what the seal is over.
    Column("body", Words),
    Column("body_digest", Words, nullable=False),
    Column("position", BigInteger),
    Column("seal", Words),
    UniqueConstraint("seq", name="uq_journal_seq"),
    Index("ix_journal_episode", "clinic", "episode_id", "seq"),
    Index(
        "ix_journal_unsealed",
        "clinic",
        "seq",
        sqlite_where=text("position IS NULL"),
    ),
)

journal_heads = Table(
    "journal_heads",
    metadata,
    Column("clinic", Words, primary_key=True),
    Column("position", BigInteger, nullable=False),
    Column("seal", Words, nullable=False),
)

corrections = Table(
    "corrections",
    metadata,
    # A reply that staff said the meaning of, as it may teach the reader: its words without names and numbers.
    Column("clinic", Words, primary_key=True),
    Column("message_id", Words, primary_key=True),
    Column("episode_id", Words, nullable=False),
    Column("text", Words, nullable=False),
    Column("language", Words, nullable=False),
    Column("question", Words, nullable=False),
    Column("hours", Float, nullable=False),
    Column("was", Json, nullable=False),
    Column("right", Json, nullable=False),
    Column("who", Words, nullable=False),
    Column("at", Instant, nullable=False),
    ForeignKeyConstraint(["clinic", "episode_id"], ["episodes.clinic", "episodes.id"]),
    Index("ix_corrections_at", "at", "message_id"),
    Index("ix_corrections_episode", "clinic", "episode_id"),
)

fetches = Table(
    "fetches",
    metadata,
    # What a booking system is still to be asked for: one row however often it said that there is news.
    Column("clinic", Words, primary_key=True),
    Column("source", Words, primary_key=True),
    Column("kind", Words, primary_key=True),
    Column("ref", Words, primary_key=True),
    Column("item_id", Words, nullable=False),
    Column("is_vital", Boolean, nullable=False),
    Column("asked_at", Instant, nullable=False),
    Column("times", Integer, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("try_after", Instant),
    Column("error", Words, nullable=False),
)

accounts = Table(
    "accounts",
    metadata,
    Column("id", Words, primary_key=True),
    Column("email", Words, nullable=False, unique=True),
    Column("name", Words, nullable=False),
    Column("role", Words, nullable=False),
    # "" sees every clinic; so an account is not keyed by one.
    Column("clinic", Words, nullable=False),
    Column("password_hash", Words, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("disabled_at", Instant),
)

account_extras = Table(
    "account_extras",
    metadata,
    # A second factor: its secret, sealed; when its owner proved to have it; the last code that was used.
    Column("account_id", Words, primary_key=True),
    Column("sealed_secret", Words, nullable=False),
    Column("confirmed_at", Instant),
    Column("last_step", BigInteger, nullable=False),
    Column("recovery_hashes", Json, nullable=False),
)

links = Table(
    "links",
    metadata,
    Column("token_hash", Words, primary_key=True),
    Column("account_id", Words, nullable=False),
    Column("purpose", Words, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("used_at", Instant),
)

sessions = Table(
    "sessions",
    metadata,
    Column("token_hash", Words, primary_key=True),
    Column("account_id", Words, nullable=False),
    Column("csrf", Words, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("last_seen_at", Instant, nullable=False),
    # What the browser calls itself, so that its owner knows it again in a list.
    Column("browser", Words, nullable=False, server_default=""),
    # By which passkey somebody came in; "" by none.
    Column("passkey", Words, nullable=False, server_default=""),
    Index("ix_sessions_account", "account_id"),
)

tokens = Table(
    "tokens",
    metadata,
    Column("token_hash", Words, primary_key=True),
    Column("name", Words, nullable=False),
    Column("clinic", Words, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("revoked_at", Instant),
)

failures = Table(
    "failures",
    metadata,
    Column("id", Words, primary_key=True),
    Column("key", Words, nullable=False),
    Column("at", Instant, nullable=False),
    Index("ix_failures_key", "key", "at"),
)

beats = Table(
    "beats",
    metadata,
    Column("name", Words, primary_key=True),
    Column("at", Instant, nullable=False),
)

notices = Table(
    "notices",
    metadata,
    # A contact is named by a digest of its address, which may hold a password.
    Column("clinic", Words, primary_key=True),
    Column("id", Words, primary_key=True),
    Column("episode_id", Words, nullable=False),
    Column("flag_id", Words, nullable=False),
    Column("waits_since", Instant, nullable=False),
    Column("step", Words, nullable=False),
    Column("number", Integer, nullable=False),
    Column("contact", Words, nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("state", Word(NoticeState), nullable=False),
    Column("tries", Integer, nullable=False),
    Column("hands_off_until", Instant),
    Column("settled_at", Instant),
    Column("why", Words, nullable=False),
    ForeignKeyConstraint(["clinic", "episode_id"], ["episodes.clinic", "episodes.id"]),
    Index("ix_notices_flag", "clinic", "flag_id"),
    Index("ix_notices_due", "due_at", "id", sqlite_where=text("state = 'due'")),
)

deliveries = Table(
    "deliveries",
    metadata,
    # What the clinic's other systems are told. An endpoint is named by a digest of its address, which may hold a key.
    Column("clinic", Words, primary_key=True),
    Column("id", Words, primary_key=True),
    Column("endpoint", Words, nullable=False),
    Column("episode_id", Words, nullable=False),
    Column("kind", Word(Announced), nullable=False),
    Column("body", Words, nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("state", Word(DeliveryState), nullable=False),
    Column("tries", Integer, nullable=False),
    Column("settled_at", Instant),
    Column("why", Words, nullable=False),
    ForeignKeyConstraint(["clinic", "episode_id"], ["episodes.clinic", "episodes.id"]),
    Index("ix_deliveries_episode", "clinic", "episode_id"),
    Index(
        "ix_deliveries_due",
        *("due_at", "clinic", "endpoint"),
        sqlite_where=text("state = 'waiting'"),
    ),
)

endpoints = Table(
    "endpoints",
    metadata,
    Column("clinic", Words, primary_key=True),
    Column("id", Words, primary_key=True),
    Column("failing_since", Instant),
    Column("disabled_at", Instant),
    Column("why", Words, nullable=False),
)

protocol_versions = Table(
    "protocol_versions",
    metadata,
    Column("clinic", Words, primary_key=True),
    Column("digest", Words, primary_key=True),
    Column("protocol_id", Words, nullable=False),
    Column("version", Words, nullable=False),
    Column("body", Words, nullable=False),
    Column("kept_at", Instant, nullable=False),
)

lookers = Table(
    "lookers",
    metadata,
    # Whose open page shows which episode, by process (`place`); a row that is not written again soon is over.
    Column("clinic", Words, primary_key=True),
    Column("episode_id", Words, primary_key=True),
    Column("email", Words, primary_key=True),
    Column("place", Words, primary_key=True),
    Column("seen_at", Instant, nullable=False),
)

looks = Table(
    "looks",
    metadata,
    # When somebody last began to look at an episode, so that one look is one line in the journal.
    Column("clinic", Words, primary_key=True),
    Column("episode_id", Words, primary_key=True),
    Column("account_id", Words, primary_key=True),
    Column("at", Instant, nullable=False),
)

notify_starts = Table(
    "notify_starts",
    metadata,
    # Since when a clinic has somebody told about flags of an urgency: older ones are told of together.
    Column("clinic", Words, primary_key=True),
    Column("urgency", Words, primary_key=True),
    Column("at", Instant, nullable=False),
)

paces = Table(
    "paces",
    metadata,
    # How many parts of texts a sender may hand over now, whichever process does it.
    Column("sender", Words, primary_key=True),
    Column("tokens", Float, nullable=False),
    Column("at", Instant, nullable=False),
)
