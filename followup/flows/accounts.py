"""Accounts of staff, as an administrator sees to them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from followup.flows.passkeys import note
from followup.flows.sign_in import SET_PASSWORD, invite, make_link
from followup.store import factors, passkeys, staff

if TYPE_CHECKING:
    from followup.flows.services import Services
    from followup.store.staff import Account

BY_HAND = "command line"
_ADDRESS = re.compile(r"[^\s@<>\"',;]+@[^\s@<>\"',;]+")


class AccountError(Exception):
    """It cannot be done; the message says why and what to do."""


async def add_account(services: Services, email: str, name: str, role: str, clinic: str) -> str:
    """A new account; the link by which its owner chooses a password."""
    if not _ADDRESS.fullmatch(email):
        message = f"{email} is no e-mail address"
        raise AccountError(message)
    if await _account(services, email) is not None:
        message = f"{email} has an account; for a new link: followup user reset {email}"
        raise AccountError(message)
    return await invite(services, email, name, role, clinic)


async def list_accounts(services: Services) -> list[dict[str, str]]:
    """Every account, and where it stands."""
    async with services.store.reading() as tx:
        found = await staff.accounts(tx)
    return [
        {"email": one.email, "name": one.name, "role": one.role, "clinic": one.clinic, "state": _state(one)}
        for one in found
    ]


async def disable_account(services: Services, email: str) -> None:
    """Ends an account and every session of it."""
    account = await _known(services, email)
    async with services.store.transaction() as tx:
        await staff.disable(tx, account.id, services.wall())
        await staff.end_sessions_of(tx, account.id)


async def reset_account(services: Services, email: str) -> str:
    """A new link to choose a password by; second factor and passkeys are off: what they were on may be lost."""
    account = await _known(services, email)
    if account.disabled_at is not None:
        message = f"{email} is disabled"
        raise AccountError(message)
    async with services.store.transaction() as tx:
        await factors.remove(tx, account.id)
        for gone in await passkeys.passkeys_of(tx, account.id):
            await passkeys.remove(tx, account.id, gone.id)
            await note(services, tx, account, "PasskeyRemoved", gone, who=BY_HAND)
    return await make_link(services, account, SET_PASSWORD)


async def _account(services: Services, email: str) -> Account | None:
    async with services.store.reading() as tx:
        return await staff.account(tx, email.casefold())


async def _known(services: Services, email: str) -> Account:
    account = await _account(services, email)
    if account is None:
        message = f"there is no account {email}"
        raise AccountError(message)
    return account


def _state(account: Account) -> str:
    if account.disabled_at is not None:
        return "disabled"
    return "active" if account.password_hash else "invited"
