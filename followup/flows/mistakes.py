"""Our own mistakes, as a log may show them: where, never what."""

from __future__ import annotations

import traceback

DEEPEST = 6


def where(error: BaseException) -> list[str]:
    """File and line of the last calls on the way to an error. Its text stays out: it may quote a patient."""
    return [f"{frame.filename}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)[-DEEPEST:]]
