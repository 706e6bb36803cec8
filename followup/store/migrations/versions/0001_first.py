"""The first schema."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_INSTANT = sa.DateTime(timezone=True).with_variant(sa.String(32), "sqlite")


def upgrade() -> None:
    _inbox()
    _bookings()
    _episodes()
    _flags()
    _messages()
    _strays()
    _journal()
    _staff()
    _pulse()


def downgrade() -> None:
    tables = (
        "beats",
        "failures",
        "tokens",
        "sessions",
        "links",
        "accounts",
        "journal_heads",
        "journal",
        "strays",
        "messages",
        "flags",
        "reports",
        "check_ins",
        "episodes",
        "booking_facts",
        "opt_outs",
        "patients",
        "inbox",
    )
    for table in tables:
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP SEQUENCE journal_seq")


def _text(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=nullable)


def _at(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, _INSTANT, nullable=nullable)


def _where(condition: str) -> dict[str, Any]:
    return {"sqlite_where": sa.text(condition), "postgresql_where": sa.text(condition)}


def _inbox() -> None:
    op.create_table(
        "inbox",
        _text("id"),
        _text("clinic"),
        _text("door"),
        _text("key"),
        _text("digest"),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        _text("headers"),
        _at("received_at"),
        sa.Column("tries", sa.Integer(), nullable=False),
        _at("try_after", nullable=True),
        _text("error"),
        _text("outcome", nullable=True),
        _at("settled_at", nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("door", "key", name="uq_inbox_door_key"),
    )
    op.create_index("ix_inbox_waiting", "inbox", ["id"], **_where("outcome IS NULL"))


def _bookings() -> None:
    op.create_table(
        "patients",
        _text("clinic"),
        _text("source"),
        _text("id"),
        _text("given"),
        _text("family"),
        _text("phone", nullable=True),
        _text("phone_as_given"),
        _text("language", nullable=True),
        _text("time_zone", nullable=True),
        _text("consent", nullable=True),
        _text("stamps"),
        _text("sought"),
        sa.PrimaryKeyConstraint("clinic", "source", "id"),
    )
    op.create_index("ix_patients_phone", "patients", ["clinic", "phone"])
    op.create_table(
        "opt_outs",
        _text("clinic"),
        _text("phone"),
        _at("opted_out_at", nullable=True),
        _text("words"),
        sa.PrimaryKeyConstraint("clinic", "phone"),
    )
    op.create_table(
        "booking_facts",
        _text("clinic"),
        _text("source"),
        _text("booking_id"),
        _text("patient_id"),
        _text("digest"),
        _text("supersedes", nullable=True),
        _text("fact"),
        _at("at"),
        sa.PrimaryKeyConstraint("clinic", "source", "booking_id", "patient_id", "digest"),
    )
    op.create_index("ix_booking_facts_patient", "booking_facts", ["clinic", "source", "patient_id"])
    op.create_index(
        "ix_booking_facts_supersedes",
        "booking_facts",
        ["clinic", "source", "supersedes"],
        **_where("supersedes IS NOT NULL"),
    )


def _episodes() -> None:
    op.create_table(
        "episodes",
        _text("clinic"),
        _text("id"),
        _text("source"),
        _text("booking_id"),
        _text("patient_id"),
        _text("protocol_id"),
        _text("protocol_version"),
        _text("state"),
        _at("treated_from", nullable=True),
        _at("treated_until"),
        _text("completion", nullable=True),
        _at("opened_at"),
        _text("booked_as"),
        _text("service_name"),
        _text("why"),
        _at("welcomed_at", nullable=True),
        _at("wake_at", nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("clinic", "id"),
        sa.UniqueConstraint("clinic", "source", "booking_id", "patient_id", name="uq_episodes_booking"),
    )
    op.create_index("ix_episodes_id", "episodes", ["id"])
    op.create_index("ix_episodes_opened", "episodes", ["opened_at", "id"])
    op.create_index("ix_episodes_patient", "episodes", ["clinic", "source", "patient_id"])
    op.create_index("ix_episodes_wake", "episodes", ["wake_at"], **_where("wake_at IS NOT NULL"))
    op.create_table(
        "check_ins",
        _text("clinic"),
        _text("episode_id"),
        _text("id"),
        sa.Column("place", sa.Integer(), nullable=False),
        _text("step"),
        _at("due_at"),
        _text("state"),
        _at("asked_at", nullable=True),
        _at("reminded_at", nullable=True),
        _at("clarified_at", nullable=True),
        _at("answered_at", nullable=True),
        _text("why"),
        sa.ForeignKeyConstraint(
            ["clinic", "episode_id"],
            ["episodes.clinic", "episodes.id"],
        ),
        sa.PrimaryKeyConstraint("clinic", "episode_id", "id"),
    )
    op.create_table(
        "reports",
        _text("clinic"),
        _text("episode_id"),
        _text("id"),
        sa.Column("place", sa.Integer(), nullable=False),
        _text("symptom"),
        _text("severity", nullable=True),
        _text("trend", nullable=True),
        _at("reported_at"),
        _text("message_id"),
        _text("step"),
        _text("words"),
        _text("rule"),
        sa.ForeignKeyConstraint(
            ["clinic", "episode_id"],
            ["episodes.clinic", "episodes.id"],
        ),
        sa.PrimaryKeyConstraint("clinic", "episode_id", "id"),
    )


def _flags() -> None:
    op.create_table(
        "flags",
        _text("clinic"),
        _text("id"),
        _text("episode_id"),
        sa.Column("place", sa.Integer(), nullable=False),
        _text("reason"),
        _text("urgency"),
        sa.Column("rank", sa.Integer(), nullable=False),
        _text("subject"),
        _at("raised_at"),
        _at("last_raised_at"),
        _text("evidence"),
        _text("state"),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("times_raised", sa.Integer(), nullable=False),
        _text("owner"),
        _text("acknowledged_by"),
        _at("acknowledged_at", nullable=True),
        _text("closed_by"),
        _at("closed_at", nullable=True),
        _text("outcome", nullable=True),
        _text("touched_by"),
        sa.ForeignKeyConstraint(
            ["clinic", "episode_id"],
            ["episodes.clinic", "episodes.id"],
        ),
        sa.PrimaryKeyConstraint("clinic", "id"),
    )
    op.create_index("ix_flags_active", "flags", ["rank", "raised_at", "id"], **_where("state = 'active'"))
    op.create_index(
        "ix_flags_clinic_active", "flags", ["clinic", "rank", "raised_at", "id"], **_where("state = 'active'")
    )
    op.create_index("ix_flags_episode", "flags", ["clinic", "episode_id"])
    op.create_index("ix_flags_id", "flags", ["id"])


def _messages() -> None:
    op.create_table(
        "messages",
        _text("clinic"),
        _text("id"),
        _text("episode_id"),
        _text("direction"),
        _text("kind"),
        sa.Column("rank", sa.Integer(), nullable=False),
        _text("step"),
        _text("phone"),
        _text("body"),
        _text("state"),
        _at("at"),
        _at("not_before"),
        _at("useful_until"),
        sa.Column("attempt", sa.Integer(), nullable=False),
        _at("attempted_at", nullable=True),
        _at("hands_off_until", nullable=True),
        sa.Column("empty_looks", sa.Integer(), nullable=False),
        sa.Column("rounds", sa.Integer(), nullable=False),
        _text("carrier_id", nullable=True),
        sa.Column("error_code", sa.Integer(), nullable=True),
        _text("why"),
        _at("settled_at", nullable=True),
        _text("who"),
        sa.Column("media_count", sa.Integer(), nullable=False),
        _text("understanding", nullable=True),
        sa.ForeignKeyConstraint(
            ["clinic", "episode_id"],
            ["episodes.clinic", "episodes.id"],
        ),
        sa.PrimaryKeyConstraint("clinic", "id"),
    )
    op.create_index("ix_messages_episode", "messages", ["clinic", "episode_id", "at"])
    op.create_index("ix_messages_id", "messages", ["id"])
    op.create_index(
        "ix_messages_in_flight", "messages", ["hands_off_until"], **_where("state IN ('attempting', 'unknown')")
    )
    op.create_index("ix_messages_phone", "messages", ["clinic", "phone", "at"])
    op.create_index(
        "ix_messages_queued", "messages", ["clinic", "rank", "not_before", "id"], **_where("state = 'queued'")
    )
    op.create_index("ix_messages_carrier", "messages", ["carrier_id"], **_where("carrier_id IS NOT NULL"))


def _strays() -> None:
    op.create_table(
        "strays",
        _text("clinic"),
        _text("id"),
        _text("kind"),
        _text("why"),
        _text("body"),
        _text("phone", nullable=True),
        _at("at"),
        _text("source"),
        _text("booking_id"),
        _text("item_id"),
        _text("state"),
        _text("closed_by"),
        _at("closed_at", nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("clinic", "id"),
    )
    op.create_index("ix_strays_id", "strays", ["id"])
    op.create_index("ix_strays_open", "strays", ["at", "id"], **_where("state = 'open'"))


def _journal() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("CREATE SEQUENCE journal_seq")
    op.create_table(
        "journal",
        _text("clinic"),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        _text("episode_id"),
        _at("at"),
        _text("event"),
        _text("who"),
        _text("cause"),
        _text("body", nullable=True),
        _text("body_digest"),
        sa.Column("position", sa.BigInteger(), nullable=True),
        _text("seal", nullable=True),
        sa.PrimaryKeyConstraint("clinic", "seq"),
        sa.UniqueConstraint("seq", name="uq_journal_seq"),
    )
    op.create_index("ix_journal_episode", "journal", ["clinic", "episode_id", "seq"])
    op.create_index("ix_journal_unsealed", "journal", ["clinic", "seq"], **_where("position IS NULL"))
    op.create_table(
        "journal_heads",
        _text("clinic"),
        sa.Column("position", sa.BigInteger(), nullable=False),
        _text("seal"),
        sa.PrimaryKeyConstraint("clinic"),
    )


def _staff() -> None:
    op.create_table(
        "accounts",
        _text("id"),
        _text("email"),
        _text("name"),
        _text("role"),
        _text("clinic"),
        _text("password_hash"),
        _at("created_at"),
        _at("disabled_at", nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("email"),
    )
    op.create_table(
        "links",
        _text("token_hash"),
        _text("account_id"),
        _text("purpose"),
        _at("expires_at"),
        _at("used_at", nullable=True),
        sa.PrimaryKeyConstraint("token_hash"),
    )
    op.create_table(
        "sessions",
        _text("token_hash"),
        _text("account_id"),
        _text("csrf"),
        _at("created_at"),
        _at("last_seen_at"),
        sa.PrimaryKeyConstraint("token_hash"),
    )
    op.create_index("ix_sessions_account", "sessions", ["account_id"])
    op.create_table(
        "tokens",
        _text("token_hash"),
        _text("name"),
        _text("clinic"),
        _at("created_at"),
        _at("revoked_at", nullable=True),
        sa.PrimaryKeyConstraint("token_hash"),
    )
    op.create_table("failures", _text("id"), _text("key"), _at("at"), sa.PrimaryKeyConstraint("id"))
    op.create_index("ix_failures_key", "failures", ["key", "at"])


def _pulse() -> None:
    op.create_table("beats", _text("name"), _at("at"), sa.PrimaryKeyConstraint("name"))
