"""Reads Acuity's webhooks, which only say that there is news, and asks its API what the news is."""

from __future__ import annotations

import base64
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from followup.bookings import Fetch, QuarantinedError
from followup.bookings.acuity.records import read_appointment, vanished
from followup.bookings.signing import base64_macs, is_one_of, raw
from followup.bookings.tolerant import body_name, needed, objects_at

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from followup.bookings import Adapter, Client, Request
    from followup.domain.inputs import Booking

ACTIONS = frozenset({"scheduled", "rescheduled", "canceled", "changed"})
LOOK_BACK = timedelta(days=3)
WEEK = timedelta(days=7)
WEEKS = 5
MOST = 500


class AcuityAdapter:
    """Thin, form-encoded events: two moves of one appointment are the same bytes, so none is known by its bytes."""

    name = "acuity"
    api_url = "https://acuityscheduling.com"
    media_types = frozenset({"application/x-www-form-urlencoded"})

    def is_signed(self, request: Request, secrets: Sequence[str], now: datetime) -> bool:  # noqa: ARG002 - it has no time
        """Whether one of the API keys made the HMAC of these bytes."""
        return is_one_of(request.headers.get("x-acuity-signature", ""), base64_macs(secrets, request.body))

    def key(self, request: Request) -> str | None:
        """None for an appointment: it means "fetch". What does not concern us is known by its bytes."""
        return None if _action(_form(request.body)) in ACTIONS else body_name(request.body)

    def check(self, request: Request) -> None:
        """Nothing is told to Acuity."""

    def read(self, request: Request) -> Sequence[Booking | Fetch]:
        """Which appointment to ask for."""
        form = _form(request.body)
        if "action" not in form:
            raise QuarantinedError("it names no action")
        if _action(form) not in ACTIONS:
            return ()
        return [Fetch("appointment", needed(form.get("id"), "appointment id"))]

    def credentials(self, api_key: str) -> Mapping[str, str]:
        """The account's user id and API key, written "id:key"."""
        return {"authorization": "Basic " + base64.b64encode(raw(api_key)).decode()}

    async def fetch(self, wanted: Fetch, client: Client) -> Sequence[Booking]:
        """The appointment as it stands now; one that is gone was cancelled."""
        record = await client.get("api", "v1", "appointments", wanted.id)
        return [read_appointment(record, client) if record else vanished(wanted.id, client)]

    async def missed(self, client: Client, since: datetime) -> Sequence[Booking]:
        """Every appointment near now, cancelled ones too: Acuity does not say when one was changed."""
        facts: list[Booking] = []
        for week in range(WEEKS):
            first = since - LOOK_BACK + week * WEEK
            query = {"showall": "true", "max": str(MOST), "minDate": _day(first), "maxDate": _day(first + WEEK)}
            records = objects_at({"list": await client.get("api", "v1", "appointments", query=query)}, "list")
            facts.extend(read_appointment(record, client) for record in records)
        return list(dict.fromkeys(facts))


def _form(body: bytes) -> Mapping[str, str]:
    try:
        return dict(parse_qsl(body.decode("ascii"), max_num_fields=50))
    except ValueError:
        raise QuarantinedError("the body is no form") from None


def _action(form: Mapping[str, str]) -> str:
    return form.get("action", "").removeprefix("appointment.")


def _day(at: datetime) -> str:
    return at.strftime("%Y-%m-%d")


ADAPTER: Adapter = AcuityAdapter()
