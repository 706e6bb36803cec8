"""A text that we failed to deal with: put off, so that it does not stand in the way of all others."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import structlog

from followup.flows.mistakes import where
from followup.store import outbox

if TYPE_CHECKING:
    from followup.flows.services import Services

PAUSE = timedelta(minutes=10)

_log = structlog.get_logger(__name__)


async def put_off(services: Services, message_id: str, error: Exception) -> None:
    """Logs where it went wrong, and leaves the text alone for a while; what it is stays as it is."""
    _log.error("message_failed", message=message_id, error=type(error).__qualname__, at=where(error))
    async with services.store.transaction() as tx:
        message = await outbox.load(tx, message_id)
        if message is not None:
            await outbox.save(tx, [replace(message, hands_off_until=services.wall() + PAUSE)])
