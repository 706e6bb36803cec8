"""The table of what patients send beside words."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKeyConstraint, Index, Integer, LargeBinary, Table, text

from followup.domain.picture import PictureState
from followup.store.columns import Instant, Word, Words
from followup.store.tables import metadata

pictures = Table(
    "pictures",
    metadata,
    # What patients sent, drawn anew and sealed. The contents stand last, so that a list of pictures reads none of them.
    Column("clinic", Words, primary_key=True),
    Column("id", Words, primary_key=True),
    Column("episode_id", Words),
    Column("came_with", Words, nullable=False),
    Column("place", Integer, nullable=False),
    Column("carrier_id", Words, nullable=False),
    Column("gateway", Words, nullable=False),
    Column("address", Words, nullable=False),
    Column("at", Instant, nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("state", Word(PictureState), nullable=False),
    Column("tries", Integer, nullable=False),
    Column("why", Words, nullable=False),
    Column("kept_at", Instant),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("sealed_with", Words, nullable=False),
    Column("sealed_small", LargeBinary),
    Column("sealed", LargeBinary),
    ForeignKeyConstraint(["clinic", "episode_id"], ["episodes.clinic", "episodes.id"]),
    Index("ix_pictures_id", "id"),
    Index("ix_pictures_came_with", "came_with"),
    Index("ix_pictures_episode", "clinic", "episode_id", "at"),
    Index("ix_pictures_due", "due_at", "id", sqlite_where=text("state IN ('wanted', 'kept')")),
)
