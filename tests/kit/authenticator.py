"""A security key in software: makes passkeys and shows them, as an authenticator and a browser together would."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

if TYPE_CHECKING:
    from collections.abc import Mapping

PRESENT, VERIFIED, WITH_KEY = 0x01, 0x04, 0x40


@dataclass
class Held:
    """One passkey on it."""

    site: str
    handle: str
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    id: bytes = field(default_factory=lambda: secrets.token_bytes(16))
    count: int = 0


@dataclass
class Authenticator:
    """What it holds, and how it behaves: origin is the page's; step 0 is one that counts nothing."""

    origin: str
    step: int = 1
    is_verifying: bool = True
    held: list[Held] = field(default_factory=list)

    def make(self, options: Mapping[str, Any], origin: str = "") -> str:
        """The answer to navigator.credentials.create()."""
        made = Held(options["rp"]["id"], options["user"]["id"])
        self.held.append(made)
        about = bytes(16) + len(made.id).to_bytes(2, "big") + made.id + _public(made.key)
        client = self._client("webauthn.create", options, origin)
        said = {"fmt": "none", "attStmt": {}, "authData": self._data(made, WITH_KEY) + about}
        return _answer(made, clientDataJSON=client, attestationObject=cbor2.dumps(said))

    def show(self, options: Mapping[str, Any], origin: str = "", made: Held | None = None) -> str:
        """The answer to navigator.credentials.get(), by the newest passkey of the site or the one given."""
        used = made or next(one for one in reversed(self.held) if one.site == options["rpId"])
        used.count += self.step
        client = self._client("webauthn.get", options, origin)
        data = self._data(used)
        signed = used.key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(SHA256()))
        handle = _bytes(used.handle)
        return _answer(used, clientDataJSON=client, authenticatorData=data, signature=signed, userHandle=handle)

    def _client(self, kind: str, options: Mapping[str, Any], origin: str) -> bytes:
        said = {"type": kind, "challenge": options["challenge"], "origin": origin or self.origin, "crossOrigin": False}
        return json.dumps(said).encode()

    def _data(self, used: Held, flags: int = 0) -> bytes:
        shown = flags | PRESENT | (VERIFIED if self.is_verifying else 0)
        return hashlib.sha256(used.site.encode()).digest() + bytes([shown]) + used.count.to_bytes(4, "big")


def _answer(used: Held, **parts: bytes) -> str:
    said = {name: _text(part) for name, part in parts.items()}
    return json.dumps({"id": _text(used.id), "rawId": _text(used.id), "type": "public-key", "response": said})


def _public(key: ec.EllipticCurvePrivateKey) -> bytes:
    numbers = key.public_key().public_numbers()
    x, y = (each.to_bytes(32, "big") for each in (numbers.x, numbers.y))
    return cbor2.dumps({1: 2, 3: -7, -1: 1, -2: x, -3: y})


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
