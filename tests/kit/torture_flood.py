"""Signed replies by the thousand against a real web process, over many connections at once."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import aiohttp
from sqlalchemy import select

from followup.sms.simulator.account import Direction, Text
from followup.sms.simulator.simulator import make_simulator
from followup.sms.simulator.webhooks import reply_form, sign
from followup.store import migrate, open_store
from followup.store.tables import inbox
from kit.story import _environment
from kit.torture_nursery import SECONDS, WEB, Nursery, a_port, open_nursery
from kit.torture_nursery import unlimited_config as config_in
from kit.torture_treated import SECRET, phone_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from pathlib import Path

CONNECTIONS = 200
TWICE = 0.1
"""Share of the replies that the carrier posts a second time."""
NUMBER = "+447400123456"
HOURS_AGO = datetime(2026, 11, 23, 10, tzinfo=UTC)


@dataclass(frozen=True)
class Call:
    """One reply as the carrier posts it, signed."""

    sid: str
    body: bytes
    headers: dict[str, str]


@dataclass
class Flood:
    """What was posted and how it was answered. acknowledged: sids with a 2xx; seconds: each answer's time."""

    answers: Counter[str] = field(default_factory=Counter)
    acknowledged: set[str] = field(default_factory=set)
    seconds: list[float] = field(default_factory=list)
    took: float = 0.0

    def within(self, share: float) -> float:
        """How long so large a share of the answers took at most, in milliseconds."""
        return sorted(self.seconds)[min(int(len(self.seconds) * share), len(self.seconds) - 1)] * 1000


def make_calls(number: int, url: str, token: str, sid: str, seed: int) -> list[Call]:
    """So many replies, a tenth of them twice, shuffled."""
    randomly = Random(seed)  # noqa: S311 - repeatable on purpose
    calls = []
    for each in range(number):
        phone = phone_of(each)
        text = Text(f"SM{each:032x}", each, NUMBER, phone, "1 0", Direction.INBOUND, "received", HOURS_AGO)
        form = reply_form(text, sid, url)
        headers = {"X-Twilio-Signature": sign(token, url, list(form.items()))}
        headers["Content-Type"] = "application/x-www-form-urlencoded"
        calls.append(Call(text.sid, urlencode(form).encode(), headers))
    calls += randomly.sample(calls, int(number * TWICE))
    randomly.shuffle(calls)
    return calls


@dataclass
class Door:
    """A web process with its database, and the carrier's side of the reply door."""

    nursery: Nursery
    database_url: str
    url: str
    token: str
    account: str

    async def open(self) -> int:
        """A new web process that answers."""
        pid = await self.nursery.begin(WEB)
        await self.nursery.answers()
        return pid

    async def post(self, calls: Sequence[Call], flood: Flood, until: asyncio.Event | None = None) -> None:
        """Posts all of them over many connections; one that is cut counts as "none"."""
        queue = list(reversed(calls))
        connector = aiohttp.TCPConnector(limit=CONNECTIONS)
        timeout = aiohttp.ClientTimeout(total=60)
        began = time.perf_counter()
        async with aiohttp.ClientSession(connector=connector, timeout=timeout) as session:

            async def caller() -> None:
                while queue and not (until and until.is_set()):
                    await self._post_one(session, queue.pop(), flood)

            await asyncio.gather(*(caller() for _ in range(CONNECTIONS)))
        flood.took += time.perf_counter() - began

    async def _post_one(self, session: aiohttp.ClientSession, call: Call, flood: Flood) -> None:
        began = time.perf_counter()
        try:
            async with session.post(self.url, data=call.body, headers=call.headers) as answer:
                await answer.read()
        except (aiohttp.ClientError, TimeoutError, OSError):
            flood.answers["none"] += 1
            return
        flood.seconds.append(time.perf_counter() - began)
        flood.answers[f"{answer.status // 100}xx"] += 1
        if answer.ok:
            flood.acknowledged.add(call.sid)

    async def kept(self) -> Counter[str]:
        """How many rows each reply has, by its sid."""
        store = await open_store(self.database_url, wall=lambda: datetime.now(UTC))
        try:
            async with store.reading() as tx:
                return Counter(key for (key,) in await tx.rows(select(inbox.c.key)))
        finally:
            await store.close()


@asynccontextmanager
async def open_door(directory: Path, database_url: str) -> AsyncIterator[Door]:
    """The door of a clinic whose web process nobody has started yet."""
    async with AsyncExitStack() as stack:
        port = a_port()
        origin = f"http://127.0.0.1:{port}"
        simulator = make_simulator(lambda: datetime.now(UTC))
        simulator.api_url = "http://127.0.0.1:9"
        environment = _environment(simulator, origin, config_in(directory), database_url)
        environment |= {"GLOW_BOOKING_SECRET": SECRET, "PORT": str(port)}
        await migrate(database_url)
        nursery = await stack.enter_async_context(open_nursery(environment, directory / "lives.log", SECONDS))
        url = f"{origin}/hooks/sms/simulator/reply"
        yield Door(nursery, database_url, url, simulator.auth_token, simulator.account_sid)


async def flood_it(door: Door, number: int, *, seed: int = 1) -> Flood:
    """All of them against one process."""
    pid, flood = await door.open(), Flood()
    await door.post(make_calls(number, door.url, door.token, door.account, seed), flood)
    await door.nursery.end(pid)
    return flood


async def flood_and_kill(door: Door, number: int, *, seed: int = 1) -> Flood:
    """The process is killed when half of them are answered; the other half meets the next one."""
    pid, flood = await door.open(), Flood()
    calls = make_calls(number, door.url, door.token, door.account, seed)
    posting = asyncio.create_task(door.post(calls, flood))
    while len(flood.acknowledged) < number // 2:  # noqa: ASYNC110 - counted by two hundred callers
        await asyncio.sleep(0.001)
    await door.nursery.end(pid)
    await posting
    await door.open()
    rest = [call for call in calls if call.sid not in flood.acknowledged][: number // 4]
    await door.post(rest, flood)
    return flood
