"""Shared phones, confirmation of the first text, and the ledger of opt-outs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

_INSTANT = sa.DateTime(timezone=True).with_variant(sa.String(32), "sqlite")


def upgrade() -> None:
    op.add_column("patients", sa.Column("confirmed_phone", sa.Text(), nullable=True))
    op.add_column("episodes", sa.Column("confirm_asked_at", _INSTANT, nullable=True))
    op.create_table(
        "opt_out_ledger",
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("clinic", "phone", "id", "wish", "words")),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("said_by", "sender", "episode_id")),
        sa.Column("at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("clinic", "phone", "id"),
    )
    # What stood in the one row of each phone is all that is known of the time before.
    op.execute(
        "INSERT INTO opt_out_ledger (clinic, phone, id, wish, words, said_by, sender, episode_id, at) "
        "SELECT clinic, phone, 'before the ledger', 'out', words, '', '', '', opted_out_at "
        "FROM opt_outs WHERE opted_out_at IS NOT NULL"
    )


def downgrade() -> None:
    op.drop_table("opt_out_ledger")
    op.drop_column("episodes", "confirm_asked_at")
    op.drop_column("patients", "confirmed_phone")
