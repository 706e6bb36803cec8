"""Keeps what a stranger sent: once, raw, and durably before anybody is told so. Nothing else; every door uses it."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from followup.store.received import Kept, NewItem, Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from followup.flows.services import Services

__all__ = ["Kept", "Verdict", "accept"]


async def accept(
    services: Services,
    *,
    clinic: str,
    door: str,
    key: str | None,
    body: bytes,
    headers: Mapping[str, str],
    received_at: datetime | None = None,
) -> Kept:
    """Keeps one item under its key; raises StoreUnavailableError where nothing can be kept now.

    key: None for a thin event, which means "fetch" and never "seen". received_at: when it came, where not just now.
    """
    now = received_at or services.clock()
    name = f"thin:{uuid.uuid4().hex}" if key is None else key
    return await services.store.keep(NewItem(clinic, door, name, body, dict(headers), now))
