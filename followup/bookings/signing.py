"""Shared secrets and HMACs, compared in constant time; nothing here raises, whatever a stranger sends."""

from __future__ import annotations

import base64
import hmac
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


def is_one_of(given: str, ours: Iterable[str]) -> bool:
    """Whether what was given is one of these; each is compared, and an empty one never counts."""
    theirs = raw(given)
    found = [hmac.compare_digest(raw(own), theirs) for own in ours if own]
    return any(found)


def hex_macs(secrets: Sequence[str], signed: bytes) -> list[str]:
    """HMAC-SHA256 over these bytes with each secret as text, in hex."""
    return [hmac.digest(raw(secret), signed, "sha256").hex() for secret in secrets if secret]


def base64_macs(secrets: Sequence[str], signed: bytes) -> list[str]:
    """The same in base64."""
    return [base64.b64encode(hmac.digest(raw(secret), signed, "sha256")).decode() for secret in secrets if secret]


def raw(text: str) -> bytes:
    """Text as bytes; header bytes that are no UTF-8 reach us as lone surrogates, which no sender signs."""
    return text.encode("utf-8", "replace")
