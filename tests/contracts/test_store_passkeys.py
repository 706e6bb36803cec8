"""Passkeys and their challenges: each belongs to one account, and each challenge is answered once."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from store_kit import HOUR, NOON

from followup.store import passkeys, staff
from followup.store.passkeys import Passkey, passkey_id
from followup.store.staff import Account

if TYPE_CHECKING:
    from followup.store import Store

NURSE = Account("a1", "nurse@glow.example", "Nurse", "reviewer", "glow", "", NOON, None)
LONG = "x" * 1300
LAPTOP = Passkey(passkey_id("c1"), "a1", "c1", "key-1", "handle", "Laptop", 3, NOON)
PHONE = Passkey(passkey_id(LONG), "a1", LONG, "key-2", "handle", "Phone", 0, NOON + HOUR)
OTHER = replace(LAPTOP, id=passkey_id("c3"), account_id="a2", credential_id="c3")


async def add(store: Store) -> None:
    async with store.transaction() as tx:
        await staff.add_account(tx, NURSE)
        for one in (LAPTOP, PHONE, OTHER):
            assert await passkeys.add(tx, one)


async def test_a_passkey_is_found_by_its_credential_and_listed_with_its_account(store: Store) -> None:
    await add(store)
    async with store.transaction() as tx:
        assert await passkeys.passkey(tx, "c1") == LAPTOP
        assert await passkeys.passkey(tx, LONG) == PHONE
        assert await passkeys.passkey(tx, "none") is None
        assert await passkeys.passkeys_of(tx, "a1") == [LAPTOP, PHONE]
        assert await passkeys.has_any(tx, "a1")
        assert not await passkeys.has_any(tx, "a3")
    assert len(PHONE.id) <= 64


async def test_a_credential_belongs_to_whoever_had_it_first(store: Store) -> None:
    await add(store)
    async with store.transaction() as tx:
        assert not await passkeys.add(tx, replace(LAPTOP, account_id="a2"))
        assert await passkeys.passkey(tx, "c1") == LAPTOP


async def test_its_uses_and_its_end_are_kept(store: Store) -> None:
    await add(store)
    async with store.transaction() as tx:
        await passkeys.note_use(tx, LAPTOP, 9, NOON + HOUR)
        await passkeys.refuse(tx, LAPTOP, NOON + 2 * HOUR)
        await passkeys.refuse(tx, LAPTOP, NOON + 3 * HOUR)
        kept = await passkeys.passkey(tx, "c1")
    assert kept == replace(LAPTOP, sign_count=9, last_used_at=NOON + HOUR, refused_at=NOON + 2 * HOUR)


async def test_with_a_passkey_go_the_sessions_it_opened_but_for_this_one(store: Store) -> None:
    await add(store)
    async with store.transaction() as tx:
        for name, by in {"here": LAPTOP.id, "there": LAPTOP.id, "phone": PHONE.id, "password": ""}.items():
            await staff.add_session(tx, name, "a1", "csrf", NOON, "", by)
        assert await passkeys.remove(tx, "a2", LAPTOP.id, "here") is None
        assert await passkeys.remove(tx, "a1", LAPTOP.id, "here") == LAPTOP
        assert await passkeys.remove(tx, "a1", LAPTOP.id, "here") is None
        found = {name: await staff.session(tx, name) for name in ("here", "there", "phone", "password")}
    assert {name: one.passkey if one else None for name, one in found.items()} == {
        "here": "",
        "there": None,
        "phone": PHONE.id,
        "password": "",
    }


async def test_a_session_can_be_proved_later(store: Store) -> None:
    await add(store)
    async with store.transaction() as tx:
        for name in ("s1", "s2"):
            await staff.add_session(tx, name, "a1", "csrf", NOON)
        await passkeys.prove_session(tx, "s1", LAPTOP.id)
        found = [await staff.session(tx, name) for name in ("s1", "s2")]
    assert [one.passkey if one else None for one in found] == [LAPTOP.id, ""]


async def test_a_challenge_is_answered_once_in_time_and_by_whom_it_was_meant_for(store: Store) -> None:
    async with store.transaction() as tx:
        for name, account, minutes in (("any", "", 5), ("mine", "a1", 5), ("over", "", 1), ("race", "", 5)):
            await passkeys.add_challenge(tx, name, account, NOON, NOON + minutes * HOUR / 60)

    async def use(name: str, account: str = "") -> bool:
        async with store.transaction() as tx:
            return await passkeys.use_challenge(tx, name, account, NOON + HOUR / 60)

    assert not await use("mine")
    assert not await use("mine", "a2")
    assert await use("mine", "a1")
    assert not await use("any", "a1")
    assert await use("any")
    assert not await use("any")
    assert not await use("over")
    assert sorted(await asyncio.gather(*(use("race") for _ in range(5)))) == [False] * 4 + [True]
