"""One folder per booking system; a clinic names it as the `adapter` of a source.

A folder has `adapter.py` with `ADAPTER`, `NOTES.md`, and `samples/` (request as captured beside what we make of it).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime, tzinfo

    from followup.domain.clinic import BookingMapping
    from followup.domain.inputs import Booking, BookingStatus


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


class FetchFailedError(Exception):
    """A system's API did not give what was asked; `is_final` where asking again would not help. Names no patient."""

    def __init__(self, why: str, *, is_final: bool = False) -> None:
        self.is_final = is_final
        super().__init__(why)


@dataclass(frozen=True, slots=True)
class Setting:
    """What a clinic configured for a source, as far as reading needs it; no secrets.

    url: ours, as the source calls it. zone: of times without offset. The fields say where a patient's phone and
    consent stand, statuses what the source's own words mean.
    """

    url: str = ""
    zone: tzinfo = UTC
    header: str = ""
    phone_field: str = ""
    consent_field: str = ""
    statuses: Mapping[str, BookingStatus] = field(default_factory=dict)
    mapping: BookingMapping | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """A booking system's call as it came: lower-case header names, raw bytes; and how its source is set up."""

    headers: Mapping[str, str]
    body: bytes
    setting: Setting = Setting()


@dataclass(frozen=True, slots=True)
class Fetch:
    """What an event lacks and the system's API has. Without a vital one nothing is known; others only complete."""

    kind: str
    id: str
    is_vital: bool = True


class Adapter(Protocol):
    """Reads one booking system. Pure: no network, no clock but the time handed in.

    It may have `media_types`, where its calls are not JSON, and `kept_headers`, what of a call's headers `read` needs.
    """

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

    def read(self, request: Request) -> Sequence[Booking | Fetch]:
        """The facts it holds and what is to be fetched; empty for an event that does not concern us.

        Raises QuarantinedError.
        """
        ...


class Client(Protocol):
    """Asks one source's API, with its credentials, within limits. `asked_at` is when: a snapshot's own order."""

    @property
    def asked_at(self) -> datetime:
        """The time at which this round of questions began."""
        ...

    @property
    def setting(self) -> Setting:
        """How the source is set up."""
        ...

    async def get(self, *path: str, query: Mapping[str, str] | None = None) -> Any:
        """The JSON at this path, each step a part of it; None where there is nothing. Raises FetchFailedError."""
        ...


@runtime_checkable
class Fetching(Protocol):
    """An adapter whose system has an API to ask. `api_url`: where, unless the clinic says otherwise."""

    api_url: str

    def credentials(self, api_key: str) -> Mapping[str, str]:
        """The headers that say who asks."""
        ...

    async def fetch(self, wanted: Fetch, client: Client) -> Sequence[Booking]:
        """The facts this record holds now. Raises FetchFailedError, QuarantinedError."""
        ...


@runtime_checkable
class Polling(Fetching, Protocol):
    """An adapter that can also ask what changed, for systems that lose events."""

    async def missed(self, client: Client, since: datetime) -> Sequence[Booking]:
        """The bookings that changed since then, as they stand now. Raises FetchFailedError."""
        ...
