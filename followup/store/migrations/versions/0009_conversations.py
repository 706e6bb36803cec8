"""Who is in conversation with a patient, who is mentioned, who looks at a case, and since when staff are told."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

_INSTANT = sa.DateTime(timezone=True).with_variant(sa.String(32), "sqlite")
_WAITING = ("clinic", "rank", "waits_since", "looked_since", "looked_by", "look_at", "id")
_MENTIONED = sa.text("mentioned <> ''")
_WAITS = sa.text("waits_since IS NOT NULL")


def upgrade() -> None:
    op.add_column("episodes", sa.Column("talk", sa.Text(), nullable=True))
    op.add_column("flags", sa.Column("mentioned", sa.Text(), nullable=False, server_default=""))
    op.add_column("messages", sa.Column("any_hour", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_table(
        "lookers",
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("clinic", "episode_id", "email", "place")),
        sa.Column("seen_at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("clinic", "episode_id", "email", "place"),
    )
    op.create_table(
        "looks",
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("clinic", "episode_id", "account_id")),
        sa.Column("at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("clinic", "episode_id", "account_id"),
    )
    op.create_table(
        "notify_starts",
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("clinic", "urgency")),
        sa.Column("at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("clinic", "urgency"),
    )
    # Whoever was told of flags goes on to be told of those that wait already.
    op.execute(
        "INSERT INTO notify_starts (clinic, urgency, at) SELECT n.clinic, f.urgency, MIN(n.waits_since) FROM notices n"
        " JOIN flags f ON f.clinic = n.clinic AND f.id = n.flag_id GROUP BY n.clinic, f.urgency"
    )
    op.create_index("ix_flags_mentioned", "flags", ["clinic"], sqlite_where=_MENTIONED, postgresql_where=_MENTIONED)
    _index_waiting(*_WAITING[:-1], "last_raised_at", "id")


def downgrade() -> None:
    _index_waiting(*_WAITING)
    op.drop_index("ix_flags_mentioned", table_name="flags")
    for table in ("notify_starts", "looks", "lookers"):
        op.drop_table(table)
    op.drop_column("messages", "any_hour")
    op.drop_column("flags", "mentioned")
    op.drop_column("episodes", "talk")


def _index_waiting(*columns: str) -> None:
    op.drop_index("ix_flags_waiting", table_name="flags")
    op.create_index("ix_flags_waiting", "flags", list(columns), sqlite_where=_WAITS, postgresql_where=_WAITS)
