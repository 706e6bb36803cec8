"""Booking systems on this machine: small servers that answer their read APIs as the systems document it."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aiohttp import web
from aiohttp.test_utils import TestServer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping


@dataclass
class Asked:
    """One question that was asked."""

    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]


@dataclass
class BookingSystem:
    """What one system's API holds: a path → its JSON, or what makes it from the query. Anything else is not there."""

    url: str = ""
    records: dict[str, Any] = field(default_factory=dict)
    status: int = 200
    raw: bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0
    asked: list[Asked] = field(default_factory=list)
    is_asked: asyncio.Event = field(default_factory=asyncio.Event)

    async def answer(self, request: web.Request) -> web.Response:
        self.is_asked.set()
        self.asked.append(Asked(request.raw_path.partition("?")[0], dict(request.query), request.headers))
        await asyncio.sleep(self.delay)
        if self.status != 200 or self.raw is not None:
            return web.Response(status=self.status, body=self.raw or b"", headers=self.headers)
        found = self.records.get(request.path)
        if found is None:
            return web.json_response({"message": "not found"}, status=404)
        made: Callable[[Mapping[str, str]], Any] | Any = found
        said = made(dict(request.query)) if callable(made) else made
        return web.Response(body=json.dumps(said).encode(), content_type="application/json")

    def paths(self) -> list[str]:
        """What was asked for, in order."""
        return [asked.path for asked in self.asked]


@asynccontextmanager
async def open_booking_system(**records: Any) -> AsyncIterator[BookingSystem]:
    """A system on a port of its own."""
    system = BookingSystem(records=records)
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", system.answer)
    async with TestServer(app) as server:
        system.url = str(server.make_url("")).rstrip("/")
        yield system
