"""Where lives of the service come from: `async with open_nursery(…) as nursery`, then `await nursery.begin(…)`."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import socket
import sys
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import aiohttp

from kit.sources import TOP

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence
    from pathlib import Path

SECONDS: Mapping[str, float] = {
    "time_limit": 0.5,
    "lease": 1.5,
    "settle": 1.2,
    "between_looks": 0.4,
    "back_off": 0.2,
    "reconcile": 2,
}
"""The waits of a life. As in the real one the lease outlasts the call, and the settle time the carrier's list's lag."""
WEB, WORKER = "web", "worker"


@dataclass
class Nursery:
    """The process that lives are forked from."""

    process: asyncio.subprocess.Process
    environment: Mapping[str, str]
    log: Path
    alive: set[int] = field(default_factory=set)

    async def _order(self, **order: Any) -> int:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(order).encode() + b"\n")
        await self.process.stdin.drain()
        said = await self.process.stdout.readline()
        assert said, f"the nursery has died; {self.log} may say why"
        return int(said)

    async def begin(self, *parts: str, send: str = "") -> int:
        """A new life's process id. `send`: another flow than the product's, as module:name."""
        pid = await self._order(
            do="fork", environment=dict(self.environment), parts=parts, send=send, log=str(self.log)
        )
        self.alive.add(pid)
        return pid

    async def end(self, pid: int, how: signal.Signals = signal.SIGKILL) -> int:
        """Ends a life; returns when it is gone, with its exit code."""
        os.kill(pid, how)
        self.alive.discard(pid)
        return await self._order(do="wait", pid=pid)

    async def answers(self) -> None:
        """Returns when the web half of a life does."""
        async with aiohttp.ClientSession() as session, asyncio.timeout(30):
            while True:
                with suppress(aiohttp.ClientError):
                    async with session.get(self.environment["FOLLOWUP_PUBLIC_URL"] + "/healthz") as answer:
                        if answer.status == 200:
                            return
                await asyncio.sleep(0.02)


@asynccontextmanager
async def open_nursery(
    environment: Mapping[str, str], log: Path, seconds: Mapping[str, float] = SECONDS
) -> AsyncIterator[Nursery]:
    """A nursery, and in the end nobody who was born there is left."""
    paths = os.pathsep.join([str(TOP), str(TOP / "tests")])
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-W", "ignore", "-m", "kit.torture_life"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, **environment, "PYTHONPATH": paths},
    )
    nursery = Nursery(process, environment, log)
    try:
        await nursery._order(do="ready", seconds=dict(seconds), environment=dict(environment))
        yield nursery
    finally:
        for pid in list(nursery.alive):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()


def a_port() -> int:
    """A port that nobody listens on just now."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


def unlimited_config(directory: Path, changes: Sequence[tuple[str, str]] = ()) -> Path:
    """The sample configuration of a clinic that may text at any hour, as fast and as often as it likes."""
    config = directory / "config"
    shutil.copytree(TOP / "config", config)
    file = config / "clinics" / "glow.toml"
    text = file.read_text()
    for old, new in (
        ('every_day = "09:00-20:00"', 'every_day = "00:00-24:00"'),
        ('sunday = "12:00-20:00"', ""),
        ("per_second = 1.0", "per_second = 1000.0"),
        ("per_day = 1", "per_day = 0"),
        ("per_week = 3", "per_week = 0"),
        ('min_gap = "1h"', 'min_gap = "0s"'),
        *changes,
    ):
        assert old in text, old
        text = text.replace(old, new)
    file.write_text(text)
    return config
