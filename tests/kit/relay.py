"""A line between a browser and a server that can be held still, as a sleeping laptop's is, and cut."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

CHUNK = 65_536


@dataclass
class Relay:
    """`hold`: nothing goes through any more, and nobody is told. `cut`: what was open ends, new calls go through.

    `heal`: new calls go through; what was open stays as dead as it was, and still nobody is told.
    """

    port: int
    origin: str = ""
    _gates: list[asyncio.Event] = field(default_factory=list)
    _lines: set[asyncio.StreamWriter] = field(default_factory=set)

    def hold(self) -> None:
        self._gates[-1].clear()

    def heal(self) -> None:
        self._gates.append(asyncio.Event())
        self._gates[-1].set()

    def cut(self) -> None:
        self.heal()
        for gate in self._gates:
            gate.set()
        for line in self._lines:
            line.transport.abort()

    async def connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", self.port)
        self._lines |= {writer, back}
        try:
            gate = self._gates[-1]
            await asyncio.gather(self._pass_on(reader, back, gate), self._pass_on(there, writer, gate))
        finally:
            self._lines -= {writer, back}

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, gate: asyncio.Event) -> None:
        with suppress(ConnectionError):
            while chunk := await reader.read(CHUNK):
                await gate.wait()
                writer.write(chunk)
                await writer.drain()
        with suppress(ConnectionError):
            writer.close()


@asynccontextmanager
async def open_relay(origin: str) -> AsyncIterator[Relay]:
    """A relay before the server at this origin."""
    relay = Relay(urlsplit(origin).port or 80)
    relay.cut()
    server = await asyncio.start_server(relay.connect, "127.0.0.1", 0)
    relay.origin = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield relay
    finally:
        server.close()
        relay.cut()
        await asyncio.sleep(0.05)
