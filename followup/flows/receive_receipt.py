"""The carrier's word on one of our texts: states only rise, and an arrival proves that it was taken."""

from __future__ import annotations

from typing import TYPE_CHECKING

from followup.domain.delivery import on_receipt
from followup.domain.inputs import ReceiptState
from followup.domain.message import Direction
from followup.domain.opting_out import from_sender
from followup.flows.circumstances import sender_of
from followup.flows.handled import Handled, Outcome
from followup.sms import UnreadableError
from followup.sms.form import read_form
from followup.store import episodes, outbox

if TYPE_CHECKING:
    from followup.domain.delivery import CarrierError
    from followup.domain.inputs import Receipt
    from followup.flows.services import Services
    from followup.sms import Hooks
    from followup.store import Transaction
    from followup.store.received import Item


async def receive_receipt(services: Services, tx: Transaction, item: Item) -> Handled:
    """One receipt; one that is late, doubled, unreadable or about nothing of ours changes nothing."""
    _, gateway, _, part = item.door.split(":", 3)
    hooks = services.hooks.get(gateway)
    receipt = _read(hooks, part, item) if hooks else None
    message = await outbox.load(tx, receipt.message_id) if receipt else None
    if hooks is None or receipt is None or message is None or message.direction is not Direction.OUT:
        return Handled(Outcome.IGNORED)
    episode = await episodes.load(tx, message.episode_id)
    if episode is None:
        return Handled(Outcome.IGNORED, message.clinic)
    now = services.clock()
    decision = on_receipt(message, receipt, _error(hooks, receipt), episode, now, services.wall())
    if not decision.events:
        return Handled(Outcome.STALE, message.clinic)
    decision = from_sender(decision, sender_of(services, episode))
    await episodes.apply(tx, episode, decision, at=now, cause=item.id)
    return Handled(Outcome.APPLIED, message.clinic)


def _read(hooks: Hooks, part: str, item: Item) -> Receipt | None:
    try:
        form = read_form(item.body, item.headers.get("content-type", ""))
        return hooks.read_receipt(form, part, item.received_at)
    except UnreadableError:
        return None


def _error(hooks: Hooks, receipt: Receipt) -> CarrierError | None:
    return hooks.explain(receipt.error_code) if receipt.state is ReceiptState.FAILED else None
