"""Who has which episode before them now, as far as this process knows: nobody should ring a patient twice."""

from __future__ import annotations

import zlib
from collections import Counter, defaultdict
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True)
class Presence:
    """Open pages by episode and person. A page counts for as long as it listens (live.py)."""

    _pages: defaultdict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))

    @contextmanager
    def looking(self, episode_id: str, email: str) -> Iterator[None]:
        """This person has the episode before them as long as the context is open; "" for no episode."""
        if not episode_id:
            yield
            return
        self._pages[episode_id][email] += 1
        try:
            yield
        finally:
            self._pages[episode_id][email] -= 1
            if not +self._pages[episode_id]:
                del self._pages[episode_id]

    def others(self, episode_id: str, email: str) -> list[str]:
        """Whoever else has it before them."""
        pages = self._pages.get(episode_id, Counter())
        return sorted(who for who, count in pages.items() if count > 0 and who != email)

    def mark(self, episode_id: str, email: str) -> int:
        """A number that is another one as soon as somebody else comes or goes; "" for any episode."""
        episodes = [episode_id] if episode_id else sorted(self._pages)
        seen = [(each, who) for each in episodes for who in self.others(each, email)]
        return zlib.crc32(repr(seen).encode())


PRESENCE: web.AppKey[Presence] = web.AppKey("presence", Presence)
