"""Seals what is on a picture, so that the database alone shows it to nobody."""

from __future__ import annotations

import os
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    from followup.domain.picture import Picture

LABEL, MARK = b"followup pictures 1", b"followup pictures, mark of the key"
NONCE = 12
WHOLE, SMALL = "whole", "small"


def seal(secret_key: str, picture: Picture, part: str, content: bytes) -> bytes:
    """The content, for whoever has the secret key; it opens as this part of this picture only."""
    nonce = os.urandom(NONCE)
    return nonce + _cipher(secret_key).encrypt(nonce, content, _name(picture, part))


def unseal(secret_key: str, picture: Picture, part: str, sealed: bytes) -> bytes | None:
    """The content; None where it was sealed with another key, or was changed since."""
    from cryptography.exceptions import InvalidTag

    try:
        return _cipher(secret_key).decrypt(sealed[:NONCE], sealed[NONCE:], _name(picture, part))
    except (InvalidTag, ValueError):
        return None


def _name(picture: Picture, part: str) -> bytes:
    return f"{picture.clinic}\x1f{picture.id}\x1f{part}".encode()


def mark_of(secret_key: str) -> str:
    """What tells one secret key from another and nothing of either."""
    return _derived(secret_key, MARK, 8).hex()


@lru_cache(maxsize=4)
def _cipher(secret_key: str) -> AESGCM:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    return AESGCM(_derived(secret_key, LABEL, 32))


@lru_cache(maxsize=4)
def _derived(secret_key: str, label: bytes, length: int) -> bytes:
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    return HKDF(algorithm=SHA256(), length=length, salt=None, info=label).derive(secret_key.encode())
