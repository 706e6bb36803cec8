"""One folder per carrier; a clinic names it as its `gateway`.

A carrier's folder has two modules: `gateway.py` with `make_gateway(...)`, and `hooks.py` for what it posts to us.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime, timedelta

    from multidict import MultiMapping

    from followup.domain.delivery import CarrierError
    from followup.domain.inputs import Receipt, Reply


MANY = 1000
"""More tries than anything gets."""


@dataclass(frozen=True, slots=True)
class OutgoingText:
    """What a carrier needs for one attempt: `receipt_url` names it, `valid_for` bounds how late it may land."""

    sender: str
    phone: str
    body: str
    receipt_url: str
    valid_for: timedelta


@dataclass(frozen=True, slots=True)
class Accepted:
    """The carrier has it, under this id."""

    carrier_id: str


@dataclass(frozen=True, slots=True)
class TryLater:
    """Certainly not taken; the same attempt may be made again after `after` (None: our own back-off)."""

    code: int | None
    after: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """Certainly not taken, and a repeat will not help. `Hooks.explain` says what `code` means."""

    code: int
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Unknown:
    """It may or may not have been taken: look before sending again."""

    detail: str


SendOutcome = Accepted | TryLater | Refused | Unknown


@dataclass(frozen=True, slots=True)
class FoundText:
    """One of our texts as the carrier lists it."""

    carrier_id: str
    phone: str
    body: str
    created_at: datetime
    raw_state: str
    error_code: int | None


class Media(Protocol):
    """What came with patients' texts and is still at the carrier. Every method raises MediaError, and nothing else."""

    async def addresses(self, carrier_id: str) -> Sequence[str]:
        """Where the carrier has what came with this text, in the order in which it came."""
        ...

    async def fetch(self, address: str) -> bytes:
        """What is there."""
        ...

    async def delete(self, address: str) -> None:
        """Away with it; what is gone already counts."""
        ...


class Gateway(Protocol):
    """Speaks with one carrier account. No method retries; every call ends within its time limit."""

    @property
    def media(self) -> Media:
        """What came with patients' texts."""
        ...

    async def send(self, text: OutgoingText) -> SendOutcome:
        """One attempt to hand over one text; never raises for what the carrier or the network does."""
        ...

    async def find(self, phone: str, since: datetime) -> Sequence[FoundText]:
        """Our texts to this phone since then. Raises CarrierUnavailableError when it cannot be asked."""
        ...

    async def missed(self, sent_to: str, since: datetime) -> Sequence[Reply]:
        """Replies the carrier holds for our number since then. Raises CarrierUnavailableError likewise."""
        ...

    async def reply_hooks(self, sender: str) -> Sequence[str]:
        """Where the carrier posts what patients write to this sender; none: it has no such sender.

        POST is meant, unless another method stands before an address; "" is nowhere. Raises CarrierUnavailableError.
        """
        ...

    async def close(self) -> None:
        """Give back connections."""
        ...


class Hooks(Protocol):
    """What a carrier posts to us: is it really theirs, and what does it say."""

    def is_signed(self, url: str, form: MultiMapping[str], headers: Mapping[str, str]) -> bool:
        """Whether the signature over the public URL and the form is right; False for anything malformed."""
        ...

    def read_reply(self, form: MultiMapping[str], received_at: datetime) -> Reply:
        """A patient's text. Raises UnreadableError naming the field."""
        ...

    def reply_key(self, form: MultiMapping[str]) -> str:
        """The carrier's id of the text: the key under which it is kept once. "" where there is none."""
        ...

    def read_receipt(self, form: MultiMapping[str], message: str, received_at: datetime) -> Receipt:
        """The carrier's word on `message` (the last part of our receipt URL). Raises UnreadableError."""
        ...

    def explain(self, code: int | None) -> CarrierError:
        """What one of the carrier's error codes means for us; a safe default for one nobody knows."""
        ...


class CarrierUnavailableError(Exception):
    """The carrier could not be asked; nothing is known, ask again later."""


class MediaError(Exception):
    """The carrier did not hand something over, or did not delete it; the message says why, for staff.

    most_tries: after so many tries it is of no use to ask again.
    """

    def __init__(self, why: str, *, most_tries: int = MANY) -> None:
        super().__init__(why)
        self.most_tries = most_tries


class UnreadableError(Exception):
    """What came is not what this carrier sends; the message names the field."""
