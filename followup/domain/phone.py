"""A telephone number as the world writes it, and as a log may show it."""

from __future__ import annotations

import re
from dataclasses import dataclass

_E164 = re.compile(r"\+[1-9][0-9]{6,14}")


class NotAPhoneError(ValueError):
    """These characters are no telephone number in E.164 form; the message never repeats them."""


@dataclass(frozen=True, slots=True, repr=False)
class PhoneNumber:
    """One number in E.164 form: "+", country code, 7 to 15 digits. NotAPhoneError otherwise.

    Only `e164` shows it: `str` and `repr` are masked, so that a careless log line gives nobody away.
    """

    e164: str

    def __post_init__(self) -> None:
        if not _E164.fullmatch(self.e164):
            raise NotAPhoneError('not a number in E.164 form ("+" and 7 to 15 digits)')

    def masked(self) -> str:
        """The number for logs: its last two digits only."""
        return masked(self.e164)

    def __str__(self) -> str:
        return self.masked()

    def __repr__(self) -> str:
        return f"PhoneNumber({self.masked()})"


def masked(phone: str) -> str:
    """Any number, well formed or not, for logs: its last two digits, and nothing of one that is shorter than seven."""
    digits = re.sub(r"[^0-9]", "", phone)
    return f"***{digits[-2:]}" if len(digits) >= 7 else "***"  # noqa: PLR2004 - E.164's shortest
