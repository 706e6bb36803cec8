"""The demo's course: say where to click, send the bookings, count, and stop cleanly when told to."""

from __future__ import annotations

import asyncio
import signal
from dataclasses import dataclass
from typing import TYPE_CHECKING

from followup.demo.bookings import send_bookings
from followup.demo.progress import Counts, Progress
from followup.demo.stage import SECRET_NAME, ZONE
from followup.sms.simulator.account import Direction

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime
    from typing import TextIO

    from followup.demo.stage import Stage

SIGNALS = (signal.SIGINT, signal.SIGTERM)


@dataclass(frozen=True, slots=True)
class Desk:
    """What the show needs of the running service."""

    sign_in_link: str
    count_bookings: Callable[[], Awaitable[int]]
    count_flags: Callable[[], Awaitable[int]]


async def show(stage: Stage, desk: Desk, out: TextIO, wall: Callable[[], datetime]) -> None:
    """Until Ctrl-C or SIGTERM; raises what the booking system or the counting raised."""
    stopped = _stop_event()
    out.write(_where_to_click(stage, desk))
    progress = Progress(out, stage.clock, ZONE)

    async def count() -> Counts:
        return await _counts(stage, desk)

    async with asyncio.TaskGroup() as tasks:
        secret = stage.environment[SECRET_NAME]
        booking = tasks.create_task(send_bookings(stage.bookings_url, secret, stage.cast, wall, ZONE.key))
        counting = tasks.create_task(progress.run(count))
        await stopped.wait()
        booking.cancel()
        counting.cancel()
    progress.close(f"Stopped: {await count()}. Nothing of it was kept.")


def _stop_event() -> asyncio.Event:
    stopped = asyncio.Event()
    for one in SIGNALS:
        asyncio.get_running_loop().add_signal_handler(one, stopped.set)
    return stopped


async def _counts(stage: Stage, desk: Desk) -> Counts:
    simulator = stage.simulator
    texts = [text for phone in simulator.phones() for text in simulator.conversation(phone)]
    return Counts(
        bookings=await desk.count_bookings(),
        texts=sum(text.direction is Direction.OUTBOUND for text in texts),
        replies=sum(text.direction is Direction.INBOUND for text in texts),
        flags=await desk.count_flags(),
    )


def _where_to_click(stage: Stage, desk: Desk) -> str:
    hours = f"{stage.clock.speed / 3600:g}"
    return f"""
followup demo: {len(stage.cast)} invented patients of an invented clinic; each second is {hours} h there.

  Staff desk   {desk.sign_in_link}   (works once)
  Phones       {stage.origin}/phones   (answer as a patient)

Ctrl-C stops it; nothing is kept and no text leaves this machine.

"""
