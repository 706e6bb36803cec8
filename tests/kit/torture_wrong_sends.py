"""Two send flows as others have them, to show that the tests would notice: one texts twice, the other never.

Both are what `flows/send_messages.py` would be without its second look; only a test's own processes run them.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from followup.domain.delivery import Handover
from followup.domain.message import MessageState
from followup.flows.send_messages import _judge, as_attempted
from followup.store import outbox

if TYPE_CHECKING:
    from collections.abc import Sequence

    from followup.domain.message import Message
    from followup.flows.send_messages import Claimed
    from followup.flows.services import Services

MOST = 20


async def send_then_mark(services: Services) -> int:
    """At least once: a text counts as sent when the carrier has said so, and is due until then."""
    claimed = await _due(services)
    await asyncio.gather(*(_send_and_mark(services, one) for one in claimed))
    return len(claimed)


async def mark_then_send(services: Services) -> int:
    """At most once: a text counts as sent before it is."""
    claimed = await _due(services)
    await _save(services, [_as_sent(one.message) for one in claimed])
    await asyncio.gather(*(_send_marked(services, one) for one in claimed))
    return len(claimed)


async def _due(services: Services) -> Sequence[Claimed]:
    now, wall = services.clock(), services.wall()
    async with services.store.transaction() as tx:
        found = await outbox.claimable(tx, now, wall, limit=MOST)
        judged = [_judge(services, each, None, now, wall)[1] for each in found]
    return [one for one in judged if one is not None]


async def _send_and_mark(services: Services, one: Claimed) -> None:
    if await _handover(services, one) is Handover.ACCEPTED:
        await _save(services, [_as_sent(one.message)])


async def _send_marked(services: Services, one: Claimed) -> None:
    if await _handover(services, one) is Handover.TRY_LATER:
        await _save(services, [replace(one.message, state=MessageState.QUEUED, hands_off_until=None)])


async def _handover(services: Services, one: Claimed) -> Handover:
    gateway = one.clinic.sms.gateway
    outcome = await services.gateways[gateway].send(one.text)
    return as_attempted(outcome, services.hooks[gateway]).handover


def _as_sent(message: Message) -> Message:
    return replace(message, state=MessageState.ACCEPTED, hands_off_until=None)


async def _save(services: Services, messages: Sequence[Message]) -> None:
    async with services.store.transaction() as tx:
        await outbox.save(tx, messages)
