"""When a rule of the plan has something to do, and what."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from followup.domain import events as e


def nothing() -> Sequence[e.Event]:
    """For a rule that has only to be looked at again then."""
    return ()


Due = tuple["datetime | None", "Callable[[], Sequence[e.Event]]"]
"""When the rule has something to do (None: never), and what, if that is now: only then is a text worded."""
NEVER: Due = (None, nothing)
