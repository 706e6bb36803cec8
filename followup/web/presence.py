"""Who has which episode before them now, in whatever web process: nobody should ring a patient twice."""

from __future__ import annotations

import asyncio
import secrets
import zlib
from collections import Counter, defaultdict
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aiohttp import web

from followup.flows import looking as flow
from followup.store import StoreUnavailableError
from followup.store.lookers import Looker

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from followup.flows.services import Services

ASK_EVERY = 2.0
"""Seconds between two questions of this process for what the others show."""
WRITE_EVERY = 20.0
"""Seconds after which a page that is still open is told to the others again; well below flows/looking.LASTS."""


@dataclass(slots=True)
class Presence:
    """Open pages by episode and person: this process's as they open and close (live.py), the others' by their rows."""

    place: str = field(default_factory=lambda: secrets.token_hex(8))
    _pages: defaultdict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    _elsewhere: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    _written_at: dict[Looker, float] = field(default_factory=dict)
    _asked_at: float = float("-inf")

    @asynccontextmanager
    async def looking(self, services: Services, clinic: str, episode_id: str, email: str) -> AsyncIterator[None]:
        """This person has the episode before them as long as the context is open; "" for no episode."""
        if not episode_id:
            yield
            return
        looker = Looker(clinic, episode_id, email)
        self._pages[episode_id][email] += 1
        self._written_at.setdefault(looker, float("-inf"))
        try:
            yield
        finally:
            await self._leave(services, looker)

    async def _leave(self, services: Services, looker: Looker) -> None:
        pages = self._pages[looker.episode_id]
        pages[looker.email] -= 1
        if not +pages:
            del self._pages[looker.episode_id]
        if pages[looker.email] > 0 or self._written_at.pop(looker) == float("-inf"):
            return
        with suppress(StoreUnavailableError):
            await flow.leave(services, self.place, looker)

    async def refresh(self, services: Services) -> None:
        """Hears from the other processes and tells them of this one; cheap to call again and again."""
        now = asyncio.get_running_loop().time()
        if now - self._asked_at < ASK_EVERY:
            return
        self._asked_at = now
        due = [looker for looker, at in self._written_at.items() if now - at >= WRITE_EVERY]
        self._written_at.update(dict.fromkeys(due, now))
        with suppress(StoreUnavailableError):
            found = await flow.share(services, self.place, due)
            self._elsewhere = defaultdict(set)
            for one in found:
                self._elsewhere[one.episode_id].add(one.email)

    def others(self, episode_id: str, email: str) -> list[str]:
        """Whoever else has it before them."""
        here = {who for who, count in self._pages.get(episode_id, Counter()).items() if count > 0}
        return sorted((here | self._elsewhere.get(episode_id, set())) - {email})

    def mark(self, episode_id: str, email: str) -> int:
        """A number that is another one as soon as somebody else comes or goes; "" for any episode."""
        episodes = [episode_id] if episode_id else sorted({*self._pages, *self._elsewhere})
        seen = [(each, who) for each in episodes for who in self.others(each, email)]
        return zlib.crc32(repr(seen).encode())


PRESENCE: web.AppKey[Presence] = web.AppKey("presence", Presence)
