"""What the clinic's other systems are told."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


_INSTANT = sa.DateTime(timezone=True).with_variant(sa.String(32), "sqlite")
_WAITING = sa.text("state = 'waiting'")


def upgrade() -> None:
    op.create_table(
        "deliveries",
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("clinic", "id", "endpoint", "episode_id")),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("kind", "body")),
        *(sa.Column(name, _INSTANT, nullable=False) for name in ("made_at", "due_at")),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("settled_at", _INSTANT, nullable=True),
        sa.Column("why", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("clinic", "id"),
        sa.ForeignKeyConstraint(["clinic", "episode_id"], ["episodes.clinic", "episodes.id"]),
    )
    op.create_index("ix_deliveries_episode", "deliveries", ["clinic", "episode_id"])
    op.create_index(
        "ix_deliveries_due",
        "deliveries",
        ["due_at", "clinic", "endpoint"],
        sqlite_where=_WAITING,
        postgresql_where=_WAITING,
    )
    op.create_table(
        "endpoints",
        sa.Column("clinic", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("failing_since", _INSTANT, nullable=True),
        sa.Column("disabled_at", _INSTANT, nullable=True),
        sa.Column("why", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("clinic", "id"),
    )


def downgrade() -> None:
    op.drop_table("endpoints")
    op.drop_table("deliveries")
