"""`followup demo` in a process of its own: something to look at where nothing is real."""

from __future__ import annotations

import asyncio
import re
import sys
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@asynccontextmanager
async def run_demo(port: int, patients: int) -> AsyncIterator[str]:
    """A running demo; the link that signs in to it."""
    command = (sys.executable, "-m", "followup", "demo", "--port", str(port), "--patients", str(patients))
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    try:
        yield await _link(process)
    finally:
        process.terminate()
        await process.communicate()


async def _link(process: asyncio.subprocess.Process) -> str:
    assert process.stdout is not None
    while line := (await process.stdout.readline()).decode():
        if found := re.search(r"http\S+/sign-in/link/\S+", line):
            return found[0]
    raise RuntimeError("the demo printed no link")
