"""Reads our own contract: Standard Webhooks headers around JSON, or around a CloudEvent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from followup.bookings import QuarantinedError, RejectedError
from followup.bookings.native import signature
from followup.bookings.native.envelope import event_name, open_envelope
from followup.bookings.native.payload import as_booking, is_ours, read_event

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from followup.bookings import Adapter, Request
    from followup.domain.inputs import Booking


class NativeAdapter:
    """The contract other systems map to; its senders are told what is wrong."""

    name = "native"
    is_native = True

    def is_signed(self, request: Request, secrets: Sequence[str], now: datetime) -> bool:
        """Whether one of the active secrets signed these bytes within five minutes of `now`."""
        return signature.is_signed(request.headers, request.body, secrets, now)

    def key(self, request: Request) -> str | None:
        """The sender's webhook-id: the same on each of its tries."""
        return event_name(request)

    def check(self, request: Request) -> None:
        """Everything that can be wrong with an event, told at once."""
        event_name(request)
        self._events(request)

    def read(self, request: Request) -> Sequence[Booking]:
        """The one fact it holds; none where its type does not concern us."""
        try:
            return self._events(request)
        except RejectedError as error:
            raise QuarantinedError(error.title) from error

    def _events(self, request: Request) -> tuple[Booking, ...]:
        envelope = open_envelope(request)
        return (as_booking(read_event(envelope)),) if is_ours(envelope) else ()


ADAPTER: Adapter = NativeAdapter()
