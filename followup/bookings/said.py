"""What patients and staff wrote into a booking system's free fields: a phone, a name, a yes or a no."""

from __future__ import annotations

import re
from typing import Any

from followup.bookings.tolerant import MAX_PHONE, ident, within, words
from followup.domain.ids import derive
from followup.domain.inputs import Consent

_YES = frozenset(
    "yes y true on 1 granted agree agreed accept accepted ok okay sí si sì ja oui sim да".split()  # noqa: SIM905 - a list of words reads better
)
_NO = frozenset("no n false off 0 withdrawn decline declined disagree refuse refused never nein nee non não не".split())  # noqa: SIM905 - the same
_WORD = re.compile(r"\w+")
_FEWEST_DIGITS = 5


def consent(value: Any) -> Consent | None:
    """Granted or withdrawn, from a box ticked or the first word written ("sms: yes"); None where it says neither."""
    if isinstance(value, bool):
        return Consent.GRANTED if value else Consent.WITHDRAWN
    if isinstance(value, dict):
        return consent(value.get("value"))
    if isinstance(value, list):
        return consent(value[0]) if value else None
    spoken = _WORD.findall((ident(value) or "").rpartition(":")[2].casefold())
    first = next((word for word in spoken if word not in {"i", "ich", "io", "yo", "je"}), "")
    if first in _NO:
        return Consent.WITHDRAWN
    return Consent.GRANTED if first in _YES else None


def phone(*values: Any) -> str | None:
    """The first of these that has digits enough to be a number, as it was written."""
    for value in values:
        found = words(within(value, "value") if isinstance(value, dict) else value, MAX_PHONE)
        if found and sum(character.isdigit() for character in found) >= _FEWEST_DIGITS:
            return found
    return None


def names(given: Any, family: Any, whole: Any = None) -> tuple[str | None, str | None]:
    """Given and family name; of a whole name the first word is taken for the given one."""
    first, last = words(given), words(family)
    if first or last:
        return first, last
    head, _, rest = (words(whole) or "").partition(" ")
    return head or None, rest.strip() or None


def person(system: str, email: Any) -> str | None:
    """An id for a patient whom the system knows by e-mail address only; the address itself is in no log or link."""
    address = words(email)
    return derive("patient", system, address.casefold()) if address else None
