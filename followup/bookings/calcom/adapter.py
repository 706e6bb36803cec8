"""Reads Cal.com's webhooks, and asks its API v2 for what they lack."""

from __future__ import annotations

from typing import TYPE_CHECKING

from followup.bookings import Fetch, FetchFailedError, QuarantinedError
from followup.bookings.calcom.events import DETAILS_ONLY, STATUSES, read_booking, read_ended, read_no_show
from followup.bookings.calcom.records import read_record
from followup.bookings.signing import hex_macs, is_one_of
from followup.bookings.tolerant import body_name, object_at, objects_at, read_object, within

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from followup.bookings import Adapter, Client, Request
    from followup.domain.inputs import Booking

PAGE = 100
MOST_PAGES = 20


class CalcomAdapter:
    """A new uid on rescheduling; a signature without a time; events are sent once and never again."""

    name = "calcom"
    api_url = "https://api.cal.com"
    kept_headers = ("x-cal-webhook-version",)

    def is_signed(self, request: Request, secrets: Sequence[str], now: datetime) -> bool:  # noqa: ARG002 - it has no time
        """Whether one of the secrets made the HMAC of these bytes; "no-secret-provided" is none."""
        given = request.headers.get("x-cal-signature-256", "").lower()
        return is_one_of(given, hex_macs(secrets, request.body))

    def key(self, request: Request) -> str | None:
        """Its bytes: Cal.com names no event, and MEETING_ENDED's own key is its booking's."""
        return body_name(request.body)

    def check(self, request: Request) -> None:
        """Nothing is told to Cal.com."""

    def read(self, request: Request) -> Sequence[Booking | Fetch]:
        """One fact for each patient; and a question to the API where the phone is missing."""
        event = read_object(request.body)
        trigger = event.get("triggerEvent")
        if not isinstance(trigger, str):
            raise QuarantinedError("it has no triggerEvent: a custom payload template is not read")
        if trigger in STATUSES or trigger in DETAILS_ONLY:
            return _completed(read_booking(event, request.setting))
        if trigger == "MEETING_ENDED":
            return _completed(read_ended(event, request.setting))
        return read_no_show(event) if trigger == "BOOKING_NO_SHOW_UPDATED" else ()

    def credentials(self, api_key: str) -> Mapping[str, str]:
        """An API key of the account, and the version whose answers we read."""
        return {"authorization": f"Bearer {api_key}", "cal-api-version": "2024-08-13"}

    async def fetch(self, wanted: Fetch, client: Client) -> Sequence[Booking]:
        """The booking as it stands now."""
        answer = await client.get("v2", "bookings", wanted.id)
        if answer is None:
            raise FetchFailedError("Cal.com knows no such booking", is_final=True)
        found = within(answer, "data")
        records = objects_at(answer, "data") if isinstance(found, list) else [object_at(answer, "data")]
        return [fact for record in records for fact in read_record(record, client)]

    async def missed(self, client: Client, since: datetime) -> Sequence[Booking]:
        """Every booking changed since then, with those that were cancelled."""
        facts: list[Booking] = []
        for page in range(MOST_PAGES):
            query = {"afterUpdatedAt": since.isoformat(), "take": str(PAGE), "skip": str(page * PAGE)}
            records = objects_at(await client.get("v2", "bookings", query=query), "data")
            facts.extend(fact for record in records for fact in read_record(record, client))
            if len(records) < PAGE:
                break
        return facts


def _completed(facts: Sequence[Booking]) -> Sequence[Booking | Fetch]:
    """The facts, and a question to the API where they tell of a patient without a phone."""
    lacking = any(fact.patient.given and not fact.patient.phone for fact in facts)
    return [*facts, Fetch("booking", next(fact.id for fact in facts if fact.id), is_vital=False)] if lacking else facts


ADAPTER: Adapter = CalcomAdapter()
