"""A whole followup on a port of its own: in by HTTP, out by what patients and staff see, time by hand.

The store is a real one, the carrier a real local server that the real gateway speaks with.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import socket
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from itertools import count
from typing import TYPE_CHECKING, Any

import aiohttp
from aiohttp import web
from sqlalchemy import func, select
from standardwebhooks.webhooks import Webhook

from followup.app import open_services
from followup.catalogue.catalogue import read_catalogue
from followup.demo.bookings import make_secret
from followup.domain.message import MessageState
from followup.flows.drain_inbox import drain_inbox
from followup.flows.reconcile import look_for_unknown, reconcile
from followup.flows.send_messages import send_messages
from followup.flows.wake_episodes import wake_episodes
from followup.settings import read_settings
from followup.sms.simulator.simulator import make_simulator
from followup.store import episodes, migrate, strays, worklist
from followup.store.tables import episodes as episode_rows
from followup.store.tables import messages as message_rows
from followup.web import make_app
from kit.hand_clock import MONDAY, HandClock
from kit.native_events import PHONE, native_event
from kit.sources import TOP

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from pathlib import Path

    from followup.catalogue.catalogue import Catalogue
    from followup.domain.episode import Episode
    from followup.domain.flag import Flag
    from followup.flows.reconcile import Reconciled
    from followup.flows.services import Services
    from followup.sms.simulator.simulator import Simulator
    from followup.store.strays import Stray

SOURCE = "glow-native"
SECRET = make_secret()
MOST_ROUNDS = 50
TICK = timedelta(seconds=1)


@dataclass
class Story:
    """One clinic's service. `clock` is care time, `wall` machine time; `hours` moves both."""

    services: Services
    simulator: Simulator
    clock: HandClock
    wall: HandClock
    origin: str
    secret: str
    web: aiohttp.ClientSession
    _names: count[int] = field(default_factory=count)

    async def book(self, kind: str = "booking.completed", booking: str = "B-1", **told: Any) -> int:
        """A call of the booking system, signed; then whatever follows from it. The answer's status."""
        told.setdefault("at", self.clock())
        if kind in {"booking.completed", "booking.booked", "booking.rescheduled"}:
            told.setdefault("ends", self.clock())
        answer = await self.post(native_event(kind, booking, **told))
        await self.settle()
        return answer

    async def post(self, event: dict[str, Any], name: str = "", source: str = SOURCE) -> int:
        """One signed call, and nothing else; `name` is its webhook-id."""
        body, name, now = json.dumps(event), name or f"evt-{next(self._names)}", self.wall()
        headers = {
            "Content-Type": "application/json",
            "webhook-id": name,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": Webhook(self.secret).sign(name, now, body),
        }
        url = f"{self.origin}/hooks/bookings/{source}"
        async with self.web.post(url, data=body.encode(), headers=headers) as answer:
            return answer.status

    async def reply(self, text: str, phone: str = PHONE, **how: Any) -> None:
        """The patient types; then whatever follows from it."""
        await self.simulator.type_reply(phone, text, **how)
        await self.settle()

    async def hours(self, hours: float) -> None:
        """Time passes: everything happens when it is due, in its order."""
        await self.until(self.clock() + timedelta(hours=hours))

    async def minutes(self, minutes: float) -> None:
        """The same for a short while."""
        await self.hours(minutes / 60)

    async def until(self, end: datetime) -> None:
        """Time passes until then."""
        while self.clock() < end:
            self._move(min(await self._next_instant() or end, end))
            await self.settle()

    def _move(self, to: datetime) -> None:
        step = max(to - self.clock(), TICK)
        self.clock.now += step
        self.wall.now += step

    async def settle(self) -> None:
        """The worker beats until nothing is left to do."""
        for _ in range(MOST_ROUNDS):
            await self.simulator.settle()
            await look_for_unknown(self.services)
            done = await drain_inbox(self.services) + await wake_episodes(self.services)
            done += await send_messages(self.services)
            await self.simulator.settle()
            if not done:
                return
        raise AssertionError("the worker never comes to rest")

    async def reconcile(self) -> Reconciled:
        """What the worker does every five minutes, and then whatever follows from it."""
        found = await reconcile(self.services)
        await self.settle()
        return found

    async def _next_instant(self) -> datetime | None:
        """When the next thing falls due, of care or of machine time."""
        async with self.services.store.reading() as tx:
            wake = await tx.value(select(func.min(episode_rows.c.wake_at)).where(episode_rows.c.wake_at > self.clock()))
            queued = message_rows.c.state == MessageState.QUEUED
            later = message_rows.c.not_before > self.clock()
            leave = await tx.value(select(func.min(message_rows.c.not_before)).where(queued, later))
            ends = message_rows.c.hands_off_until
            over = await tx.value(select(func.min(ends)).where(ends > self.wall()))
        again = over + (self.clock() - self.wall()) if over else None
        return min([at for at in (wake, leave, again) if at is not None], default=None)

    def texts(self, phone: str = PHONE) -> list[str]:
        """What the patient got from us, oldest first."""
        return [text.body for text in self.simulator.texts_to(phone)]

    async def flags(self, *, state: str = "active") -> list[str]:
        """The flags on the worklist as people would name them, the most urgent first."""
        return [_label(flag) for flag in await self.flag_values(state=state)]

    async def flag_values(self, *, state: str = "active") -> list[Flag]:
        """The flags themselves."""
        async with self.services.store.reading() as tx:
            rows, _ = await worklist.flags(tx, worklist.Filter(clinics=None, state=state), cursor=None, limit=100)
        return [row.flag for row in rows]

    async def strays(self) -> Sequence[Stray]:
        """What belongs to no episode and waits for staff."""
        async with self.services.store.reading() as tx:
            found, _ = await strays.page(tx, None, None, 100)
        return found

    async def episode(self, phone: str = PHONE, clinic: str = "glow") -> Episode:
        """The newest episode of this phone."""
        return (await self.episodes(phone, clinic))[0]

    async def episodes(self, phone: str = PHONE, clinic: str = "glow") -> list[Episode]:
        """Every episode of this phone."""
        async with self.services.store.transaction() as tx:
            return await episodes.of_phone(tx, clinic, phone)

    async def steps(self, phone: str = PHONE) -> dict[str, str]:
        """Where each check-in of the newest episode stands."""
        return {one.step: one.state.value for one in (await self.episode(phone)).check_ins}


def _label(flag: Flag) -> str:
    return f"{flag.reason}: {flag.subject}" if flag.subject else flag.reason.value


@asynccontextmanager
async def open_story(
    directory: Path, *, url: str = "", start: datetime = MONDAY, config: Path = TOP / "config"
) -> AsyncIterator[Story]:
    """A story that begins at `start`, with the sample configuration, on SQLite unless a URL is given."""
    clock, wall = HandClock(start), HandClock(start)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        origin = f"http://127.0.0.1:{listener.getsockname()[1]}"
        simulator = make_simulator(clock, reply_url=f"{origin}/hooks/sms/simulator/reply")
        await simulator.start()
        environment = _environment(simulator, origin, config, url or f"sqlite:///{directory / 'story.db'}")
        settings = read_settings(environment)
        await migrate(settings.database_url)
        async with AsyncExitStack() as stack:
            stack.push_async_callback(simulator.stop)
            catalogue = _catalogue(config)
            opened = open_services(settings, environment, clock=clock, wall=wall, catalogue=catalogue)
            services = await stack.enter_async_context(opened)
            runner = web.AppRunner(make_app(services, TOP / "templates"), access_log=None, shutdown_timeout=0.5)
            await runner.setup()
            stack.push_async_callback(runner.cleanup)
            await web.SockSite(runner, listener).start()
            session = await stack.enter_async_context(aiohttp.ClientSession())
            yield Story(services, simulator, clock, wall, origin, environment["GLOW_BOOKING_SECRET"], session)
    await asyncio.sleep(0)


@cache
def _catalogue(config: Path) -> Catalogue:
    """Read once in a run: it is the same for every story."""
    return read_catalogue(config, TOP / "templates", {"GLOW_BOOKING_SECRET": SECRET})


def _environment(simulator: Simulator, origin: str, config: Path, url: str) -> dict[str, str]:
    return {
        "DATABASE_URL": url,
        "FOLLOWUP_PUBLIC_URL": origin,
        "FOLLOWUP_CONFIG": str(config),
        "FOLLOWUP_TEMPLATES": str(TOP / "templates"),
        "FOLLOWUP_SECRET_KEY": secrets.token_urlsafe(48),
        "TWILIO_ACCOUNT_SID": simulator.account_sid,
        "TWILIO_AUTH_TOKEN": simulator.auth_token,
        "TWILIO_API_URL": simulator.api_url,
        "GLOW_BOOKING_SECRET": SECRET,
    }
