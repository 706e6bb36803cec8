"""Accounts, links, sessions, tokens and tries: each worth exactly what it should be."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from sqlalchemy.exc import IntegrityError
from store_kit import DAY, HOUR, NOON

from followup.store import staff
from followup.store.staff import Account, ApiToken, Session

if TYPE_CHECKING:
    from followup.store import Store

NURSE = Account("a1", "nurse@glow.example", "Nurse", "reviewer", "glow", "", NOON, None)


async def add(store: Store, *accounts: Account) -> None:
    async with store.transaction() as tx:
        for account in accounts:
            await staff.add_account(tx, account)


async def test_an_account_is_found_by_mail_and_id(store: Store) -> None:
    lead = replace(NURSE, id="a2", email="lead@glow.example", role="lead", clinic="")
    await add(store, NURSE, lead)
    async with store.transaction() as tx:
        await staff.set_password(tx, "a1", "$argon2id$")
        known = replace(NURSE, password_hash="$argon2id$")
        assert await staff.account(tx, NURSE.email) == known
        assert await staff.account_by_id(tx, "a1") == known
        assert await staff.accounts(tx) == [lead, known]
        assert await staff.account(tx, "nobody@glow.example") is None


async def test_two_accounts_cannot_have_one_mail(store: Store) -> None:
    await add(store, NURSE)
    with pytest.raises(IntegrityError):
        await add(store, replace(NURSE, id="a2"))


async def test_a_link_opens_once(store: Store) -> None:
    await add(store, NURSE)
    async with store.transaction() as tx:
        for name, ends in {"good": NOON + HOUR, "over": NOON, "race": NOON + HOUR}.items():
            await staff.add_link(tx, name, "a1", "set-password", ends)

    async def use(name: str, purpose: str = "") -> Account | None:
        async with store.transaction() as tx:
            return await staff.use_link(tx, name, NOON, purpose)

    assert await use("good", "sign-in") is None
    assert await use("good", "set-password") == NURSE
    assert await use("good") is None
    assert await use("over") is None
    assert await use("unknown") is None
    assert sorted(map(bool, await asyncio.gather(*(use("race") for _ in range(5))))) == [False] * 4 + [True]


async def test_a_link_of_a_disabled_account_opens_nothing(store: Store) -> None:
    await add(store, NURSE)
    async with store.transaction() as tx:
        await staff.add_link(tx, "before", "a1", "sign-in", NOON + HOUR)
        await staff.add_session(tx, "s1", "a1", "csrf", NOON)
        assert await staff.disable(tx, "a1", NOON)
        assert not await staff.disable(tx, "a1", NOON + HOUR)
        await staff.add_link(tx, "after", "a1", "sign-in", NOON + HOUR)
        assert await staff.use_link(tx, "before", NOON) is None
        assert await staff.use_link(tx, "after", NOON) is None
        assert await staff.session(tx, "s1") is None
        account = await staff.account(tx, NURSE.email)
    assert account is not None
    assert account.disabled_at == NOON


async def test_a_session_lasts_until_it_is_ended(store: Store) -> None:
    await add(store, NURSE)
    async with store.transaction() as tx:
        for name in ("s1", "s2", "s3"):
            await staff.add_session(tx, name, "a1", f"csrf-{name}", NOON)
        await staff.touch_session(tx, "s1", NOON + HOUR)
        assert await staff.session(tx, "s1") == Session(NURSE, "csrf-s1", NOON, NOON + HOUR)
        await staff.end_session(tx, "s1")
        assert await staff.session(tx, "s1") is None
        assert await staff.session(tx, "s2") == Session(NURSE, "csrf-s2", NOON, NOON)
        await staff.end_sessions_of(tx, "a1")
        assert await staff.session(tx, "s2") is None


async def test_a_token_is_dead_once_revoked_and_its_name_is_free_again(store: Store) -> None:
    async with store.transaction() as tx:
        await staff.add_token(tx, "desk", "h1", "glow", NOON)
        assert await staff.token(tx, "h1") == ApiToken("desk", "h1", "glow", NOON)
        assert await staff.revoke_token(tx, "desk")
        assert not await staff.revoke_token(tx, "desk")
        assert await staff.token(tx, "h1") is None
        await staff.add_token(tx, "desk", "h2", "", NOON)
        assert [token.token_hash for token in await staff.tokens(tx)] == ["h2"]
        assert await staff.token(tx, "none") is None


async def test_tries_are_remembered_by_key_and_time(store: Store) -> None:
    async with store.transaction() as tx:
        for hours in (2, 1, 0):
            await staff.note_failure(tx, "account:a", NOON + hours * HOUR)
        await staff.note_failure(tx, "account:b", NOON)
        assert await staff.failures(tx, "account:a", NOON + HOUR) == [NOON + HOUR, NOON + 2 * HOUR]
        await staff.clear_failures(tx, "account:a")
        assert await staff.failures(tx, "account:a", NOON) == []
        assert await staff.failures(tx, "account:b", NOON) == [NOON]


async def test_what_nobody_can_use_any_more_is_swept(store: Store) -> None:
    await add(store, NURSE)
    async with store.transaction() as tx:
        for name, at in {"old": NOON, "new": NOON + DAY}.items():
            await staff.note_failure(tx, name, at)
            await staff.add_session(tx, name, "a1", "csrf", at)
            await staff.add_link(tx, name, "a1", "sign-in", at + HOUR)
        await staff.sweep(tx, NOON + 2 * HOUR)
        assert await staff.session(tx, "old") is None
        assert await staff.session(tx, "new") is not None
        assert await staff.failures(tx, "old", NOON) == []
        assert await staff.failures(tx, "new", NOON) == [NOON + DAY]
        assert await staff.use_link(tx, "new", NOON) == NURSE
