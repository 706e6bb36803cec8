"""Reads Calendly's webhooks, one invitee at a time, and asks its API for what old ones lack."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

from followup.bookings import Fetch, FetchFailedError, QuarantinedError
from followup.bookings.calendly.records import invitee_path, read_cancelled, read_created, read_no_show, read_record
from followup.bookings.signing import hex_macs, is_one_of, raw
from followup.bookings.tolerant import object_at, read_object, words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from followup.bookings import Adapter, Client, Request
    from followup.domain.inputs import Booking

TOLERANCE = timedelta(minutes=5)

_PART = re.compile(r"(t|v1)=([0-9A-Za-z]{1,128})")
_SECONDS = re.compile(r"[1-9][0-9]{0,11}")


class CalendlyAdapter:
    """A reschedule is a new invitee and a cancelled old one, in any order; a person is known by the invitee's uri."""

    name = "calendly"
    api_url = "https://api.calendly.com"

    def is_signed(self, request: Request, secrets: Sequence[str], now: datetime) -> bool:
        """Whether one of the signing keys made the HMAC of the time and these bytes, within five minutes of `now`."""
        parts = [_PART.fullmatch(part.strip()) for part in _signature(request).split(",")]
        said = [(part[1], part[2]) for part in parts if part]
        sent_at = next((value for name, value in said if name == "t"), "")
        if not _SECONDS.fullmatch(sent_at) or abs(now.timestamp() - int(sent_at)) > TOLERANCE.total_seconds():
            return False
        macs = hex_macs(secrets, raw(f"{sent_at}.") + request.body)
        found = [is_one_of(value.lower(), macs) for name, value in said if name == "v1"]
        return any(found)

    def key(self, request: Request) -> str | None:
        """What happened, to whom and when: Calendly gives its events no name."""
        event = read_object(request.body)
        named = [
            words(event.get("event")),
            words(object_at(event, "payload").get("uri")),
            words(event.get("created_at")),
        ]
        if None in named:
            raise QuarantinedError("it does not say what happened, to whom and when")
        return " ".join(filter(None, named))

    def check(self, request: Request) -> None:
        """Nothing is told to Calendly."""

    def read(self, request: Request) -> Sequence[Booking | Fetch]:
        """The invitee's booking; a question to the API where the appointment itself is missing."""
        event = read_object(request.body)
        kind = words(event.get("event"))
        if kind is None:
            raise QuarantinedError("it has no event")
        if kind == "invitee.created":
            return read_created(event, request.setting)
        if kind == "invitee.canceled":
            return read_cancelled(event)
        return read_no_show(event) if kind in {"invitee_no_show.created", "invitee_no_show.deleted"} else ()

    def credentials(self, api_key: str) -> Mapping[str, str]:
        """A personal access token."""
        return {"authorization": f"Bearer {api_key}"}

    async def fetch(self, wanted: Fetch, client: Client) -> Sequence[Booking]:
        """An invitee and the appointment, as they stand now."""
        event_id, invitee_id = invitee_path(wanted.id)
        event = await client.get("scheduled_events", event_id)
        invitee = await client.get("scheduled_events", event_id, "invitees", invitee_id)
        if event is None or invitee is None:
            raise FetchFailedError("Calendly knows no such invitee", is_final=True)
        return read_record(object_at(event, "resource"), object_at(invitee, "resource"), client)


def _signature(request: Request) -> str:
    return request.headers.get("calendly-webhook-signature", "")


ADAPTER: Adapter = CalendlyAdapter()
