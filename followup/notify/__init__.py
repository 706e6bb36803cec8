"""Tells staff off-screen: by mail, chat, text message or a webhook, whatever an address says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class Told:
    """Whoever carries it has taken it."""


@dataclass(frozen=True, slots=True)
class Failed:
    """It was not taken, and why, without naming the address. is_final: it never will be."""

    why: str
    is_final: bool = False


class Notifier(Protocol):
    """Carries a short text to addresses; what it does not know for sure it calls failed. Never raises."""

    async def tell(self, urls: Sequence[str], title: str, body: str) -> Told | Failed:
        """Told where every one of these addresses has taken it."""


class Nobody:
    """Where nobody is told."""

    async def tell(self, urls: Sequence[str], title: str, body: str) -> Told | Failed:  # noqa: ARG002 - the protocol's
        """Fails."""
        return Failed("nobody is told off-screen here", is_final=True)
