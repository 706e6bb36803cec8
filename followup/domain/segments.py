"""How many parts a text takes on its way, and which characters make it dear."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

# 3GPP TS 23.038, 6.2.1: the basic character set without its escape, and the extension that costs two.
BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENSION = frozenset("^{}\\[~]|€\f")
_GSM_7 = BASIC | EXTENSION

_JOINER = "\u200d"


class Encoding(StrEnum):
    """How a text travels: septets, or UTF-16 units as soon as one character has no septet."""

    GSM_7 = "GSM-7"
    UCS_2 = "UCS-2"


_ALONE = {Encoding.GSM_7: 160, Encoding.UCS_2: 70}
_IN_PARTS = {Encoding.GSM_7: 153, Encoding.UCS_2: 67}


@dataclass(frozen=True, slots=True)
class Segments:
    """What a text costs: `count` parts of `units` in all; `offending` are the characters that force UCS-2."""

    encoding: Encoding
    count: int
    units: int
    offending: tuple[str, ...] = ()


def segments(text: str) -> Segments:
    """Parts as the carrier counts them: 160 or 70 units alone, 153 or 67 each in several (twilio.md 6).

    What a reader sees as one character is never split over two parts.
    """
    offending = () if _GSM_7.issuperset(text) else tuple(dict.fromkeys(one for one in text if not is_gsm(one)))
    encoding = Encoding.UCS_2 if offending else Encoding.GSM_7
    units = _units(text, encoding)
    if units <= _ALONE[encoding]:
        return Segments(encoding, 1 if units else 0, units, offending)
    sizes = [_units(whole, encoding) for whole in graphemes(text)]
    return Segments(encoding, _packed(sizes, _IN_PARTS[encoding]), units, offending)


def is_gsm(character: str) -> bool:
    """Whether the character has a place in GSM-7."""
    return character in _GSM_7


def plain(character: str) -> str | None:
    """What to write instead so that a text stays GSM-7: "a" for "á", "" for an emoji.

    None for a letter of a script that GSM-7 lacks.
    """
    if character in _LOOKALIKES:
        return _LOOKALIKES[character]
    parts = [part for part in unicodedata.normalize("NFKD", character) if not unicodedata.combining(part)]
    if all(map(is_gsm, parts)):
        return "".join(parts)
    return None if unicodedata.category(character)[0] == "L" else ""


def graphemes(text: str) -> Iterator[str]:
    """What a reader sees as one character each (UAX 29's rules for marks, emoji sequences and flags)."""
    whole = ""
    for character in text:
        if whole and not _extends(whole, character):
            yield whole
            whole = ""
        whole += character
    if whole:
        yield whole


# Quotes, dashes, dots and spaces that word processors put in by themselves.
_LOOKALIKES = {
    **dict.fromkeys("\u2018\u2019\u201a`\u00b4", "'"),
    **dict.fromkeys("\u201c\u201d\u201e\u00ab\u00bb", '"'),
    **dict.fromkeys("\u2010\u2011\u2013\u2014\u2022", "-"),
    **dict.fromkeys("\t\u00a0\u202f", " "),
    "\u2026": "...",
}


def _extends(whole: str, character: str) -> bool:
    last = whole[-1]
    if last == _JOINER:
        return unicodedata.category(character) == "So"
    if _is_regional(character):
        return _is_regional(last) and len(whole) % 2 == 1
    return _is_mark(character)


def _is_mark(character: str) -> bool:
    return unicodedata.category(character) in {"Mn", "Me", "Mc"} or character in _JOINERS


_JOINERS = frozenset({_JOINER, "\u200c", *map(chr, range(0x1F3FB, 0x1F400)), *map(chr, range(0xE0020, 0xE0080))})


def _is_regional(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"


def _units(text: str, encoding: Encoding) -> int:
    if encoding is Encoding.GSM_7:
        return len(text) + sum(map(EXTENSION.__contains__, text))
    return sum(2 if character > "\uffff" else 1 for character in text)


def _packed(sizes: Iterable[int], room: int) -> int:
    count, used = 1, 0
    for size in sizes:
        if used + size > room:
            count, used = count + 1, 0
        # One character of more units than a part holds (marks piled upon marks) is split all the same.
        count, used = count + (used + size - 1) // room, (used + size - 1) % room + 1
    return count
