"""What staff corrected in what was understood."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

_INSTANT = sa.DateTime(timezone=True).with_variant(sa.String(32), "sqlite")
_WORDS = ("episode_id", "text", "language", "question")


def upgrade() -> None:
    op.create_table(
        "corrections",
        sa.Column("clinic", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in _WORDS),
        sa.Column("hours", sa.Float(), nullable=False),
        sa.Column("was", sa.Text(), nullable=False),
        sa.Column("right", sa.Text(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("clinic", "message_id"),
        sa.ForeignKeyConstraint(["clinic", "episode_id"], ["episodes.clinic", "episodes.id"]),
    )
    op.create_index("ix_corrections_at", "corrections", ["at", "message_id"])
    op.create_index("ix_corrections_episode", "corrections", ["clinic", "episode_id"])


def downgrade() -> None:
    op.drop_table("corrections")
