"""Another system of the clinic that is told of outcomes: a real local server that checks what it is sent."""

from __future__ import annotations

import asyncio
import json
import shutil
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aiohttp import web
from aiohttp.test_utils import TestServer

from kit.sources import TOP

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


@dataclass
class Call:
    """One call: what it said, and its headers and bytes for whoever checks the signature."""

    said: dict[str, Any]
    headers: dict[str, str]
    body: str


@dataclass
class Listener:
    """`status`: what it answers; `delay`: seconds before it does."""

    calls: list[Call] = field(default_factory=list)
    status: int = 204
    delay: float = 0.0
    port: int = 0

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}/outcomes?key=hidden"

    @property
    def kinds(self) -> list[str]:
        """What it was told, in order."""
        return [call.said["type"] for call in self.calls]

    async def answer(self, request: web.Request) -> web.Response:
        """One call."""
        body = await request.text()
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.calls.append(Call(json.loads(body), headers, body))
        await asyncio.sleep(self.delay)
        moved = {"location": "/elsewhere"} if self.status // 100 == 3 else {}
        return web.Response(status=self.status, headers=moved)


@asynccontextmanager
async def open_listener() -> AsyncIterator[Listener]:
    """A listener that can be called."""
    listener = Listener()
    app = web.Application()
    app.router.add_post("/outcomes", listener.answer)
    async with TestServer(app) as server:
        listener.port = server.port or 0
        yield listener


def config_telling(directory: Path, url: str, *events: str) -> Path:
    """The sample configuration, where the clinic has another system told of these events."""
    config = directory / "config"
    shutil.copytree(TOP / "config", config)
    wanted = ", ".join(f'"{event}"' for event in events)
    with (config / "clinics" / "glow.toml").open("a", encoding="utf-8") as file:
        file.write(f'\n[[outbound]]\nurl = "{url}"\nsecret = "env:GLOW_BOOKING_SECRET"\nevents = [{wanted}]\n')
    return config
