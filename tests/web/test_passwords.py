"""Which passwords are taken, and that the right one opens."""

from __future__ import annotations

import unicodedata

import pytest
from argon2 import PasswordHasher

from followup.flows.passwords import NOBODYS_HASH, hashed, is_right, why_refused
from followup.flows.sign_in_pace import ONE_BROWSER, is_known, known_device

EMAIL = "nia@glow.example"


@pytest.mark.parametrize(
    "password", ["a few good words", "ünïcødé with spaces ", "x1y2z3a4b5c6", "correct horse", "p" + "abcd" * 31]
)
def test_any_characters_will_do(password: str) -> None:
    assert why_refused(password, EMAIL) == ""


@pytest.mark.parametrize(
    "password",
    ["short", "elevenchars", "a" * 129, "Password1234", "aaaaaaaaaaaaa", "nia@glow.example", "my nia@glow.example"],
)
def test_short_long_common_and_ones_own_address_are_refused(password: str) -> None:
    assert why_refused(password, EMAIL)


async def test_the_right_password_opens_however_the_keyboard_composes_it() -> None:
    stored = await hashed("naïve café words")
    assert await is_right(stored, "naïve café words")
    assert await is_right(stored, unicodedata.normalize("NFD", "naïve café words"))
    assert not await is_right(stored, "naive cafe words")


async def test_an_account_without_password_or_no_account_never_opens() -> None:
    assert not await is_right("", "")
    assert not await is_right("", "a few good words")
    assert not await is_right("nonsense", "a few good words")


def test_looking_for_nobody_costs_as_much_as_for_somebody() -> None:
    assert not PasswordHasher().check_needs_rehash(NOBODYS_HASH)


def test_tries_are_slowed_down_more_and_more_but_never_for_long() -> None:
    waits = [ONE_BROWSER.wait(tries).total_seconds() for tries in range(40)]
    assert waits[:8] == [0, 0, 0, 0, 0, 1, 2, 4]
    assert max(waits) == 300


def test_a_browser_is_known_for_one_account_only() -> None:
    device = known_device("k" * 40, EMAIL)
    assert is_known("k" * 40, EMAIL, device)
    assert not is_known("k" * 40, "other@glow.example", device)
    assert not is_known("j" * 40, EMAIL, device)
    assert not is_known("k" * 40, EMAIL, "")
    assert not is_known("k" * 40, EMAIL, "é.é")
