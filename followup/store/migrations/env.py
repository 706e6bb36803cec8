"""Alembic's way in: it is handed a connection whose transaction is already begun."""

from __future__ import annotations

from alembic import context

from followup.store import house_tables, opt_out_tables, passkey_tables, picture_tables
from followup.store.schema import VERSION_TABLE

# Every table there is: they share one metadata once they are read.
TABLES = (
    house_tables.journal,
    passkey_tables.passkeys,
    picture_tables.pictures,
    opt_out_tables.opt_out_ledger,
)

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=TABLES[0].metadata,
    version_table=VERSION_TABLE,
    transactional_ddl=True,
)
context.run_migrations()
