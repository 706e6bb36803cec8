"""A clinic with one booking system and nothing else: its door on a port, its API on another, its clocks by hand."""

from __future__ import annotations

import base64
import hmac
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from followup.bookings.find import find_adapters
from followup.catalogue.catalogue import read_catalogue
from followup.domain.clinic import BookingSource
from followup.flows.drain_inbox import drain_inbox
from followup.flows.fetch_bookings import fetch_bookings
from followup.flows.services import Services
from followup.store import bookings, episodes, fetches, patients, strays
from followup.web.hooks import add_hook_routes
from followup.web.keys import SERVICES
from followup.web.problems import problem_errors
from kit.booking_lives import sample_request
from kit.booking_systems import BookingSystem, open_booking_system
from kit.hand_clock import HandClock
from kit.sources import TOP

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from followup.catalogue.catalogue import Catalogue
    from followup.domain.episode import Episode, Patient
    from followup.store import Store

SECRET, API_KEY = "story-secret", "user:story-key"
NATIVE_SECRET = "whsec_" + base64.b64encode(b"a secret of this story").decode()
START = datetime(2026, 11, 20, 11, 0, tzinfo=UTC)
SERVICES_OF_ALL = (
    *("1001", "1", "123", "MESOFACE30MIN", "meso-face", "https://api.calendly.com/event_types/MESOFACE"),
    *("MESO", "lip-filler-1ml"),
)


@cache
def shipped() -> Catalogue:
    return read_catalogue(TOP / "config", TOP / "templates", {"GLOW_BOOKING_SECRET": "whsec_" + "A" * 32})


@dataclass
class Desk:
    """A clinic with one booking system, its door on a port, and its clocks."""

    services: Services
    store: Store
    clock: HandClock
    wall: HandClock
    system: BookingSystem
    client: TestClient[web.Request, web.Application]
    adapter: str

    async def hear(self, body: bytes, headers: dict[str, str]) -> tuple[int, str]:
        async with self.client.post(
            f"/hooks/bookings/glow-{self.adapter}", data=body, headers=headers, skip_auto_headers=["content-type"]
        ) as answer:
            return answer.status, (await answer.json())["outcome"]

    async def hear_sample(self, name: str, body: Any = None) -> tuple[int, str]:
        """One of the adapter's samples, signed for this clinic."""
        request = sample_request(self.adapter, name, body)
        return await self.hear(request.body, {**request.headers, **self.proof(request.body)})

    def proof(self, body: bytes) -> dict[str, str]:
        digest = hmac.digest(SECRET.encode(), body, "sha256")
        url = f"{self.services.public_url}/hooks/bookings/glow-{self.adapter}".encode()
        sent_at = str(int(self.wall().timestamp()))
        return {
            "calcom": {"x-cal-signature-256": digest.hex()},
            "acuity": {"x-acuity-signature": base64.b64encode(digest).decode()},
            "square": {
                "x-square-hmacsha256-signature": base64.b64encode(
                    hmac.digest(SECRET.encode(), url + body, "sha256")
                ).decode()
            },
            "calendly": {
                "calendly-webhook-signature": f"t={sent_at},v1="
                + hmac.digest(SECRET.encode(), f"{sent_at}.".encode() + body, "sha256").hex()
            },
            "easyappointments": {"x-ea-token": SECRET},
            "fhir": {"authorization": f"Bearer {SECRET}"},
            "mapped": {"x-webhook-secret": SECRET},
            "native": self._native(body),
        }[self.adapter]

    def _native(self, body: bytes) -> dict[str, str]:
        name, at = f"evt-{hmac.digest(b'name', body, 'sha256').hex()[:20]}", str(int(self.wall().timestamp()))
        key = base64.b64decode(NATIVE_SECRET.removeprefix("whsec_"))
        made = base64.b64encode(hmac.digest(key, f"{name}.{at}.".encode() + body, "sha256")).decode()
        return {"webhook-id": name, "webhook-timestamp": at, "webhook-signature": f"v1,{made}"}

    async def work(self) -> None:
        """What the worker does until nothing is left that may be done now."""
        while await drain_inbox(self.services) + await fetch_bookings(self.services):
            pass

    def later(self, length: timedelta) -> None:
        self.clock.now += length
        self.wall.now += length

    async def episodes(self, booking: str) -> list[Episode]:
        async with self.store.transaction() as tx:
            source = f"glow-{self.adapter}"
            people = await bookings.patients_of(tx, "glow", source, booking)
            found = [await episodes.of_booking(tx, "glow", source, booking, each) for each in people]
        return [episode for episode in found if episode]

    async def patient(self, patient_id: str) -> Patient:
        async with self.store.reading() as tx:
            found = await patients.load(tx, "glow", f"glow-{self.adapter}", patient_id)
        assert found is not None
        return found

    async def strays(self) -> list[str]:
        async with self.store.reading() as tx:
            return [stray.why for stray in (await strays.page(tx, None, None, 100))[0]]

    async def waiting(self) -> int:
        async with self.store.reading() as tx:
            return await fetches.waiting(tx)

    async def facts(self, booking: str) -> int:
        async with self.store.reading() as tx:
            source = f"glow-{self.adapter}"
            people = await bookings.patients_of(tx, "glow", source, booking)
            return sum([len(await bookings.facts(tx, "glow", source, booking, each)) for each in people])


@asynccontextmanager
async def open_desk(adapter: str, store: Store, wall: HandClock, *, api_key: str = API_KEY) -> AsyncIterator[Desk]:
    clock = HandClock(START)
    async with open_booking_system() as system:
        source = BookingSource(
            f"glow-{adapter}",
            adapter,
            (NATIVE_SECRET if adapter == "native" else SECRET,),
            api_url=f"{system.url}/base",
            api_key=api_key,
            consent_field="",
            mapping=sample_request("mapped", "booked").setting.mapping if adapter == "mapped" else None,
        )
        glow = replace(
            shipped().clinics["glow"], sources=(source,), services=dict.fromkeys(SERVICES_OF_ALL, "mesotherapy")
        )
        services = Services(
            store=store,
            catalogue=replace(shipped(), clinics={"glow": glow}),
            adapters=find_adapters(),
            hooks={},
            gateways={},
            clock=clock,
            wall=wall,
            public_url="https://followup.example",
            secret_key="",
            nudge=lambda: None,
        )
        app = web.Application(middlewares=[problem_errors])
        app[SERVICES] = services
        add_hook_routes(app)
        async with TestClient(TestServer(app)) as client:
            yield Desk(services, store, clock, wall, system, client, adapter)
