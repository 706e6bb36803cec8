"""What staff are told off-screen."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_INSTANT = sa.DateTime(timezone=True).with_variant(sa.String(32), "sqlite")
_WAITS = sa.text("waits_since IS NOT NULL")
_DUE = sa.text("state = 'due'")


def upgrade() -> None:
    for name in ("waits_since", "looked_since", "look_at"):
        op.add_column("flags", sa.Column(name, _INSTANT, nullable=True))
    op.add_column("flags", sa.Column("looked_by", sa.Text(), nullable=True))
    # What stands open with nobody dealing with it has waited since it was raised.
    op.execute(
        "UPDATE flags SET waits_since = raised_at WHERE state = 'active' AND acknowledged_at IS NULL AND owner = ''"
    )
    op.create_index(
        "ix_flags_waiting",
        "flags",
        ["clinic", "rank", "waits_since", "looked_since", "looked_by", "look_at", "id"],
        sqlite_where=_WAITS,
        postgresql_where=_WAITS,
    )
    op.create_table(
        "notices",
        sa.Column("clinic", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("episode_id", sa.Text(), nullable=False),
        sa.Column("flag_id", sa.Text(), nullable=False),
        sa.Column("waits_since", _INSTANT, nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("contact", sa.Text(), nullable=False),
        sa.Column("due_at", _INSTANT, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("hands_off_until", _INSTANT, nullable=True),
        sa.Column("settled_at", _INSTANT, nullable=True),
        sa.Column("why", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("clinic", "id"),
        sa.ForeignKeyConstraint(["clinic", "episode_id"], ["episodes.clinic", "episodes.id"]),
    )
    op.create_index("ix_notices_flag", "notices", ["clinic", "flag_id"])
    op.create_index("ix_notices_due", "notices", ["due_at", "id"], sqlite_where=_DUE, postgresql_where=_DUE)


def downgrade() -> None:
    op.drop_table("notices")
    op.drop_index("ix_flags_waiting", "flags")
    for name in ("looked_by", "look_at", "looked_since", "waits_since"):
        op.drop_column("flags", name)
