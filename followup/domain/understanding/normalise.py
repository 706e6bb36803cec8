"""Every dress of the same letters made one: what a phone, a keyboard or a microphone adds is taken off."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_LIKE = {
    **dict.fromkeys("\u2018\u2019\u201b\u00b4\u0060\u02bc\u02b9\uff07\u2032", "'"),
    **dict.fromkeys("\u2013\u2014\u2012\u2212\u2010\u2011", "-"),
    **dict.fromkeys("\u00b0\u00ba\u00aa", " "),
    "\u00bd": ".5",
    "\u00bf": "",
    "\u00a1": "",
    "\u2026": ".",
    "\u2028": "\n",
    "\u2029": "\n",
    "\u20e3": " ",
    "\u00df": "ss",
}
_LONGER_THAN_TWO = re.compile(r"([^\W\d_])\1{2,}")


@dataclass(frozen=True, slots=True)
class Folded:
    """Plain lower-case text, and for each of its characters the place in the original it came from."""

    text: str
    origins: tuple[int, ...]
    original: str

    def origin_span(self, start: int, end: int) -> tuple[int, int]:
        """Offsets into the original of the folded characters from `start` to before `end`."""
        return self.origins[start], self.origins[end - 1] + 1


def fold(text: str) -> Folded:
    """NFKC, lower case, no accents, plain apostrophes and spaces, and no letter more than twice in a row."""
    if text.isascii() and text.isprintable():
        return _without_elongation(text.lower().replace("`", "'"), range(len(text)), text)
    letters: list[str] = []
    origins: list[int] = []
    for place, character in enumerate(text):
        for letter in _plain(character):
            letters.append(letter)
            origins.append(place)
    return _without_elongation("".join(letters), origins, text)


def _plain(character: str) -> str:
    if " " <= character <= "~":
        return character.lower()
    if character in _LIKE:
        return _LIKE[character]
    category = unicodedata.category(character)
    if category == "Cf" or category.startswith("M"):
        return ""
    if category.startswith(("C", "Z")):
        return "\n" if character in "\n\r" else " "
    return _letter(character, category)


def _letter(character: str, category: str) -> str:
    """A letter, digit or sign in its plainest form; a sign stands apart from the words beside it."""
    if category == "Nd":
        return str(unicodedata.decimal(character))
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", character)).casefold()
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return f" {plain} " if category in {"No", "So"} else plain


def _without_elongation(text: str, origins: Sequence[int], original: str) -> Folded:
    if not _LONGER_THAN_TWO.search(text):
        return Folded(text, tuple(origins), original)
    keep = [True] * len(text)
    for run in _LONGER_THAN_TWO.finditer(text):
        keep[run.start() + 2 : run.end()] = [False] * (len(run[0]) - 2)
    kept = [place for place, wanted in enumerate(keep) if wanted]
    return Folded("".join(text[place] for place in kept), tuple(origins[place] for place in kept), original)
