"""The fixtures that any test may ask for."""

from __future__ import annotations

from kit.postgres import postgres, postgres_url
from kit.stores import migrated_database, migrated_file, store, store_url, wall

__all__ = ["migrated_database", "migrated_file", "postgres", "postgres_url", "store", "store_url", "wall"]
