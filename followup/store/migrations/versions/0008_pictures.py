"""Pictures that patients send."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

_INSTANT = sa.DateTime(timezone=True).with_variant(sa.String(32), "sqlite")
_TO_DO = sa.text("state IN ('wanted', 'kept')")


def upgrade() -> None:
    op.create_table(
        "pictures",
        sa.Column("clinic", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("episode_id", sa.Text(), nullable=True),
        sa.Column("came_with", sa.Text(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("carrier_id", "gateway", "address")),
        *(sa.Column(name, _INSTANT, nullable=False) for name in ("at", "due_at")),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("kept_at", _INSTANT, nullable=True),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("width", "height")),
        sa.Column("sealed_with", sa.Text(), nullable=False),
        *(sa.Column(name, sa.LargeBinary(), nullable=True) for name in ("sealed_small", "sealed")),
        sa.PrimaryKeyConstraint("clinic", "id"),
        sa.ForeignKeyConstraint(["clinic", "episode_id"], ["episodes.clinic", "episodes.id"]),
    )
    op.create_index("ix_pictures_id", "pictures", ["id"])
    op.create_index("ix_pictures_came_with", "pictures", ["came_with"])
    op.create_index("ix_pictures_episode", "pictures", ["clinic", "episode_id", "at"])
    op.create_index("ix_pictures_due", "pictures", ["due_at", "id"], sqlite_where=_TO_DO, postgresql_where=_TO_DO)


def downgrade() -> None:
    op.drop_table("pictures")
