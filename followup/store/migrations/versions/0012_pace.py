"""One pace per sender, for however many processes hand its texts over."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from followup.store.columns import Instant, Words

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Makes them."""
    op.create_table(
        "paces",
        sa.Column("sender", Words(), nullable=False),
        sa.Column("tokens", sa.Float(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("sender"),
    )


def downgrade() -> None:
    """Takes them away."""
    op.drop_table("paces")
