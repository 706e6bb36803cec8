"""A phone that is not the patient's own, but of somebody who cares for them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Adds it: every phone known so far is the patient's own."""
    op.add_column("patients", sa.Column("phone_is_carers", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    """Takes it away."""
    op.drop_column("patients", "phone_is_carers")
