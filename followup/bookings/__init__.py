"""One folder per booking system; a clinic names it as the `adapter` of a source.

A folder has `adapter.py` with `ADAPTER`, `NOTES.md`, and `samples/` (request as captured beside what we make of it).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from followup.domain.inputs import Booking


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with a payload: a JSON pointer and what was meant."""

    pointer: str
    detail: str


class RejectedError(Exception):
    """The sender's mistake, told at the door: `status` is the answer, `faults` say where. Never echoes the body."""

    def __init__(self, status: int, title: str, faults: Sequence[Fault] = ()) -> None:
        self.status = status
        self.title = title
        self.faults = tuple(faults)
        super().__init__(title)


class QuarantinedError(Exception):
    """Signed, but not to be read as a booking: kept, answered 2xx and shown to staff."""


@dataclass(frozen=True, slots=True)
class Request:
    """A booking system's call as it came: lower-case header names, raw bytes."""

    headers: Mapping[str, str]
    body: bytes


class Adapter(Protocol):
    """Reads one booking system. Pure: no network, no clock but the time handed in."""

    name: str

    def is_signed(self, request: Request, secrets: Sequence[str], now: datetime) -> bool:
        """Whether one of the active secrets signed these bytes, recently; False for anything malformed."""
        ...

    def key(self, request: Request) -> str | None:
        """The event's unique name, for ever; None for a thin event that only means "fetch"."""
        ...

    def check(self, request: Request) -> None:
        """What the door tells at once: raises RejectedError (native contract) or returns."""
        ...

    def read(self, request: Request) -> Sequence[Booking]:
        """The facts it holds; empty for an event that does not concern us. Raises QuarantinedError."""
        ...
