"""Who approved which protocol, and whether it is still the one they read: config/approvals.toml."""

from __future__ import annotations

import hashlib
import tomllib
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from followup.domain.protocol import Protocol

RECORD = "approvals.toml"
APPROVING = ("approved_by", "approved_on")
"""Keys of a protocol's file that are no part of what is approved."""


class ApprovalError(ValueError):
    """This approval cannot be written, or the record not be read; the message says why."""


class Standing(StrEnum):
    """Where a protocol stands."""

    APPROVED = "approved"
    BY_HAND = "approved by hand, without a recorded hash"
    ALTERED = "altered since it was approved"
    UNAPPROVED = "not approved"

    @property
    def is_fine(self) -> bool:
        """Whether a live gateway may use a protocol that stands so."""
        return self in {Standing.APPROVED, Standing.BY_HAND}


@dataclass(frozen=True, slots=True)
class Approval:
    """Somebody stands for this protocol in this wording."""

    protocol: str
    version: str
    sha256: str
    by: str
    on: str


def recorded(config: Path) -> Sequence[Approval]:
    """Every approval on record, oldest first. ApprovalError where the record cannot be read."""
    file = config / RECORD
    if not file.exists():
        return ()
    try:
        found = tomllib.loads(file.read_text(encoding="utf-8-sig"))
        return [Approval(**entry) for entry in found.get("approvals", ())]
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError, TypeError) as error:
        message = f"{file}: cannot be read as a record of approvals"
        raise ApprovalError(message) from error


def standing(protocol: Protocol, approvals: Sequence[Approval]) -> Standing:
    """Where this protocol stands; its newest approval counts."""
    mine = [approval for approval in approvals if approval.protocol == protocol.id]
    if not protocol.approved_by:
        return Standing.UNAPPROVED
    if not mine:
        return Standing.BY_HAND
    return Standing.APPROVED if mine[-1].sha256 == protocol.digest else Standing.ALTERED


def digest(text: str, lines: Mapping[tuple[str | int, ...], int]) -> str:
    """The SHA-256 of a protocol's file. `lines`: where its keys stand.

    Without the approval itself, and however the lines end, so that a checkout elsewhere is still the same protocol.
    """
    approving = {lines[(key,)] for key in APPROVING if (key,) in lines}
    numbered = enumerate(text.removeprefix("\ufeff").splitlines(), 1)
    kept = [line for number, line in numbered if number not in approving]
    return hashlib.sha256("\n".join(kept).encode()).hexdigest()
