"""A second factor for staff: time-based codes (RFC 6238), each good once, and recovery codes for a lost phone."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from followup.store import factors

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from followup.flows.services import Services
    from followup.store import Transaction
    from followup.store.staff import Account

ISSUER = "followup"
SECONDS, DIGITS = 30, 6
RECOVERY_CODES, RECOVERY_BYTES = 10, 5
NONCE = 12


@dataclass(frozen=True, slots=True)
class Offer:
    """What the owner's phone has to be told, once: as a picture's content and to be typed."""

    uri: str
    secret: str


async def offer(services: Services, account: Account) -> Offer | None:
    """A new secret that is not in use yet; None where one is in use."""
    import pyotp

    secret = pyotp.random_base32()
    async with services.store.transaction() as tx:
        known = await factors.factor(tx, account.id)
        if known is not None and known.confirmed_at is not None:
            return None
        await factors.offer(tx, account.id, _seal(services.secret_key, account.id, secret))
    return Offer(pyotp.TOTP(secret).provisioning_uri(name=account.email, issuer_name=ISSUER), secret)


async def confirm(services: Services, account: Account, code: str) -> Sequence[str]:
    """The owner shows that their phone has it: the recovery codes, told this once; none where the code is wrong."""
    codes = [_recovery_code() for _ in range(RECOVERY_CODES)]
    async with services.store.transaction() as tx:
        known = await factors.factor(tx, account.id)
        if known is None or known.confirmed_at is not None:
            return ()
        step = _step_of(services, known, code)
        if step is None:
            return ()
        hashes = [_hashed(services.secret_key, account.id, one) for one in codes]
        await factors.confirm(tx, account.id, services.wall(), step, hashes)
    return codes


async def turn_off(services: Services, account: Account, code: str) -> bool:
    """The account is without one; False where the code is wrong."""
    async with services.store.transaction() as tx:
        if not await is_right(services, tx, account.id, code):
            return False
        await factors.remove(tx, account.id)
    return True


async def has_one(services: Services, account_id: str) -> bool:
    """Whether this account is asked for a code."""
    async with services.store.reading() as tx:
        known = await factors.factor(tx, account_id)
    return known is not None and known.confirmed_at is not None


async def is_right(services: Services, tx: Transaction, account_id: str, code: str) -> bool:
    """Whether it is the phone's code of now, or a recovery code; either is good once."""
    known = await factors.factor(tx, account_id)
    if known is None or known.confirmed_at is None:
        return False
    step = _step_of(services, known, code)
    if step is not None:
        return await factors.note_step(tx, account_id, step)
    used = _hashed(services.secret_key, account_id, code)
    left = [one for one in known.recovery_hashes if not hmac.compare_digest(one, used)]
    if len(left) == len(known.recovery_hashes):
        return False
    await factors.keep_recovery(tx, account_id, left)
    return True


def _step_of(services: Services, known: factors.Factor, code: str) -> int | None:
    """Which half minute the code belongs to: this one or its neighbours, since clocks differ; None for none of them."""
    import pyotp

    totp = pyotp.TOTP(_open(services.secret_key, known.account_id, known.sealed_secret))
    said = "".join(code.split())
    if len(said) != DIGITS or not said.isascii() or not said.isdecimal():
        return None
    now = _step_at(services.wall())
    right = [step for step in (now - 1, now, now + 1) if hmac.compare_digest(totp.generate_otp(step), said)]
    return next((step for step in right if step > known.last_step), None)


def _step_at(at: datetime) -> int:
    return int(at.timestamp()) // SECONDS


def _recovery_code() -> str:
    """Ten letters and digits that are not mistaken for each other, in two halves."""
    code = base64.b32encode(secrets.token_bytes(RECOVERY_BYTES + 2)).decode().lower()[:10]
    return f"{code[:5]}-{code[5:]}"


def _hashed(secret_key: str, account_id: str, code: str) -> str:
    # Fifty random bits: with a key that is not in the database there is nothing to try them against.
    plain = code.strip().lower().replace("-", "").replace(" ", "")
    said = f"recovery\x1f{account_id}\x1f{plain}"
    return hmac.new(secret_key.encode(), said.encode(), hashlib.sha256).hexdigest()


def _key(secret_key: str) -> bytes:
    """Of the secret key, but not the key itself."""
    return hmac.new(secret_key.encode(), b"followup second factor", hashlib.sha256).digest()


def _seal(secret_key: str, account_id: str, secret: str) -> str:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    nonce = os.urandom(NONCE)
    sealed = AESGCM(_key(secret_key)).encrypt(nonce, secret.encode(), account_id.encode())
    return base64.b64encode(nonce + sealed).decode()


def _open(secret_key: str, account_id: str, sealed: str) -> str:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    said = base64.b64decode(sealed)
    return AESGCM(_key(secret_key)).decrypt(said[:NONCE], said[NONCE:], account_id.encode()).decode()
