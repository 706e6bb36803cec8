"""Staff come in: by a one-time link, by their password, and stay for as long as a session lasts."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from followup.domain.ids import derive
from followup.flows import passwords, second_factor, sign_in_pace
from followup.store import passkeys, staff

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from followup.flows.services import Services
    from followup.store import Transaction
    from followup.store.staff import Account, OpenSession, Session

LINK_LASTS = timedelta(hours=24)
SESSION_LASTS = timedelta(hours=12)
IDLE_AFTER = timedelta(minutes=60)
TOUCH_EVERY = timedelta(minutes=1)
"""How exactly we remember when a session was last used; every use would be a write."""

SET_PASSWORD = "set-password"  # noqa: S105 - what a link is for
SIGN_IN = "sign-in"
SECOND_STEP = "second-step"
CODE_WITHIN = timedelta(minutes=10)
"""How long after the first step of signing in the second may come."""
PATHS = {SET_PASSWORD: "welcome", SIGN_IN: "sign-in/link"}


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Somebody came in. `token` is for their cookie and stored nowhere; `device` for the next time (sign_in_pace)."""

    token: str
    account: Account
    device: str


@dataclass(frozen=True, slots=True)
class CodeNeeded:
    """The first step is done; `token` stands for it until the code of the second factor comes."""

    token: str


@dataclass(frozen=True, slots=True)
class PasskeyNeeded:
    """The first step is done, a second factor is asked for here, and this account's is its passkey."""


@dataclass(frozen=True, slots=True)
class Throttled:
    """Too many wrong passwords: wait this long."""

    seconds: int


@dataclass(frozen=True, slots=True)
class Refused:
    """The link is used, expired or unknown (`password_fault` ""), or the password will not do."""

    password_fault: str = ""


async def invite(services: Services, email: str, name: str, role: str, clinic: str) -> str:
    """A new account and the one-time link by which its owner chooses a password."""
    now = services.wall()
    account = staff.Account(
        id=derive("account", email.casefold()),
        email=email.casefold(),
        name=name,
        role=role,
        clinic=clinic,
        password_hash="",
        created_at=now,
        disabled_at=None,
    )
    async with services.store.transaction() as tx:
        await staff.add_account(tx, account)
    return await make_link(services, account, SET_PASSWORD)


async def make_link(services: Services, account: Account, purpose: str) -> str:
    """A one-time link for this account, to choose a password (SET_PASSWORD) or to come straight in (SIGN_IN)."""
    token = secrets.token_urlsafe(32)
    async with services.store.transaction() as tx:
        await staff.add_link(tx, digest_of(token), account.id, purpose, services.wall() + LINK_LASTS)
    return f"{services.public_url.rstrip('/')}/{PATHS[purpose]}/{token}"


async def accept_link(
    services: Services, token: str, password: str, browser: str = ""
) -> SignedIn | CodeNeeded | PasskeyNeeded | Refused:
    """Uses the link once: the password is set, every earlier session ends, and its owner is in."""
    new_hash = await passwords.hashed(password) if passwords.is_long_enough(password) else ""
    try:
        async with services.store.transaction() as tx:
            account = await staff.use_link(tx, digest_of(token), services.wall(), SET_PASSWORD)
            if account is None:
                return Refused()
            _refuse_weak(password, account.email)
            await staff.set_password(tx, account.id, new_hash)
            await staff.end_sessions_of(tx, account.id)
    except _LinkStaysError as error:
        return Refused(str(error))
    return await _come_in(services, account, browser)


async def _refuse_wrong(services: Services, tx: Transaction, account_id: str, code: str) -> None:
    if not await second_factor.is_right(services, tx, account_id, code):
        raise _LinkStaysError


class _LinkStaysError(Exception):
    """Rolls the use of a link back, so that its owner may try another password, or another code."""


def _refuse_weak(password: str, email: str) -> None:
    fault = passwords.why_refused(password, email)
    if fault:
        raise _LinkStaysError(fault)


async def one_time_sign_in(
    services: Services, token: str, browser: str = ""
) -> SignedIn | CodeNeeded | PasskeyNeeded | Refused:
    """Uses a link that needs no password, once."""
    async with services.store.transaction() as tx:
        account = await staff.use_link(tx, digest_of(token), services.wall(), SIGN_IN)
    return await _come_in(services, account, browser) if account else Refused()


async def check_code(
    services: Services, token: str, code: str, address: str, browser: str = ""
) -> SignedIn | Throttled | CodeNeeded | None:
    """The second step: CodeNeeded again for a wrong code, None where the first step is too long ago."""
    keys = sign_in_pace.keys_of(digest_of(token), address, "")
    async with services.store.transaction() as tx:
        seconds = await sign_in_pace.take_turn(tx, keys, services.wall())
    if seconds:
        return Throttled(seconds)
    try:
        async with services.store.transaction() as tx:
            account = await staff.use_link(tx, digest_of(token), services.wall(), SECOND_STEP)
            if account is None:
                return None
            await _refuse_wrong(services, tx, account.id, code)
    except _LinkStaysError:
        return CodeNeeded(token)
    return await new_session(services, account, browser)


async def check_password(
    services: Services, email: str, password: str, address: str, device: str = "", browser: str = ""
) -> SignedIn | CodeNeeded | PasskeyNeeded | Throttled | None:
    """The same answer, in the same time, for a wrong password and for an account that is not there.

    device: what this browser was given when somebody came in before ("" for none).
    """
    email = email.strip().casefold()
    is_known = sign_in_pace.is_known(services.secret_key, email, device)
    keys = sign_in_pace.keys_of(email, address, device if is_known else "")
    async with services.store.transaction() as tx:
        # Counted before it is tried, so that many at once are no way around.
        seconds = await sign_in_pace.take_turn(tx, keys, services.wall())
        account = await staff.account(tx, email)
    if seconds:
        return Throttled(seconds)
    is_right = await passwords.is_right(account.password_hash if account else "", password)
    if not is_right or account is None or account.disabled_at is not None:
        return None
    async with services.store.transaction() as tx:
        await sign_in_pace.forget(tx, keys)
    return await _come_in(services, account, browser)


async def session_of(services: Services, token: str, *, is_use: bool = True) -> Session | None:
    """The session of this cookie, if it still holds. A page that only listens is no use: `is_use` False."""
    now = services.wall()
    async with services.store.reading() as tx:
        session = await staff.session(tx, digest_of(token))
    if session is None or session.account.disabled_at is not None or _is_over(session, now):
        return None
    if is_use and now - session.last_seen_at >= TOUCH_EVERY:
        async with services.store.transaction() as tx:
            await staff.touch_session(tx, digest_of(token), now)
    return session


async def sign_out(services: Services, token: str) -> None:
    """Ends the session on the server: the cookie is worth nothing from here on."""
    async with services.store.transaction() as tx:
        await staff.end_session(tx, digest_of(token))


def _is_over(session: Session, now: datetime) -> bool:
    return now - session.created_at >= SESSION_LASTS or now - session.last_seen_at >= IDLE_AFTER


async def sessions_of(services: Services, account: Account) -> Sequence[OpenSession]:
    """Every browser in which this person is signed in, the last used first."""
    now = services.wall()
    async with services.store.reading() as tx:
        found = await staff.sessions_of(tx, account.id)
    return [one for one in found if now - one.created_at < SESSION_LASTS and now - one.last_seen_at < IDLE_AFTER]


async def end_session(services: Services, account: Account, session_id: str) -> None:
    """One of this person's browsers is out."""
    async with services.store.transaction() as tx:
        found = await staff.sessions_of(tx, account.id)
        for one in found:
            if one.id == session_id:
                await staff.end_session(tx, one.token_hash)


async def sign_out_everywhere(services: Services, account: Account) -> None:
    """Every browser of this person is out, this one too."""
    async with services.store.transaction() as tx:
        await staff.end_sessions_of(tx, account.id)


def session_id(token: str) -> str:
    """By what a session is named on a page: of its digest, so that it opens nothing."""
    return staff.session_name(digest_of(token))


async def _come_in(services: Services, account: Account, browser: str) -> SignedIn | CodeNeeded | PasskeyNeeded:
    """Whoever has a second factor is asked for it first."""
    if not await second_factor.has_one(services, account.id):
        if services.requires_second_factor and await _has_passkey(services, account):
            # Let in, somebody with nothing but the password would only set up a factor of their own.
            return PasskeyNeeded()
        return await new_session(services, account, browser)
    token = secrets.token_urlsafe(32)
    async with services.store.transaction() as tx:
        await staff.add_link(tx, digest_of(token), account.id, SECOND_STEP, services.wall() + CODE_WITHIN)
    return CodeNeeded(token)


async def _has_passkey(services: Services, account: Account) -> bool:
    async with services.store.reading() as tx:
        return await passkeys.has_any(tx, account.id)


async def new_session(services: Services, account: Account, browser: str, passkey: str = "") -> SignedIn:
    """Its owner is in: every step that was asked for is done. passkey: the one that was shown, "" for none."""
    token, csrf = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
    async with services.store.transaction() as tx:
        await staff.add_session(tx, digest_of(token), account.id, csrf, services.wall(), browser, passkey)
    return SignedIn(token, account, sign_in_pace.known_device(services.secret_key, account.email))


def digest_of(token: str) -> str:
    """As what a token is stored: nobody comes in by what stands in the database."""
    return hashlib.sha256(token.encode()).hexdigest()
