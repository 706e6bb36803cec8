"""Which known words a misspelling may stand for."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from dataclasses import dataclass
from functools import cached_property
from zlib import crc32

_SHORTEST_REPAIR = 4
_SHORTEST_DOUBLE_REPAIR = 8


@dataclass(frozen=True)
class Spellings:
    """Words a misspelling may stand for, found by letters left out on both sides."""

    words: tuple[str, ...]
    completed: tuple[str, ...] = ()
    """Words made from stems ("swell" + "ing"); one letter may be wrong in these, never two."""

    def near(self, spelling: str) -> tuple[str, ...]:
        """Known words that are this spelling with one letter too many, or two where the word is long."""
        wanted = _fingerprint(spelling)
        place = bisect_left(self._index, wanted << _BITS)
        found: list[str] = []
        while place < len(self._index) and self._index[place] >> _BITS == wanted:
            word = self._all[self._index[place] & _MASK]
            if _is_within(spelling, word):  # two spellings may share a fingerprint
                found.append(word)
            place += 1
        return tuple(found)

    def prepare(self) -> None:
        """Makes the index now, so that no reply has to wait for it."""
        self.near("")

    @cached_property
    def _all(self) -> tuple[str, ...]:
        return (*self.words, *self.completed)

    @cached_property
    def _index(self) -> array[int]:
        """Fingerprint of a spelling and number of a word, in one number each, sorted: a tenth of a dict's size.

        Made at the first misspelling, if not prepared: most replies have none, and it takes longer than all else.
        """
        made = frozenset(self.completed)
        # Sorted bucket by bucket: one long list of numbers would leave a hole in memory that nothing fills again.
        buckets = [array("Q") for _ in range(_BUCKETS)]
        for number, word in enumerate(self._all):
            if len(word) < _SHORTEST_REPAIR or not word.isalpha():
                continue
            spellings = {word, *shortened(word)}
            if len(word) >= _SHORTEST_DOUBLE_REPAIR and word not in made:
                spellings |= {shorter for one in tuple(spellings) for shorter in shortened(one)}
            for spelling in spellings:
                fingerprint = _fingerprint(spelling)
                buckets[fingerprint >> _BUCKET_SHIFT].append(fingerprint << _BITS | number)
        index = array("Q")
        for bucket in buckets:
            index.extend(sorted(bucket))
        return index


_BITS = 24
_MASK = (1 << _BITS) - 1
_BUCKETS, _BUCKET_SHIFT = 64, 26
"""By the highest six of a fingerprint's 32 bits."""


def _fingerprint(spelling: str) -> int:
    return crc32(spelling.encode("utf-8", "surrogatepass"))


def _is_within(spelling: str, word: str) -> bool:
    """Whether the word becomes the spelling by leaving letters out."""
    letters = iter(word)
    return all(letter in letters for letter in spelling)


def shortened(word: str) -> set[str]:
    """The word with each one of its letters left out."""
    return {word[:place] + word[place + 1 :] for place in range(len(word))}
