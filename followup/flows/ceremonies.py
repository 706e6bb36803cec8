"""WebAuthn's two ceremonies: what a browser is asked for a passkey, and whether what it answers is right.

The library is loaded by the first answer, and works in a thread: both take too long for the loop that texts patients.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import ipaddress
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

import structlog

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from followup.store.staff import Account

T = TypeVar("T")
NAME = "followup"
PATIENCE = 5 * 60 * 1000
"""Milliseconds that the browser gives its user."""
ALGORITHMS = (-8, -7, -257)
"""Of COSE: Ed25519, ECDSA with P-256, RSA; every authenticator knows one."""
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Site:
    """For whom a passkey is made: the host by name, and the only origin whose answers count."""

    host: str
    origin: str


@dataclass(frozen=True, slots=True)
class Made:
    """A new passkey, checked."""

    credential_id: str
    public_key: str
    sign_count: int


@dataclass(frozen=True, slots=True)
class Said:
    """What an answer says of itself, not checked yet."""

    credential_id: str
    challenge: bytes
    handle: str


def site_of(public_url: str) -> Site | None:
    """Browsers make passkeys for https with a name, and for localhost; None for anything else."""
    parts = urlsplit(public_url)
    host = parts.hostname or ""
    if not host or (parts.scheme != "https" and host != "localhost") or _is_address(host):
        return None
    return Site(host, f"{parts.scheme}://{parts.netloc.rpartition('@')[2].lower()}")


def to_make(site: Site, account: Account, handle: str, challenge: bytes, known: Sequence[str]) -> Mapping[str, Any]:
    """What navigator.credentials.create() takes, with its bytes as base64url. known: passkeys of the account."""
    return {
        "rp": {"id": site.host, "name": NAME},
        "user": {"id": handle, "name": account.email, "displayName": account.name or account.email},
        "challenge": text_of(challenge),
        "pubKeyCredParams": [{"type": "public-key", "alg": each} for each in ALGORITHMS],
        "timeout": PATIENCE,
        "excludeCredentials": [{"type": "public-key", "id": each} for each in known],
        "authenticatorSelection": {
            "residentKey": "required",
            "requireResidentKey": True,
            "userVerification": "required",
        },
        "attestation": "none",
    }


def to_show(site: Site, challenge: bytes) -> Mapping[str, Any]:
    """What navigator.credentials.get() takes: any passkey of this host, whose owner proves to be there."""
    return {
        "rpId": site.host,
        "challenge": text_of(challenge),
        "timeout": PATIENCE,
        "userVerification": "required",
    }


def read_answer(answer: str) -> Said | None:
    """None where it is no answer to either ceremony."""
    try:
        said = json.loads(answer)
        client = json.loads(bytes_of(said["response"]["clientDataJSON"]))
        return Said(str(said["id"]), bytes_of(client["challenge"]), str(said["response"].get("userHandle") or ""))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


async def check_made(site: Site, answer: str, challenge: bytes) -> Made | None:
    """The new passkey; None where the answer is wrong."""
    return await _checked(lambda: _check_made(site, answer, challenge))


async def check_shown(site: Site, answer: str, challenge: bytes, public_key: str) -> int | None:
    """How often the authenticator says it has signed (always 0 for many); None where the answer is wrong."""
    return await _checked(lambda: _check_shown(site, answer, challenge, public_key))


def _check_made(site: Site, answer: str, challenge: bytes) -> Made:
    from webauthn import verify_registration_response

    made = verify_registration_response(
        credential=answer,
        expected_challenge=challenge,
        expected_rp_id=site.host,
        expected_origin=site.origin,
        require_user_verification=True,
    )
    return Made(text_of(made.credential_id), text_of(made.credential_public_key), made.sign_count)


def _check_shown(site: Site, answer: str, challenge: bytes, public_key: str) -> int:
    from webauthn import verify_authentication_response

    shown = verify_authentication_response(
        credential=answer,
        expected_challenge=challenge,
        expected_rp_id=site.host,
        expected_origin=site.origin,
        credential_public_key=bytes_of(public_key),
        # The count is compared by us: one that went back is more than a wrong answer.
        credential_current_sign_count=0,
        require_user_verification=True,
    )
    return shown.new_sign_count


async def _checked(check: Callable[[], T]) -> T | None:
    try:
        return await asyncio.to_thread(check)
    except ImportError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever a stranger's bytes do to three parsers, it is a wrong answer
        _log.info("passkey_refused", error=type(error).__qualname__)
        return None


def text_of(raw: bytes) -> str:
    """Base64url without padding, as WebAuthn writes bytes."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def bytes_of(text: str) -> bytes:
    """Its bytes; ValueError where it is nothing of the kind."""
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars="-_", validate=True)
    except binascii.Error as error:
        raise ValueError(text[:8]) from error


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
