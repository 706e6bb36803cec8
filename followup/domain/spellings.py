"""Which known words a misspelling may stand for."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

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
        return self._index.get(spelling, ())

    def prepare(self) -> None:
        """Makes the index now, so that no reply has to wait for it."""
        self.near("")

    @cached_property
    def _made(self) -> frozenset[str]:
        return frozenset(self.completed)

    @cached_property
    def _index(self) -> Mapping[str, tuple[str, ...]]:
        """Made at the first misspelling, if not prepared: most replies have none, and it takes longer than all else."""
        index: dict[str, list[str]] = {}
        for word in (*self.words, *self.completed):
            if len(word) < _SHORTEST_REPAIR or not word.isalpha():
                continue
            spellings = {word, *shortened(word)}
            if len(word) >= _SHORTEST_DOUBLE_REPAIR and word not in self._made:
                spellings |= {shorter for one in tuple(spellings) for shorter in shortened(one)}
            for spelling in spellings:
                index.setdefault(spelling, []).append(word)
        return {spelling: tuple(found) for spelling, found in index.items()}


def shortened(word: str) -> set[str]:
    """The word with each one of its letters left out."""
    return {word[:place] + word[place + 1 :] for place in range(len(word))}
