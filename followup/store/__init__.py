"""The only SQL. `Store.transaction()` is the only way to write; its parts are modules, such as episodes and outbox."""

from __future__ import annotations

from followup.store.errors import SchemaError, StoreUnavailableError
from followup.store.received import Kept, NewItem, Verdict
from followup.store.schema import migrate
from followup.store.store import Store, open_store
from followup.store.transaction import Transaction

__all__ = [
    "Kept",
    "NewItem",
    "SchemaError",
    "Store",
    "StoreUnavailableError",
    "Transaction",
    "Verdict",
    "migrate",
    "open_store",
]
