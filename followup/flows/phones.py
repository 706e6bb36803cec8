"""Phone numbers as booking systems and people write them."""

from __future__ import annotations

import re
import unicodedata

import phonenumbers

from followup.domain.phone import NotAPhoneError, PhoneNumber

_NO_MORE = re.compile(r"^\s*(?:tel:)?\s*")
_ABROAD = re.compile(r"^\(?00\)?(?=[\s(]*[1-9])")


def read_phone(raw: str, country: str) -> PhoneNumber | None:
    """The number meant by `raw`, read nationally in `country` (ISO 3166, "GB"); None for a phone that is none.

    A number whose length fits its country's plan is taken: plans change faster than libraries, and the carrier
    tells us of a number nobody has. One with an extension is refused, since no text would reach it.
    """
    try:
        number = phonenumbers.parse(_plain(raw), country)
    except phonenumbers.NumberParseException:
        return None
    reason = phonenumbers.is_possible_number_with_reason(number)
    if number.extension or reason != phonenumbers.ValidationResult.IS_POSSIBLE:
        return None
    try:
        return PhoneNumber(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
    except NotAPhoneError:
        return None


def _plain(raw: str) -> str:
    """Full-width digits made plain, invisible marks gone, and 00 read as "+" in every country."""
    text = unicodedata.normalize("NFKC", raw)
    text = "".join(character for character in text if unicodedata.category(character) != "Cf")
    return _ABROAD.sub("+", _NO_MORE.sub("", text))
