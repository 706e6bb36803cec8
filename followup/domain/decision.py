"""What a decision returns: what has happened, and when to look again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from followup.domain.events import Event


@dataclass(frozen=True, slots=True)
class Decision:
    """Events, in order, and the next wake; changes nothing by itself."""

    events: tuple[Event, ...]
    wake_at: datetime | None
