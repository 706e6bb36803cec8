"""Which protocol a plan follows, as it was then."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_INSTANT = sa.DateTime(timezone=True).with_variant(sa.String(32), "sqlite")


def upgrade() -> None:
    op.add_column("episodes", sa.Column("protocol_digest", sa.Text(), nullable=False, server_default=""))
    op.create_table(
        "protocol_versions",
        sa.Column("clinic", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("protocol_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("kept_at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("clinic", "digest"),
    )


def downgrade() -> None:
    op.drop_table("protocol_versions")
    op.drop_column("episodes", "protocol_digest")
