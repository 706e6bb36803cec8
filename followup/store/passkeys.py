"""Passkeys of staff, and the challenges that a browser is to answer with one: each good once. Machine time."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select, update

from followup.domain.ids import derive
from followup.store.house_tables import sessions
from followup.store.passkey_tables import passkey_challenges as c
from followup.store.passkey_tables import passkeys as p

if TYPE_CHECKING:
    from datetime import datetime

    from followup.store.transaction import Transaction


@dataclass(frozen=True, slots=True)
class Passkey:
    """One of them. handle: by what the authenticator knows the account; refused_at: since when it may be a copy."""

    id: str
    account_id: str
    credential_id: str
    public_key: str
    handle: str
    name: str
    sign_count: int
    created_at: datetime
    last_used_at: datetime | None = None
    refused_at: datetime | None = None


_COLUMNS = tuple(p.c[field.name] for field in fields(Passkey))


def passkey_id(credential_id: str) -> str:
    """What the passkey of this credential is called here."""
    return derive("passkey", credential_id)


async def add(tx: Transaction, new: Passkey) -> bool:
    """One more; False where that very one is known already."""
    row = {field.name: getattr(new, field.name) for field in fields(Passkey)}
    return await tx.run(tx.traits.insert(p).values(**row).on_conflict_do_nothing()) == 1


async def passkey(tx: Transaction, credential_id: str) -> Passkey | None:
    """The passkey of this credential; locked."""
    found = select(*_COLUMNS).where(p.c.id == passkey_id(credential_id), p.c.credential_id == credential_id)
    row = await tx.row(tx.locked(found))
    return Passkey(*row) if row else None


async def passkeys_of(tx: Transaction, account_id: str) -> list[Passkey]:
    """Every one of this account, the oldest first."""
    found = select(*_COLUMNS).where(p.c.account_id == account_id).order_by(p.c.created_at, p.c.id)
    return [Passkey(*row) for row in await tx.rows(found)]


async def has_any(tx: Transaction, account_id: str) -> bool:
    """Whether the account has one, be it refused."""
    return await tx.row(select(p.c.id).where(p.c.account_id == account_id).limit(1)) is not None


async def note_use(tx: Transaction, used: Passkey, sign_count: int, at: datetime) -> None:
    """Somebody came in with it."""
    await tx.run(update(p).where(p.c.id == used.id).values(sign_count=sign_count, last_used_at=at))


async def refuse(tx: Transaction, copied: Passkey, at: datetime) -> None:
    """It is good no longer."""
    await tx.run(update(p).where(p.c.id == copied.id, p.c.refused_at.is_(None)).values(refused_at=at))


async def remove(tx: Transaction, account_id: str, removed: str, keep_session: str = "") -> Passkey | None:
    """Away with one, and with the sessions it opened; that of `keep_session` stays, as if opened by a password."""
    found = select(*_COLUMNS).where(p.c.id == removed, p.c.account_id == account_id)
    row = await tx.row(tx.locked(found))
    if row is None:
        return None
    of_it = (sessions.c.account_id == account_id, sessions.c.passkey == removed)
    await tx.run(delete(sessions).where(*of_it, sessions.c.token_hash != keep_session))
    await tx.run(update(sessions).where(*of_it).values(passkey=""))
    await tx.run(delete(p).where(p.c.id == removed))
    return Passkey(*row)


async def prove_session(tx: Transaction, token_hash: str, added: str) -> None:
    """Whoever is in this browser has just shown the passkey."""
    await tx.run(update(sessions).where(sessions.c.token_hash == token_hash).values(passkey=added))


async def add_challenge(tx: Transaction, digest: str, account_id: str, now: datetime, expires_at: datetime) -> None:
    """A challenge to be answered once, by a new passkey of this account ("" by any, to sign in)."""
    await tx.run(delete(c).where(c.c.expires_at <= now))
    await tx.run(insert(c), {"digest": digest, "account_id": account_id, "expires_at": expires_at})


async def use_challenge(tx: Transaction, digest: str, account_id: str, now: datetime) -> bool:
    """Whether it was open for this account; it is not any more."""
    opens = delete(c).where(c.c.digest == digest, c.c.account_id == account_id, c.c.expires_at > now)
    return await tx.run(opens) == 1
