"""How fast passwords may be tried: slower after each wrong one, but nobody is locked out by somebody else.

A browser in which an account has come in before carries a token that says so, and is counted by itself. Tries from
anywhere else are counted by account and address together, by account, and by address.
"""

from __future__ import annotations

import hashlib
import hmac
import math
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, TypeAlias

from followup.store import staff

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from followup.store import Transaction

REMEMBERED = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Pace:
    """`free` tries at once; then a wait that doubles from one second up to `longest`."""

    free: int
    longest: timedelta

    def wait(self, tries: int) -> timedelta:
        """How long after the last of so many tries the next one may come."""
        if tries < self.free:
            return timedelta(0)
        return min(self.longest, timedelta(seconds=2 ** min(tries - self.free, 20)))


ONE_BROWSER = Pace(free=5, longest=timedelta(minutes=5))
ACCOUNT = Pace(free=20, longest=timedelta(seconds=30))
ADDRESS = Pace(free=60, longest=timedelta(seconds=10))

Keys: TypeAlias = "Sequence[tuple[str, Pace]]"


def keys_of(email: str, address: str, device: str) -> Keys:
    """What is counted for this try, each with its pace. `device`: see `is_known`; "" for any other browser."""
    if device:
        return ((f"device:{hashlib.sha256(device.encode()).hexdigest()}", ONE_BROWSER),)
    return (
        (f"account:{email}|{address}", ONE_BROWSER),
        (f"account:{email}", ACCOUNT),
        (f"address:{address}", ADDRESS),
    )


def known_device(secret_key: str, email: str) -> str:
    """A token by which this account's owner is known in this browser later; it opens nothing."""
    nonce = secrets.token_urlsafe(16)
    return f"{nonce}.{_seal(secret_key, email, nonce)}"


def is_known(secret_key: str, email: str, device: str) -> bool:
    """Whether we gave out this token to this account."""
    nonce, _, seal = device.partition(".")
    return hmac.compare_digest(seal.encode(), _seal(secret_key, email, nonce).encode())


def _seal(secret_key: str, email: str, nonce: str) -> str:
    return hmac.new(secret_key.encode(), f"device\x1f{email}\x1f{nonce}".encode(), "sha256").hexdigest()


async def take_turn(tx: Transaction, keys: Keys, now: datetime) -> int:
    """Counts a try and returns 0, or counts nothing and returns the seconds until one may be made."""
    waits = []
    for key, pace in keys:
        tries = await staff.failures(tx, key, now - REMEMBERED)
        waits.append(max(tries) + pace.wait(len(tries)) - now if tries else timedelta(0))
    seconds = math.ceil(max(waits).total_seconds())
    if seconds > 0:
        return seconds
    for key, _ in keys:
        await staff.note_failure(tx, key, now)
    return 0


async def forget(tx: Transaction, keys: Keys) -> None:
    """The password was right: the tries count no longer."""
    for key, _ in keys:
        await staff.clear_failures(tx, key)
