"""Finding a patient by what a person types: part of a name, the last digits of a phone, a booking."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, false, or_

from followup.store.patients import sought
from followup.store.tables import episodes, patients

if TYPE_CHECKING:
    from sqlalchemy import Select

FEWEST_DIGITS = 3


def found_by(statement: Select[Any], typed: str) -> Select[Any]:
    """Of a statement that joins episodes and patients: the rows that fit what was typed, all of them for ""."""
    typed = typed.strip()
    if not typed:
        return statement
    words = [patients.c.sought.contains(word, autoescape=True) for word in sought(typed).split()]
    digits = re.sub(r"[\s()./+-]", "", typed)
    is_number = digits.isdecimal() and digits.isascii() and len(digits) >= FEWEST_DIGITS
    # Written nationally, a phone begins with a 0 that its international form lacks.
    by_phone = patients.c.phone.endswith(digits.lstrip("0"), autoescape=True) if is_number else false()
    return statement.where(or_(and_(*words) if words else false(), by_phone, episodes.c.booking_id == typed))
