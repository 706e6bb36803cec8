"""Reads Easy!Appointments' webhooks, and asks its API for customers and for what was missed."""

from __future__ import annotations

import base64
from datetime import timedelta
from typing import TYPE_CHECKING

from followup.bookings import Fetch, QuarantinedError
from followup.bookings.easyappointments.records import read_appointment, read_customer, vanished
from followup.bookings.signing import is_one_of, raw
from followup.bookings.tolerant import Object, body_name, ident, objects_at, read_object

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from followup.bookings import Adapter, Client, Request
    from followup.domain.inputs import Booking

HEADER = "x-ea-token"
LOOK_BACK = timedelta(days=3)
LOOK_AHEAD = timedelta(days=60)
PAGE = 200
MOST_PAGES = 20


class EasyAppointmentsAdapter:
    """Rows of its database: local times without offset, no name for an event, each sent once and never again."""

    name = "easyappointments"
    api_url = ""

    def is_signed(self, request: Request, secrets: Sequence[str], now: datetime) -> bool:  # noqa: ARG002 - it has no time
        """Whether the header holds one of the secrets; it signs nothing."""
        return is_one_of(request.headers.get(request.setting.header or HEADER, ""), secrets)

    def key(self, request: Request) -> str | None:
        """Its bytes, which hold the time of the change."""
        return body_name(request.body)

    def check(self, request: Request) -> None:
        """Nothing is told to Easy!Appointments."""

    def read(self, request: Request) -> Sequence[Booking | Fetch]:
        """The appointment or the customer; and a question to the API, whose answer has an order we can trust."""
        event = read_object(request.body)
        action, row = event.get("action"), event.get("payload")
        if not isinstance(action, str) or not isinstance(row, dict):
            raise QuarantinedError("it has no action and payload")
        if action.startswith("customer_"):
            fact = read_customer(row, request.setting, is_deleted=action == "customer_delete")
            return [fact] if fact.patient.is_deleted else [fact, Fetch("customer", fact.patient.id, is_vital=False)]
        if not action.startswith("appointment_") or row.get("is_unavailability") is True:
            return ()
        fact = read_appointment(row, request.setting, is_deleted=action == "appointment_delete")
        return [fact, Fetch("appointment", fact.id, is_vital=False)]

    def credentials(self, api_key: str) -> Mapping[str, str]:
        """The API token of its settings, or an administrator's "name:password"."""
        if ":" in api_key:
            return {"authorization": "Basic " + base64.b64encode(raw(api_key)).decode()}
        return {"authorization": f"Bearer {api_key}"}

    async def fetch(self, wanted: Fetch, client: Client) -> Sequence[Booking]:
        """A customer, or an appointment and its customer, now; an appointment that is gone was cancelled."""
        if wanted.kind == "customer":
            return await _customers([wanted.id], client)
        record = await client.get("api", "v1", "appointments", wanted.id)
        if not isinstance(record, dict):
            return [vanished(wanted.id, client)]
        return [*await _customers([_customer(record)], client), *_appointments([record], client)]

    async def missed(self, client: Client, since: datetime) -> Sequence[Booking]:
        """Every appointment near now, and its customer: the API does not say when one was changed."""
        records: list[Object] = []
        span = {"from": f"{since - LOOK_BACK:%Y-%m-%d}", "till": f"{since + LOOK_AHEAD:%Y-%m-%d}"}
        for page in range(1, MOST_PAGES + 1):
            query = {**span, "length": str(PAGE), "page": str(page)}
            found = objects_at({"list": await client.get("api", "v1", "appointments", query=query)}, "list")
            records.extend(found)
            if len(found) < PAGE:
                break
        customers = list(dict.fromkeys(map(_customer, records)))
        return [*await _customers(customers, client), *_appointments(records, client)]


async def _customers(ids: Sequence[str], client: Client) -> list[Booking]:
    found = [await client.get("api", "v1", "customers", each) for each in ids if each]
    return [read_customer(row, client.setting, asked_at=client.asked_at) for row in found if isinstance(row, dict)]


def _appointments(records: Sequence[Object], client: Client) -> list[Booking]:
    rows = [record for record in records if _customer(record)]
    return [read_appointment(row, client.setting, asked_at=client.asked_at) for row in rows]


def _customer(record: Object) -> str:
    return ident(record.get("customerId")) or ""


ADAPTER: Adapter = EasyAppointmentsAdapter()
