"""Calls the dead man's switch, for as long as everything is in order."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from followup.flows.readiness import look
from followup.notify.ping import ping

if TYPE_CHECKING:
    from followup.flows.services import Services

_log = structlog.get_logger(__name__)


async def say_alive(services: Services) -> bool:
    """Whether it was called. What is not in order keeps us silent, and silence is what raises the alarm."""
    if not services.ping_url:
        return False
    wrong = [check.name for check in await look(services) if not check.is_fine]
    why = f"not in order: {', '.join(wrong)}" if wrong else await ping(services.ping_url)
    if why:
        _log.warning("not_pinged", why=why)
    return not why
