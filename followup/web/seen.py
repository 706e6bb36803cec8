"""Who looked at which episode lately, so that one look is one line in the journal."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aiohttp import web

from followup.flows.looking import ONE_LOOK

if TYPE_CHECKING:
    from datetime import datetime

MOST = 10_000


@dataclass(frozen=True, slots=True)
class Seen:
    """What was looked at in this process, so that it need not ask each time whether another one noted the look."""

    _last: OrderedDict[tuple[str, str], datetime] = field(default_factory=OrderedDict)

    def is_new(self, account_id: str, episode_id: str, now: datetime) -> bool:
        """Whether this is a look of its own; from here on it is remembered."""
        last = self._last.get((account_id, episode_id))
        if last is not None and now - last < ONE_LOOK:
            return False
        self._last[account_id, episode_id] = now
        self._last.move_to_end((account_id, episode_id))
        if len(self._last) > MOST:
            self._last.popitem(last=False)
        return True


SEEN: web.AppKey[Seen] = web.AppKey("seen", Seen)
