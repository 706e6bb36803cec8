"""What became of attempts, written down: together where several ended at once, singly where one stands in the way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog

from followup.domain.delivery import on_attempt
from followup.domain.opting_out import from_sender
from followup.flows.circumstances import sender_of
from followup.flows.put_off import put_off
from followup.store import StoreUnavailableError, episodes, outbox

if TYPE_CHECKING:
    from collections.abc import Sequence

    from followup.domain.delivery import Attempted
    from followup.domain.message import Message
    from followup.flows.services import Services

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Ended:
    """One attempt that came back: the text as it was claimed, and how it ended."""

    message: Message
    attempted: Attempted


async def settle_attempts(services: Services, ended: Sequence[Ended]) -> None:
    """Transaction two. What cannot be stored now is not lost: the lease runs out, and the carrier is asked."""
    if not ended:
        return
    try:
        await _settle(services, ended)
    except StoreUnavailableError:
        for one in ended:
            _log.warning("attempt_not_settled", message=one.message.id, outcome=one.attempted.handover.value)
    except Exception as error:  # noqa: BLE001 - one text must not stand in the way of the others
        if len(ended) == 1:
            await put_off(services, ended[0].message.id, error)
            return
        for one in ended:
            await settle_attempts(services, [one])


async def _settle(services: Services, ended: Sequence[Ended]) -> None:
    """Each is one decision about one episode; that several share a commit is only cheaper."""
    async with services.store.transaction() as tx:
        messages = await outbox.load_many(tx, [one.message.id for one in ended])
        known = await episodes.load_many(tx, [message.episode_id for message in messages.values()])
        now, wall = services.clock(), services.wall()
        for one in ended:
            message = messages.get(one.message.id)
            if message is None or message.attempt != one.message.attempt or message.episode_id not in known:
                continue  # another attempt was made meanwhile: this one's end is history
            before = known[message.episode_id]
            decision = from_sender(on_attempt(message, one.attempted, before, now, wall), sender_of(services, before))
            known[message.episode_id] = await episodes.apply(tx, before, decision, at=now)
    for one in ended:
        outcome, code = one.attempted.handover.value, one.attempted.code
        _log.info("attempt_settled", message=one.message.id, outcome=outcome, code=code)
