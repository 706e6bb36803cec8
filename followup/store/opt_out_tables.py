"""The table of every no and every yes to texts that there ever was."""

from __future__ import annotations

from sqlalchemy import Column, Table

from followup.domain.wishes import Wish
from followup.store.columns import Instant, Word, Words
from followup.store.tables import metadata

opt_out_ledger = Table(
    "opt_out_ledger",
    metadata,
    # Only added to: what holds now stands in opt_outs.
    Column("clinic", Words, primary_key=True),
    Column("phone", Words, primary_key=True),
    Column("id", Words, primary_key=True),
    Column("wish", Word(Wish), nullable=False),
    Column("words", Words, nullable=False),
    # "" for the patient, an e-mail for staff who wrote it down, or the carrier.
    Column("said_by", Words, nullable=False),
    # Our number that the patient's text was sent to, or our sender that the carrier refused.
    Column("sender", Words, nullable=False),
    Column("episode_id", Words, nullable=False),
    Column("at", Instant, nullable=False),
)
