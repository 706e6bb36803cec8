"""Texts as rows: written with what they belong to."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from followup.domain.message import Direction, Kind
from followup.store.rows import MESSAGE, changed, updating
from followup.store.tables import messages

if TYPE_CHECKING:
    from collections.abc import Mapping

    from followup.domain.message import Message
    from followup.store.engine import Traits
    from followup.store.transaction import Transaction

SAFETY, ANSWER, UNASKED, INCOMING = range(4)


def rank(message: Message) -> int:
    """Which of several texts that are due goes first: what may save a life, then answers, then our questions."""
    if message.direction is Direction.IN:
        return INCOMING
    if message.kind is Kind.SAFETY:
        return SAFETY
    return UNASKED if message.kind.waits_for_hours else ANSWER


def save_new_message(tx: Transaction, message: Message, understanding: Mapping[str, Any] | None = None) -> None:
    """A new text. Its id follows from what it is about, so one that is there already is the same and stays."""
    tx.later(_inserting(tx.traits), {**_row(message), "understanding": understanding})


def save_message(tx: Transaction, message: Message) -> None:
    """A text as it is now."""
    tx.later(updating(MESSAGE), changed(MESSAGE, _row(message)))


def _row(message: Message) -> dict[str, Any]:
    return MESSAGE.row(message, rank=rank(message))


@cache
def _inserting(traits: Traits) -> Any:
    return traits.insert(messages).on_conflict_do_nothing()
