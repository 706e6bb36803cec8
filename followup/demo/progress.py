"""What the demo says on the terminal while it fills."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime
    from typing import TextIO
    from zoneinfo import ZoneInfo

ON_TERMINAL = 0.5
IN_A_FILE = 5.0
WIDTH = 100


@dataclass(frozen=True, slots=True)
class Counts:
    """How far the story has come."""

    bookings: int
    texts: int
    replies: int
    flags: int

    def __str__(self) -> str:
        """In one line."""
        return f"{self.bookings} bookings, {self.texts} texts, {self.replies} replies, {self.flags} flags"


class Progress:
    """One line that is written over on a terminal; plain lines, and only when something changed, elsewhere."""

    def __init__(self, out: TextIO, clock: Callable[[], datetime], zone: ZoneInfo) -> None:
        self._out = out
        self._clock = clock
        self._zone = zone
        self._begun = clock()
        self._is_terminal = out.isatty()
        self._last: Counts | None = None

    async def run(self, count: Callable[[], Awaitable[Counts]]) -> None:
        """Until cancelled."""
        while True:
            self.show(await count())
            await asyncio.sleep(ON_TERMINAL if self._is_terminal else IN_A_FILE)

    def show(self, counts: Counts) -> None:
        """This is how far it is."""
        if not self._is_terminal and counts == self._last:
            return
        self._last = counts
        line = f"{self._when()}  {counts}"
        self._out.write(f"\r{line:<{WIDTH}}"[: WIDTH + 1] if self._is_terminal else line + "\n")
        self._out.flush()

    def close(self, farewell: str) -> None:
        """The last line."""
        self._out.write(f"\n{farewell}\n" if self._is_terminal else farewell + "\n")
        self._out.flush()

    def _when(self) -> str:
        now = self._clock()
        day = (now - self._begun) // timedelta(days=1) + 1
        return f"day {day}, {now.astimezone(self._zone):%a %H:%M}"
