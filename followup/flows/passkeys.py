"""The passkeys of an account: its owner adds one, sees which there are, and takes one away."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from followup.flows import ceremonies, passwords, sign_in_pace
from followup.flows.ceremonies import site_of
from followup.flows.sign_in import Throttled, digest_of
from followup.store import journal, passkeys
from followup.store.passkeys import Passkey

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from followup.flows.services import Services
    from followup.store import Transaction
    from followup.store.staff import Account, Session

ANSWER_WITHIN = timedelta(minutes=5)
FRESH = timedelta(minutes=10)
"""How long after coming in a passkey is added without saying the password again."""
MOST, LONGEST_NAME, BYTES = 20, 60, 32


@dataclass(frozen=True, slots=True)
class NotAdded:
    """What is wrong, in words for whoever is adding it."""

    why: str


IMPOSSIBLE = NotAdded("Passkeys need the service to be reached by https and a name.")
WRONG_PASSWORD = NotAdded("The password is not right. Nothing was added.")
ENOUGH = NotAdded(f"You have {MOST} passkeys. Remove one that you do not use first.")
NOT_RIGHT = NotAdded("That did not work, or took too long. Nothing was added; try again.")


def is_possible(services: Services) -> bool:
    """Whether browsers would make passkeys for this service."""
    return site_of(services.public_url) is not None


def is_fresh(services: Services, session: Session) -> bool:
    """Whether whoever is at this browser came in just now."""
    return services.wall() - session.created_at < FRESH


async def list_passkeys(services: Services, account: Account) -> Sequence[Passkey]:
    """Those of this account, the oldest first."""
    async with services.store.reading() as tx:
        return await passkeys.passkeys_of(tx, account.id)


async def begin_adding(
    services: Services, session: Session, password: str, address: str
) -> Mapping[str, Any] | NotAdded | Throttled:
    """What the browser is asked to make one by."""
    account, site = session.account, site_of(services.public_url)
    if site is None:
        return IMPOSSIBLE
    if not is_fresh(services, session):
        refused = await _ask_again(services, account, password, address)
        if refused is not None:
            return refused
    async with services.store.transaction() as tx:
        known = await passkeys.passkeys_of(tx, account.id)
        if len(known) >= MOST:
            return ENOUGH
        challenge = await new_challenge(services, tx, account.id)
    handle = _handle(services, account, known)
    return ceremonies.to_make(site, account, handle, challenge, [one.credential_id for one in known])


async def add(services: Services, session: Session, token: str, answer: str, name: str) -> NotAdded | None:
    """The passkey that the browser made is kept; from here on the session (its token) is as if opened by it."""
    account, site, said = session.account, site_of(services.public_url), ceremonies.read_answer(answer)
    if site is None or said is None:
        return NOT_RIGHT
    async with services.store.transaction() as tx:
        is_open = await use_challenge(services, tx, said.challenge, account.id)
    made = await ceremonies.check_made(site, answer, said.challenge) if is_open else None
    if made is None:
        return NOT_RIGHT
    async with services.store.transaction() as tx:
        known = await passkeys.passkeys_of(tx, account.id)
        new = Passkey(
            id=passkeys.passkey_id(made.credential_id),
            account_id=account.id,
            credential_id=made.credential_id,
            public_key=made.public_key,
            handle=_handle(services, account, known),
            name=" ".join(name.split())[:LONGEST_NAME] or "Passkey",
            sign_count=made.sign_count,
            created_at=services.wall(),
        )
        if len(known) >= MOST or not await passkeys.add(tx, new):
            return NOT_RIGHT
        await passkeys.prove_session(tx, digest_of(token), new.id)
        await note(services, tx, account, "PasskeyAdded", new)
    return None


async def remove(services: Services, account: Account, token: str, removed: str) -> bool:
    """It opens nothing any more, and whoever came in by it elsewhere is out; False where there is none."""
    async with services.store.transaction() as tx:
        gone = await passkeys.remove(tx, account.id, removed, digest_of(token))
        if gone is not None:
            await note(services, tx, account, "PasskeyRemoved", gone)
    return gone is not None


async def new_challenge(services: Services, tx: Transaction, account_id: str) -> bytes:
    """Something nobody could have answered before; kept by its digest. account_id: "" to sign in."""
    challenge, now = secrets.token_bytes(BYTES), services.wall()
    digest = hashlib.sha256(challenge).hexdigest()
    await passkeys.add_challenge(tx, digest, account_id, now, now + ANSWER_WITHIN)
    return challenge


async def use_challenge(services: Services, tx: Transaction, challenge: bytes, account_id: str) -> bool:
    """Whether it is one of ours that nobody answered yet; it is used up."""
    return await passkeys.use_challenge(tx, hashlib.sha256(challenge).hexdigest(), account_id, services.wall())


async def note(
    services: Services, tx: Transaction, account: Account, event: str, about: Passkey, *, who: str = ""
) -> None:
    """A line in the journal; who: where it was not its owner."""
    body = {"account": account.id, "passkey": about.id, "name": about.name}
    await journal.note(tx, account.clinic, "", event, body, at=services.clock(), who=who or account.email)


def _handle(services: Services, account: Account, known: Sequence[Passkey]) -> str:
    """By what authenticators know the account. It says nothing, and stays when the secret key is changed."""
    if known:
        return known[0].handle
    said = f"passkey\x1f{account.id}".encode()
    return ceremonies.text_of(hmac.new(services.secret_key.encode(), said, hashlib.sha256).digest())


async def _ask_again(services: Services, account: Account, password: str, address: str) -> NotAdded | Throttled | None:
    """An open browser is not enough to make oneself at home."""
    keys = sign_in_pace.keys_of(account.email, address, "")
    async with services.store.transaction() as tx:
        seconds = await sign_in_pace.take_turn(tx, keys, services.wall())
    if seconds:
        return Throttled(seconds)
    if not await passwords.is_right(account.password_hash, password):
        return WRONG_PASSWORD
    async with services.store.transaction() as tx:
        await sign_in_pace.forget(tx, keys)
    return None
