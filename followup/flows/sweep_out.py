"""What has been kept long enough goes: once a day, a little in each transaction, so that nobody waits for it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import structlog

from followup.store import deliveries, lookers, staff, sweeping

if TYPE_CHECKING:
    from datetime import datetime

    from followup.flows.services import Services

KEPT = timedelta(days=1)
"""How long what is over stays readable, for whoever asks why a sign-in failed."""
TOLD_KEPT = timedelta(days=30)
"""How long what another system has taken is kept here."""
RAW_KEPT = timedelta(days=90)
"""How long what strangers sent stays as it came. The longest plan we ship runs for 84 days, and for so long a mended
adapter can read once more what it came of. After that reports, texts and the journal say all that matters for care."""
TOGETHER = 500

_log = structlog.get_logger(__name__)


async def sweep_out(services: Services) -> None:
    """Away with what is over of sign-ins, with what other systems were told, and with what strangers sent long ago."""
    async with services.store.transaction() as tx:
        await staff.sweep(tx, services.wall() - KEPT)
        await deliveries.sweep(tx, services.wall() - TOLD_KEPT)
        await lookers.sweep(tx, services.wall() - KEPT)
    strays = await _empty_strays(services, services.clock() - RAW_KEPT)
    calls = await _empty_calls(services, services.wall() - RAW_KEPT)
    if calls or strays:
        _log.info("emptied", calls=calls, strays=strays)


async def _empty_calls(services: Services, before: datetime) -> int:
    """Away with raw calls: neither those that wait nor those that staff still have before them."""
    emptied, after = 0, ""
    while True:
        async with services.store.reading() as tx:
            some = await sweeping.long_settled(tx, before, after, TOGETHER)
        if not some:
            return emptied
        async with services.store.transaction() as tx:
            await sweeping.empty_calls(tx, some)
        emptied, after = emptied + len(some), some[-1]


async def _empty_strays(services: Services, before: datetime) -> int:
    """Away with words and phones of people whom nobody knows, once somebody has dealt with them."""
    emptied = 0
    while True:
        async with services.store.reading() as tx:
            some = await sweeping.long_closed(tx, before, TOGETHER)
        if not some:
            return emptied
        async with services.store.transaction() as tx:
            await sweeping.empty_strays(tx, some)
        emptied += len(some)
