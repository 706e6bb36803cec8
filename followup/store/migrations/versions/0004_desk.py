"""What the desk remembers of people and of flags: snoozes, what can be undone, contact made, a second factor."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_INSTANT = sa.DateTime(timezone=True).with_variant(sa.String(32), "sqlite")


def upgrade() -> None:
    op.add_column("flags", sa.Column("snoozed_by", sa.Text(), nullable=False, server_default=""))
    op.add_column("flags", sa.Column("snoozed_until", _INSTANT, nullable=True))
    op.add_column("flags", sa.Column("contact", sa.Text(), nullable=True))
    op.add_column("flags", sa.Column("before", sa.Text(), nullable=True))
    op.add_column("sessions", sa.Column("browser", sa.Text(), nullable=False, server_default=""))
    op.create_table(
        "account_extras",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("sealed_secret", sa.Text(), nullable=False),
        sa.Column("confirmed_at", _INSTANT, nullable=True),
        sa.Column("last_step", sa.BigInteger(), nullable=False),
        sa.Column("recovery_hashes", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("account_id"),
    )


def downgrade() -> None:
    op.drop_table("account_extras")
    op.drop_column("sessions", "browser")
    for column in ("before", "contact", "snoozed_until", "snoozed_by"):
        op.drop_column("flags", column)
