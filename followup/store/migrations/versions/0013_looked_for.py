"""Indexes for what is looked for among everything there ever was: alarm signs of late, and plans that run."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

ALARM, RUNNING = sa.text("reason = 'alarm_sign'"), sa.text("wake_at IS NOT NULL")


def upgrade() -> None:
    """Makes them."""
    op.create_index("ix_flags_alarm", "flags", ["raised_at", "id"], sqlite_where=ALARM, postgresql_where=ALARM)
    followed = ["clinic", "protocol_id"]
    op.create_index("ix_episodes_followed", "episodes", followed, sqlite_where=RUNNING, postgresql_where=RUNNING)


def downgrade() -> None:
    """Takes them away."""
    op.drop_index("ix_episodes_followed", "episodes")
    op.drop_index("ix_flags_alarm", "flags")
