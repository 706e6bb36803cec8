"""Ids that follow from what they name, so that a repeat meets the same row."""

from __future__ import annotations

import uuid

_HOUSE = uuid.UUID("5f0ae7c8-7a52-5c0e-9d9a-0d3f1c1f6f10")


def derive(*parts: str) -> str:
    """32 hex digits that depend on the parts and on nothing else."""
    return uuid.uuid5(_HOUSE, "\x1f".join(parts)).hex
