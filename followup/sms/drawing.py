"""Has a picture drawn anew by a process of its own, which may fail or hang without harm."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from followup.sms import MediaError

PROGRAM = Path(__file__).with_name("redraw.py")
TIME_LIMIT = 30.0
SOON = 3
KNOWS = ("PATH", "PYTHONHOME", "PYTHONPATH", "LD_LIBRARY_PATH", "LANG", "LC_ALL", "SYSTEMROOT")
"""What of our environment it is told: no secret."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A picture as JPEG, whole and small, and how large the whole one is."""

    whole: bytes
    small: bytes
    width: int
    height: int


async def draw(content: bytes, *, program: Path = PROGRAM, time_limit: float = TIME_LIMIT) -> Drawn:
    """The picture drawn anew. Raises MediaError, which says for staff why it cannot be shown."""
    said, _, drawn = (await _run(content, program, time_limit)).partition(b"\n")
    try:
        size = json.loads(said)
        if "why" in size:
            raise MediaError(size["why"], most_tries=1)
        whole = int(size["whole"])
        return Drawn(drawn[:whole], drawn[whole:], int(size["width"]), int(size["height"]))
    except (ValueError, LookupError, TypeError) as error:
        raise MediaError("it could not be drawn anew", most_tries=SOON) from error


async def _run(content: bytes, program: Path, time_limit: float) -> bytes:
    environment = {name: os.environ[name] for name in KNOWS if name in os.environ}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-B", str(program)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env=environment,
    )
    try:
        async with asyncio.timeout(time_limit):
            said, _ = await process.communicate(content)
            return said
    except TimeoutError as error:
        raise MediaError("it takes too long to draw anew", most_tries=SOON) from error
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
