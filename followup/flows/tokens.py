"""API tokens: made for a program, shown once, kept only as a digest, worth nothing once revoked."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import TYPE_CHECKING

from followup.store import staff

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from followup.flows.services import Services
    from followup.store import Store
    from followup.store.staff import ApiToken

MARK = "fu_"
"""How a token begins, so that scanners for leaked secrets, and people, know it when they see it."""
RANDOM_BYTES = 32
LONGEST = 200


class TokenError(Exception):
    """No token was made; the message says why."""


async def add_token(store: Store, name: str, clinic: str, at: datetime) -> str | None:
    """A new token for all clinics (clinic "") or one; None where one of that name is in use."""
    if not name.isprintable() or not name.strip() or len(name) > LONGEST:
        raise TokenError("a token needs a name by which the journal can call its holder")
    token = MARK + secrets.token_urlsafe(RANDOM_BYTES)
    async with store.transaction() as tx:
        if any(known.name == name for known in await staff.tokens(tx)):
            return None
        await staff.add_token(tx, name, digest(token), clinic, at)
    return token


async def list_tokens(store: Store) -> Sequence[ApiToken]:
    """Every token there is, without the token itself."""
    async with store.reading() as tx:
        return await staff.tokens(tx)


async def revoke_token(store: Store, name: str) -> bool:
    """Ends a token at once; False where there is none of that name."""
    async with store.transaction() as tx:
        return bool(await staff.revoke_token(tx, name))


async def holder(services: Services, presented: str) -> ApiToken | None:
    """The token these characters are, read anew for every call, so that a revoked one is dead at once."""
    if not presented.startswith(MARK) or len(presented) > LONGEST:
        return None
    wanted = digest(presented)
    async with services.store.reading() as tx:
        found = await staff.token(tx, wanted)
    # The index found it by the digest of a secret; comparing once more in constant time costs nothing.
    return found if found and hmac.compare_digest(found.token_hash, wanted) else None


def digest(token: str) -> str:
    """What is stored of a token: 256 random bits need no salt and no slow hash."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
