"""Alembic's way in: it is handed a connection whose transaction is already begun."""

from __future__ import annotations

from alembic import context

from followup.store.house_tables import journal
from followup.store.schema import VERSION_TABLE

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=journal.metadata,
    version_table=VERSION_TABLE,
    transactional_ddl=True,
)
context.run_migrations()
