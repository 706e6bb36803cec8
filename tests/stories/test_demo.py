"""`followup demo`, run whole: within a minute there is something to see, and Ctrl-C leaves nothing behind."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import socket
import sys
from typing import TYPE_CHECKING

import aiohttp

from kit.sources import TOP

if TYPE_CHECKING:
    from pathlib import Path

PIPE = asyncio.subprocess.PIPE


async def test_the_demo_fills_the_worklist_within_a_minute_and_stops_cleanly(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "followup", "demo", "--port", str(port), "--patients", "12"),
        env=os.environ | {"PYTHONPATH": str(TOP)},
        cwd=tmp_path,
        stdout=PIPE,
        stderr=PIPE,
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(60):
            link = await _line(process.stdout, r"Staff desk\s+(\S+)")
            phones = await _line(process.stdout, r"Phones\s+(\S+)")
            await _line(process.stdout, r"12 bookings, \d+ texts, \d+ replies, ([1-9]\d*) flags")
        async with aiohttp.ClientSession() as session:
            async with session.get(link) as page:
                assert page.status == 200
            async with session.get(phones) as page:
                assert "Ada" in await page.text()
        process.send_signal(signal.SIGTERM)
        out, err = await asyncio.wait_for(process.communicate(), 10)
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()
    assert process.returncode == 0
    assert b"Nothing of it was kept." in out
    assert b"Traceback" not in err
    assert not any(tmp_path.iterdir())  # noqa: ASYNC240 - a directory with nothing in it


async def _line(out: asyncio.StreamReader, wanted: str) -> str:
    """What the pattern holds, in the first line that has it."""
    while line := await out.readline():
        if found := re.search(wanted, line.decode()):
            return found[1]
    raise AssertionError(wanted)
