"""The doors as an app of their own, on a port of their own."""

from __future__ import annotations

import base64
import hmac
import json
import sqlite3
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlencode

from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from followup.bookings import QuarantinedError
from followup.bookings.find import find_adapters
from followup.domain.clinic import BookingSource
from followup.sms.twilio.hooks import make_hooks
from followup.store import open_store
from followup.web.hooks import add_hook_routes
from followup.web.keys import SERVICES
from followup.web.problems import problem_errors
from followup.web.rate import RateLimit

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence
    from pathlib import Path

    from followup.bookings import Adapter, Request
    from followup.domain.clinic import Clinic
    from followup.domain.inputs import Booking
    from followup.flows.services import Services
    from followup.sms import Hooks
    from followup.store import Store

BOOKING_SECRET = "whsec_Zm9sbG93dXAtc2FtcGxlcy1zZWNyZXQh"
AUTH_TOKEN = "12345"
PUBLIC_URL = "https://followup.example"
WALL = datetime(2026, 12, 1, 9, 46, 12, tzinfo=UTC)


@dataclass(frozen=True)
class OneClinic:
    """A catalogue with two booking systems: one native, one that is not told its mistakes."""

    id: str = "glow"
    zone: tzinfo = UTC

    def source(self, name: str) -> tuple[Clinic, BookingSource] | None:
        adapters = {"glow-native": "native", "glow-vendor": "vendor"}
        if name not in adapters:
            return None
        return cast("Clinic", self), BookingSource(name, adapters[name], (BOOKING_SECRET,))


class VendorAdapter:
    """Signed like native, read like a vendor's: it may fail in every way a vendor's payload makes it fail."""

    name = "vendor"
    is_native = False
    media_types = frozenset({"application/json"})
    kept_headers = ("x-vendor-version",)

    def __init__(self, native: Adapter) -> None:
        self._native = native
        self.is_signed = native.is_signed

    def key(self, request: Request) -> str | None:
        return None if request.body == b'"thin"' else json.loads(request.body)["id"]

    def check(self, request: Request) -> None:
        """Nothing is told to a vendor."""

    def read(self, request: Request) -> Sequence[Booking]:
        if json.loads(request.body).get("is_odd"):
            raise QuarantinedError("odd")
        return [cast("Booking", "a booking")] if "booking" in json.loads(request.body) else ()


@dataclass
class DoorServices:
    """What a door is handed."""

    adapters: Mapping[str, Adapter]
    hooks: Mapping[str, Hooks]
    store: Store = field(init=False)
    catalogue: OneClinic = field(default_factory=OneClinic)
    public_url: str = PUBLIC_URL
    at: datetime = WALL
    nudges: int = 0

    def wall(self) -> datetime:
        return self.at

    clock = wall

    def nudge(self) -> None:
        self.nudges += 1


@dataclass(frozen=True)
class Door:
    """The doors under test, and what is behind them."""

    client: TestClient[web.Request, web.Application]
    services: DoorServices
    file: Path

    def kept(self) -> list[dict[str, Any]]:
        """The inbox, in the order in which things came."""
        with closing(sqlite3.connect(self.file)) as database:
            database.row_factory = sqlite3.Row
            rows = [dict(row) for row in database.execute("SELECT * FROM inbox ORDER BY id")]
        return [{**row, "headers": json.loads(row["headers"])} for row in rows]

    def break_store(self) -> None:
        """Nothing can be kept from here on."""
        with closing(sqlite3.connect(self.file)) as database:
            database.execute("DROP TABLE inbox")

    async def book(
        self,
        body: bytes,
        headers: Mapping[str, str] | None = None,
        *,
        to: str = "glow-native",
        name: str = "msg_1",
        at: datetime = WALL,
    ) -> Answer:
        """A call as a booking system signs it; a header given as "" is left out."""
        said = {
            "content-type": "application/json",
            "webhook-id": name,
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": native_signature(name, at, body),
            **(headers or {}),
        }
        return await self.post(f"/hooks/bookings/{to}", body, {key: value for key, value in said.items() if value})

    async def text(
        self, path: str, form: Mapping[str, str], headers: Mapping[str, str] | None = None, *, url: str = PUBLIC_URL
    ) -> Answer:
        """A post as Twilio signs it."""
        said = {
            "content-type": "application/x-www-form-urlencoded",
            "x-twilio-signature": twilio_signature(url + path, form),
            **(headers or {}),
        }
        return await self.post(path, urlencode(form).encode(), said)

    async def post(self, path: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        async with self.client.post(path, data=body, headers=headers, skip_auto_headers=["content-type"]) as response:
            text = await response.text()
        return Answer(response.status, text, dict(response.headers))


@dataclass(frozen=True)
class Answer:
    """What the door said."""

    status: int
    text: str
    headers: dict[str, str]

    @property
    def json(self) -> dict[str, Any]:
        said: dict[str, Any] = json.loads(self.text)
        return said

    def problem(self) -> str:
        """The name of the problem it tells, well formed."""
        assert self.headers["Content-Type"].startswith("application/problem+json")
        assert self.json["status"] == self.status
        assert self.json["title"]
        return str(self.json["type"]).removeprefix("urn:followup:problem:")


def native_signature(name: str, at: datetime, body: bytes) -> str:
    key = base64.b64decode(BOOKING_SECRET.removeprefix("whsec_"))
    signed = f"{name}.{int(at.timestamp())}.".encode() + body
    return "v1," + base64.b64encode(hmac.digest(key, signed, "sha256")).decode()


def twilio_signature(url: str, form: Mapping[str, str]) -> str:
    signed = url + "".join(name + form[name] for name in sorted(form))
    return base64.b64encode(hmac.digest(AUTH_TOKEN.encode(), signed.encode(), "sha1")).decode()


@asynccontextmanager
async def open_doors(file: Path) -> AsyncIterator[Door]:
    """Every door, on a port of its own; what they keep is in this SQLite file."""
    native = find_adapters()["native"]
    services = DoorServices(
        adapters={"native": native, "vendor": cast("Adapter", VendorAdapter(native))},
        hooks={"twilio": make_hooks([AUTH_TOKEN])},
    )
    app = web.Application(middlewares=[problem_errors])
    app[SERVICES] = cast("Services", services)
    add_hook_routes(app, RateLimit(per_second=50, burst=250))
    services.store = await open_store(f"sqlite:///{file}", wall=services.wall)
    try:
        async with TestClient(TestServer(app)) as client:
            yield Door(client, services, file)
    finally:
        await services.store.close()
