"""Where a page may lead back to: our own pages only."""

from __future__ import annotations

import re

_PAGE = r"(?:strays|episodes/[A-Za-z0-9_-]{1,64}|\?[A-Za-z0-9_.~%=&+-]{1,400})"
_OURS = re.compile(rf"/{_PAGE}?(?:#[a-z]+-[A-Za-z0-9_-]{{1,64}})?")


def safe_path(wanted: str) -> str:
    """The address, where it is one of ours; else the worklist."""
    return wanted if _OURS.fullmatch(wanted) else "/"
