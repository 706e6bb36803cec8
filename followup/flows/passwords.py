"""Passwords of staff: hashed with argon2id in a thread, at most two at once; and which ones are refused."""

from __future__ import annotations

import asyncio
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from argon2 import PasswordHasher

SHORTEST, LONGEST = 12, 128
FEW_CHARACTERS = 4
# Of a password nobody knows: looking for an unknown account costs the same time as for a known one.
NOBODYS_HASH = "$argon2id$v=19$m=65536,t=3,p=4$+4TcK7mQQsNREn8wD0jTBg$KR58s6EJeDcE9AN+vw1+gFGQLuVK9XyZfuBeILMxKfs"

# The commonest passwords of twelve characters and more; shorter ones are refused by their length.
_OFTEN_USED = frozenset(
    {
        *("password1234", "passwordpassword", "password12345", "password123456", "password123!", "password2024"),
        *("password2025", "password2026", "123456789012", "1234567890123", "qwertyuiop123", "qwertyuiop12"),
        *("qwerty123456", "qwertyqwerty", "q1w2e3r4t5y6", "1q2w3e4r5t6y", "1qaz2wsx3edc", "zaq12wsxcde3"),
        *("iloveyou1234", "iloveyouforever", "letmein12345", "welcome12345", "welcome123456", "administrator"),
        *("admin1234567", "adminadmin12", "changeme1234", "trustno1trustno1", "abcdefghijkl", "abcdefg12345"),
        *("abc123abc123", "abcd1234abcd", "aa1234567890", "football1234", "baseball1234", "superman1234"),
        *("sunshine1234", "princess1234", "liverpoolfc1", "manchesterunited", "correcthorsebatterystaple"),
        *("followup1234", "followupfollowup", "mesotherapy1", "mesotherapy123", "clinic123456", "clinicclinic"),
    }
)


@cache
def _hasher() -> PasswordHasher:
    from argon2 import PasswordHasher  # once somebody signs in: a megabyte until then for nothing

    return PasswordHasher()


# 64 MiB each: more at once would let strangers exhaust the machine's memory.
_THREADS = ThreadPoolExecutor(max_workers=2, thread_name_prefix="password")


def why_refused(password: str, email: str) -> str:
    """What is wrong with a new password, in words for its owner; "" where it will do."""
    plain = _plain(password)
    if len(password) < SHORTEST:
        return f"Use at least {SHORTEST} characters. A few words you can remember are a good password."
    if len(password) > LONGEST:
        return f"Use at most {LONGEST} characters."
    if plain.casefold() in _OFTEN_USED or len(set(plain.casefold())) < FEW_CHARACTERS:
        return "That password is one of the first that others would try. Use a few words of your own."
    if email.casefold() in plain.casefold() or plain.casefold() == email.partition("@")[0].casefold():
        return "Do not use your e-mail address as your password."
    return ""


def is_long_enough(password: str) -> bool:
    """Whether its length alone would do; a longer text than we take is not worth hashing."""
    return SHORTEST <= len(password) <= LONGEST


async def hashed(password: str) -> str:
    """The password's argon2id hash, with its parameters and salt."""
    return await asyncio.get_running_loop().run_in_executor(_THREADS, _hash, _plain(password))


async def is_right(stored: str, password: str) -> bool:
    """Whether this is the password of that hash. Takes the same time where there is none ("")."""
    return await asyncio.get_running_loop().run_in_executor(_THREADS, _verify, stored, _plain(password))


def _hash(password: str) -> str:
    return _hasher().hash(password)


def _verify(stored: str, password: str) -> bool:
    from argon2.exceptions import InvalidHashError, VerificationError

    try:
        _hasher().verify(stored or NOBODYS_HASH, password)
    except (VerificationError, InvalidHashError):
        return False
    return bool(stored)


def _plain(password: str) -> str:
    # The same password typed on another keyboard may arrive composed differently.
    return unicodedata.normalize("NFKC", password)
