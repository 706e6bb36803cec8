"""Staff and programs: accounts, one-time links, sessions, tokens, and how often a password was tried. Machine time."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, delete, insert, or_, select, update

from followup.store.house_tables import account_extras as extras
from followup.store.house_tables import accounts as a
from followup.store.house_tables import failures as f
from followup.store.house_tables import links, sessions
from followup.store.house_tables import tokens as t

if TYPE_CHECKING:
    from datetime import datetime

    from followup.store.transaction import Transaction


@dataclass(frozen=True, slots=True)
class Account:
    """One person. role: viewer, reviewer, lead or admin; clinic: "" sees all."""

    id: str
    email: str
    name: str
    role: str
    clinic: str
    password_hash: str
    created_at: datetime
    disabled_at: datetime | None


@dataclass(frozen=True, slots=True)
class Session:
    """One browser in which somebody is signed in."""

    account: Account
    csrf: str
    created_at: datetime
    last_seen_at: datetime
    has_second_factor: bool = False
    passkey: str = ""
    """By which passkey its owner came in; "" by none."""


@dataclass(frozen=True, slots=True)
class OpenSession:
    """The same in the list of its owner; `browser` is what it calls itself."""

    token_hash: str
    created_at: datetime
    last_seen_at: datetime
    browser: str

    @property
    def id(self) -> str:
        """What it is called on a page; it opens nothing."""
        return session_name(self.token_hash)


def session_name(token_hash: str) -> str:
    """The beginning of a digest of the digest."""
    return hashlib.sha256(token_hash.encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class ApiToken:
    """What a program shows instead of a password; clinic: "" for all."""

    name: str
    token_hash: str
    clinic: str
    created_at: datetime


_ACCOUNT = tuple(a.c[field.name] for field in fields(Account))
_OF_SESSION = ("csrf", "created_at", "last_seen_at", "passkey")
_BY_EMAIL = select(*_ACCOUNT).where(a.c.email == bindparam("email_is"))
_BY_ID = select(*_ACCOUNT).where(a.c.id == bindparam("id_is"))
_SESSION = (
    select(*(sessions.c[name] for name in _OF_SESSION), extras.c.confirmed_at, *_ACCOUNT)
    .join(a, a.c.id == sessions.c.account_id)
    .outerjoin(extras, extras.c.account_id == sessions.c.account_id)
    .where(sessions.c.token_hash == bindparam("hash_is"))
)
_TOKENS = select(*(t.c[field.name] for field in fields(ApiToken))).where(t.c.revoked_at.is_(None)).order_by(t.c.name)


async def add_account(tx: Transaction, new: Account) -> None:
    """A new account; its e-mail is nobody else's."""
    await tx.run(insert(a), {field.name: getattr(new, field.name) for field in fields(Account)})


async def account(tx: Transaction, email: str) -> Account | None:
    """The account of this e-mail."""
    row = await tx.row(_BY_EMAIL, {"email_is": email})
    return Account(*row) if row else None


async def account_by_id(tx: Transaction, account_id: str) -> Account | None:
    """The account of this id."""
    row = await tx.row(_BY_ID, {"id_is": account_id})
    return Account(*row) if row else None


async def accounts(tx: Transaction) -> list[Account]:
    """Every account, disabled ones too."""
    return [Account(*row) for row in await tx.rows(select(*_ACCOUNT).order_by(a.c.email))]


async def set_password(tx: Transaction, account_id: str, password_hash: str) -> None:
    """A new password; sessions and links are ended by whoever wants that."""
    await tx.run(update(a).where(a.c.id == account_id).values(password_hash=password_hash))


async def disable(tx: Transaction, account_id: str, at: datetime) -> bool:
    """Nobody comes in by this account any more, and who is in is out; False where it was so already."""
    await end_sessions_of(tx, account_id)
    await tx.run(delete(links).where(links.c.account_id == account_id))
    disabled = update(a).where(a.c.id == account_id, a.c.disabled_at.is_(None)).values(disabled_at=at)
    return await tx.run(disabled) == 1


async def add_link(tx: Transaction, token_hash: str, account_id: str, purpose: str, expires_at: datetime) -> None:
    """A link that opens once."""
    row = {"token_hash": token_hash, "account_id": account_id, "purpose": purpose, "expires_at": expires_at}
    await tx.run(insert(links), row)


async def use_link(tx: Transaction, token_hash: str, wall: datetime, purpose: str = "") -> Account | None:
    """Whose link this is, once; None where it was used, has expired, is unknown or was made for something else."""
    opens = update(links).where(links.c.token_hash == token_hash, links.c.used_at.is_(None), links.c.expires_at > wall)
    if purpose:
        opens = opens.where(links.c.purpose == purpose)
    if await tx.run(opens.values(used_at=wall)) != 1:
        return None
    whose = select(*_ACCOUNT).join(links, links.c.account_id == a.c.id)
    row = await tx.row(whose.where(links.c.token_hash == token_hash, a.c.disabled_at.is_(None)))
    return Account(*row) if row else None


async def add_session(
    tx: Transaction, token_hash: str, account_id: str, csrf: str, at: datetime, browser: str = "", passkey: str = ""
) -> None:
    """Somebody is in; by this passkey, or by none."""
    row: dict[str, Any] = {"token_hash": token_hash, "account_id": account_id, "csrf": csrf, "browser": browser}
    await tx.run(insert(sessions), {**row, "passkey": passkey, "created_at": at, "last_seen_at": at})


async def session(tx: Transaction, token_hash: str) -> Session | None:
    """The session of this token; whether it still holds is for others to say."""
    row = await tx.row(_SESSION, {"hash_is": token_hash})
    if row is None:
        return None
    csrf, created_at, last_seen_at, passkey, confirmed_at, *whose = row
    return Session(Account(*whose), csrf, created_at, last_seen_at, confirmed_at is not None, passkey)


async def sessions_of(tx: Transaction, account_id: str) -> list[OpenSession]:
    """Every session of this person, the last used first."""
    named = (sessions.c.token_hash, sessions.c.created_at, sessions.c.last_seen_at, sessions.c.browser)
    found = select(*named).where(sessions.c.account_id == account_id).order_by(sessions.c.last_seen_at.desc())
    return [OpenSession(*row) for row in await tx.rows(found)]


async def touch_session(tx: Transaction, token_hash: str, at: datetime) -> None:
    """Somebody is there."""
    await tx.run(update(sessions).where(sessions.c.token_hash == token_hash).values(last_seen_at=at))


async def end_session(tx: Transaction, token_hash: str) -> None:
    """This browser is out."""
    await tx.run(delete(sessions).where(sessions.c.token_hash == token_hash))


async def end_sessions_of(tx: Transaction, account_id: str) -> None:
    """Every browser of this person is out."""
    await tx.run(delete(sessions).where(sessions.c.account_id == account_id))


async def add_token(tx: Transaction, name: str, token_hash: str, clinic: str, at: datetime) -> None:
    """A program's token."""
    await tx.run(insert(t), {"name": name, "token_hash": token_hash, "clinic": clinic, "created_at": at})


async def token(tx: Transaction, token_hash: str) -> ApiToken | None:
    """The token of this digest, unless it was revoked."""
    row = await tx.row(_TOKENS.where(t.c.token_hash == token_hash))
    return ApiToken(*row) if row else None


async def tokens(tx: Transaction) -> list[ApiToken]:
    """Every token that was not revoked."""
    return [ApiToken(*row) for row in await tx.rows(_TOKENS)]


async def revoke_token(tx: Transaction, name: str) -> bool:
    """Ends the token of that name; False where there is none."""
    return await tx.run(update(t).where(t.c.name == name, t.c.revoked_at.is_(None)).values(revoked_at=tx.wall())) > 0


async def note_failure(tx: Transaction, key: str, at: datetime) -> None:
    """Somebody tried, counted under this key."""
    await tx.run(insert(f), {"id": secrets.token_hex(16), "key": key, "at": at})


async def failures(tx: Transaction, key: str, since: datetime) -> list[datetime]:
    """When somebody tried since then, oldest first."""
    return [at for (at,) in await tx.rows(select(f.c.at).where(f.c.key == key, f.c.at >= since).order_by(f.c.at))]


async def clear_failures(tx: Transaction, key: str) -> None:
    """Forgets them."""
    await tx.run(delete(f).where(f.c.key == key))


async def sweep(tx: Transaction, before: datetime) -> None:
    """Away with what nobody can use any more: old tries, links that expired, sessions unseen since then."""
    await tx.run(delete(f).where(f.c.at < before))
    await tx.run(delete(links).where(or_(links.c.expires_at < before, links.c.used_at < before)))
    await tx.run(delete(sessions).where(sessions.c.last_seen_at < before))
