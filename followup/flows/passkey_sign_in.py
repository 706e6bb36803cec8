"""Staff come in by a passkey alone: it is theirs, and they proved to it that they are there, so it is both factors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from followup.flows import ceremonies, sign_in_pace
from followup.flows.passkeys import new_challenge, note, use_challenge
from followup.flows.sign_in import SignedIn, Throttled, new_session
from followup.store import passkeys, staff

if TYPE_CHECKING:
    from collections.abc import Mapping

    from followup.flows.ceremonies import Said
    from followup.flows.services import Services
    from followup.flows.sign_in_pace import Keys
    from followup.store.passkeys import Passkey
    from followup.store.staff import Account


@dataclass(frozen=True, slots=True)
class NotLetIn:
    """Nobody comes in. is_copied: the passkey is right, but there may be two of it; it is good no longer."""

    is_copied: bool = False


async def begin_sign_in(services: Services, address: str) -> Mapping[str, Any] | Throttled | None:
    """What the browser is asked to show a passkey by; None where nobody can have one."""
    site = ceremonies.site_of(services.public_url)
    if site is None:
        return None
    async with services.store.transaction() as tx:
        seconds = await sign_in_pace.take_turn(tx, _asking(address), services.wall())
        challenge = b"" if seconds else await new_challenge(services, tx, "")
    return Throttled(seconds) if seconds else ceremonies.to_show(site, challenge)


async def sign_in(
    services: Services, answer: str, address: str, device: str = "", browser: str = ""
) -> SignedIn | Throttled | NotLetIn:
    """The answer to that, of any account. device: as with a password."""
    site, said = ceremonies.site_of(services.public_url), ceremonies.read_answer(answer)
    if site is None or said is None:
        return NotLetIn()
    async with services.store.transaction() as tx:
        shown = await passkeys.passkey(tx, said.credential_id)
        account = await staff.account_by_id(tx, shown.account_id) if shown else None
        keys = _keys(services, account, said, address, device)
        # Counted before it is looked at, as passwords are.
        seconds = await sign_in_pace.take_turn(tx, keys, services.wall())
        is_open = not seconds and await use_challenge(services, tx, said.challenge, "")
    if seconds:
        return Throttled(seconds)
    if not is_open or account is None or shown is None or said.handle.rstrip("=") != shown.handle:
        return NotLetIn()
    count = await ceremonies.check_shown(site, answer, said.challenge, shown.public_key)
    refused = NotLetIn() if count is None else await _use(services, shown, count)
    if refused is not None:
        return refused
    async with services.store.transaction() as tx:
        await sign_in_pace.forget(tx, (*keys, *_asking(address)))
    return await new_session(services, account, browser, shown.id)


async def _use(services: Services, shown: Passkey, count: int) -> NotLetIn | None:
    """None where it is good. Looks again, locked: it may be gone by now, its account ended, or it is used twice."""
    async with services.store.transaction() as tx:
        now = await passkeys.passkey(tx, shown.credential_id)
        account = await staff.account_by_id(tx, now.account_id) if now else None
        if now is None or account is None or account.disabled_at is not None:
            return NotLetIn()
        if now.refused_at is not None:
            return NotLetIn(is_copied=True)
        if (count or now.sign_count) and count <= now.sign_count:
            await passkeys.refuse(tx, now, services.wall())
            await note(services, tx, account, "PasskeyRefused", now)
            return NotLetIn(is_copied=True)
        await passkeys.note_use(tx, now, count, services.wall())
    return None


def _keys(services: Services, account: Account | None, said: Said, address: str, device: str) -> Keys:
    """Counted with the wrong passwords of the account, or, where there is none, by what was shown."""
    email = account.email if account else f"passkey:{passkeys.passkey_id(said.credential_id)}"
    is_known = sign_in_pace.is_known(services.secret_key, email, device)
    return sign_in_pace.keys_of(email, address, device if is_known else "")


def _asking(address: str) -> Keys:
    """Whoever asks has us write: not too often from one address."""
    return ((f"asking:{address}", sign_in_pace.ADDRESS),)
