"""The door for patients' texts, each on the disk before it is answered, beside a bare aiohttp handler in the same run.

.venv/bin/python benchmarks/reply_door.py [how many, 10000] [postgresql://… for a second row]
"""

from __future__ import annotations

import asyncio
import base64
import hmac
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import structlog
from aiohttp import web

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

TOKEN = "benchmark"  # noqa: S105 - opens nothing
URL = "http://followup.example"
PATH = "/hooks/sms/simulator/reply"
CONNECTIONS = (1, 32, 128)
ROUNDS = 3
WARM_UP = 500


@dataclass(frozen=True)
class Figures:
    """Requests per second, and how long the slowest of a hundred took."""

    per_second: float
    p50: float
    p99: float


def requests(many: int, name: str) -> list[bytes]:
    """Signed posts as Twilio sends them, each of another text."""
    return [_request(f"SM{name}{number:028x}"[:34]) for number in range(many)]


def _request(sid: str) -> bytes:
    form = {
        "ToCountry": "GB",
        "ToState": "",
        "SmsMessageSid": sid,
        "NumMedia": "0",
        "ToCity": "",
        "FromZip": "",
        "SmsSid": sid,
        "FromState": "",
        "SmsStatus": "received",
        "FromCity": "",
        "Body": "1 0, a bit red still but the swelling has gone, thank you",
        "FromCountry": "GB",
        "To": "+447400123456",
        "ToZip": "",
        "NumSegments": "1",
        "MessageSid": sid,
        "AccountSid": "AC" + "5" * 32,
        "From": "+447700900123",
        "ApiVersion": "2010-04-01",
    }
    signed = URL + PATH + "".join(name + form[name] for name in sorted(form))
    signature = base64.b64encode(hmac.digest(TOKEN.encode(), signed.encode(), "sha1")).decode()
    body = urlencode(form).encode()
    head = (
        f"POST {PATH} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        f"X-Twilio-Signature: {signature}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def serve(kind: str, database: str, ready: Connection) -> None:
    """One server, in a process of its own."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(30))
    asyncio.run(_serve(kind, database, ready))


async def _serve(kind: str, database: str, ready: Connection) -> None:
    app = await _durable(database) if kind == "durable" else _bare()
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    ready.send(runner.addresses[0][1])
    await asyncio.sleep(3600)


def _bare() -> web.Application:
    async def answer(request: web.Request) -> web.Response:
        await request.read()
        return web.Response(status=204)

    app = web.Application()
    app.router.add_post(PATH, answer)
    return app


async def _durable(database: str) -> web.Application:
    """Our door alone, with its real hooks and its real store; nothing reads what is kept."""
    from due_work import NoGateway, sample_catalogue

    from followup.cli.running import settle_memory
    from followup.flows.services import Services
    from followup.sms.twilio.hooks import make_hooks
    from followup.store import migrate, open_store
    from followup.web.hooks import add_hook_routes
    from followup.web.keys import SERVICES
    from followup.web.problems import problem_errors

    await migrate(database)
    store = await open_store(database, wall=lambda: datetime.now(UTC))
    app = web.Application(middlewares=[problem_errors])
    app[SERVICES] = Services(
        store=store,
        catalogue=sample_catalogue(),
        adapters={},
        hooks={"simulator": make_hooks([TOKEN])},
        gateways={"simulator": NoGateway()},
        clock=lambda: datetime.now(UTC),
        wall=lambda: datetime.now(UTC),
        public_url=URL,
        secret_key="none",  # noqa: S106 - opens nothing
        nudge=lambda: None,
    )
    add_hook_routes(app)
    settle_memory()  # as `serve` does: the words of two languages are not looked through again and again
    return app


async def drive(port: int, posts: list[bytes], connections: int) -> Figures:
    """Posts everything over so many connections, each waiting for its answer."""
    left = iter(posts)
    took: list[float] = []

    async def one_connection() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for post in left:
            began = time.perf_counter()
            writer.write(post)
            head = await reader.readuntil(b"\r\n\r\n")
            took.append(time.perf_counter() - began)
            if not head.startswith(b"HTTP/1.1 204"):
                raise AssertionError(head.decode())
        writer.close()

    began = time.perf_counter()
    await asyncio.gather(*(one_connection() for _ in range(connections)))
    seconds = time.perf_counter() - began
    took.sort()
    return Figures(len(posts) / seconds, took[len(took) // 2] * 1000, took[int(len(took) * 0.99)] * 1000)


def measured(kind: str, database: str, many: int, connections: int, name: str) -> Figures:
    """One server, started, driven and stopped."""
    context = get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=serve, args=(kind, database, theirs), daemon=True)
    process.start()
    try:
        port = ours.recv()
        # The first texts of a process find statements unprepared and connections unmade; a service has that behind it.
        asyncio.run(drive(port, requests(WARM_UP, f"f{name}"), connections))
        return asyncio.run(drive(port, requests(many, name), connections))
    finally:
        process.terminate()
        process.join()


def main(many: int, postgres: str) -> None:
    print(f"{many:,} signed texts; per second, milliseconds; ratio to bare aiohttp, the median of {ROUNDS} rounds")
    with tempfile.TemporaryDirectory() as named:
        databases = {"SQLite, WAL, FULL": f"sqlite:///{Path(named) / 'door.db'}"}
        if postgres:
            databases["PostgreSQL"] = postgres
        for connections in CONNECTIONS:
            some = many if connections > 1 else many // 10
            ratios: dict[str, list[float]] = {label: [] for label in databases}
            for round_ in range(ROUNDS):
                bare = measured("bare", "", some, connections, "b")
                print(f"{connections:4} connections  {'bare aiohttp':20}{bare.per_second:8,.0f}/s  p99 {bare.p99:6.1f}")
                for label, url in databases.items():
                    kept = measured("durable", url, some, connections, f"{connections:x}{round_}{len(label):x}")
                    ratios[label].append(kept.per_second / bare.per_second)
                    print(f"{connections:4} connections  {label:20}{kept.per_second:8,.0f}/s  p99 {kept.p99:6.1f}")
            for label, values in ratios.items():
                spread = f"{min(values):.2f} to {max(values):.2f}"
                print(f"{connections:4} connections  {label:20} ratio {statistics.median(values):.2f} ({spread})")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000, sys.argv[2] if len(sys.argv) > 2 else "")
