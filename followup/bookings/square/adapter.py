"""Reads Square's booking and customer webhooks, and asks its API for customers and for what was missed."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from followup.bookings import Fetch, FetchFailedError, QuarantinedError
from followup.bookings.signing import base64_macs, is_one_of, raw
from followup.bookings.square.records import (
    CUSTOMER_EVENTS,
    customer_of,
    read_booking,
    read_customer,
    read_customer_event,
)
from followup.bookings.tolerant import Object, instant, needed, object_at, objects_at, read_object, words

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence
    from datetime import datetime

    from followup.bookings import Adapter, Client, Request
    from followup.domain.inputs import Booking

BOOKING_EVENTS = frozenset({"booking.created", "booking.updated"})
WINDOW = timedelta(days=31)
"""The longest span of starts that Square lists at once."""
LOOK_BACK = timedelta(days=3)
"""So long after its start a booking may still be marked as a no-show, or cancelled."""
MOST_PAGES = 20


class SquareAdapter:
    """One id for a booking's life, its version is its order; the signature covers our address too."""

    name = "square"
    api_url = "https://connect.squareup.com"

    def is_signed(self, request: Request, secrets: Sequence[str], now: datetime) -> bool:  # noqa: ARG002 - it has no time
        """Whether one of the signature keys made the HMAC of our address, as Square has it, and these bytes."""
        signed = raw(request.setting.url) + request.body
        return is_one_of(request.headers.get("x-square-hmacsha256-signature", ""), base64_macs(secrets, signed))

    def key(self, request: Request) -> str | None:
        """Square's event id: the same on each of its tries."""
        return needed(read_object(request.body).get("event_id"), "event id")

    def check(self, request: Request) -> None:
        """Nothing is told to Square."""

    def read(self, request: Request) -> Sequence[Booking | Fetch]:
        """The booking, and the question who its customer is; or what is new about a customer."""
        event = read_object(request.body)
        kind = words(event.get("type"))
        if kind is None:
            raise QuarantinedError("it has no type")
        if kind in CUSTOMER_EVENTS:
            return read_customer_event(event, request.setting)
        if kind not in BOOKING_EVENTS:
            return ()
        record = object_at(event, "data", "object", "booking")
        fact, customer = read_booking(record), customer_of(record)
        return [fact, Fetch("customer", customer, is_vital=False)] if customer else [fact]

    def credentials(self, api_key: str) -> Mapping[str, str]:
        """An access token that may read appointments and customers, and the version whose answers we read."""
        return {"authorization": f"Bearer {api_key}", "square-version": "2024-08-21"}

    async def fetch(self, wanted: Fetch, client: Client) -> Sequence[Booking]:
        """Who a customer is now."""
        answer = await client.get("v2", "customers", wanted.id)
        if answer is None:
            raise FetchFailedError("Square knows no such customer", is_final=True)
        return [read_customer(object_at(answer, "customer"), client.setting, client.asked_at)]

    async def missed(self, client: Client, since: datetime) -> Sequence[Booking]:
        """Of the bookings that are near, those changed since then, and who their customers are."""
        changed = [
            record
            async for record in _listed(client, since)
            if (instant(record.get("updated_at")) or client.asked_at) > since
        ]
        customers = dict.fromkeys(customer for record in changed if (customer := customer_of(record)))
        told = [fact for customer in customers for fact in await self.fetch(Fetch("customer", customer), client)]
        return [*told, *(read_booking(record) for record in changed)]


async def _listed(client: Client, since: datetime) -> AsyncIterator[Object]:
    start = since - LOOK_BACK
    query = {"limit": "100", "start_at_min": start.isoformat(), "start_at_max": (start + WINDOW).isoformat()}
    for _ in range(MOST_PAGES):
        answer = await client.get("v2", "bookings", query=query)
        for record in objects_at(answer, "bookings"):
            yield record
        cursor = words(object_at(answer).get("cursor"), 4000)
        if cursor is None:
            return
        query["cursor"] = cursor


ADAPTER: Adapter = SquareAdapter()
