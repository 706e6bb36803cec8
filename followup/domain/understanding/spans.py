"""Where in the words each phrase of the vocabulary stands, and how far apart things are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from followup.domain.understanding.words import Break, Words
from followup.domain.vocabulary import Role

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from followup.domain.vocabulary import Lexeme, Meaning, Vocabulary

FILLER = "@filler"
LINK = "@link"
APART = {Break.NONE: 0, Break.COMMA: 4, Break.STOP: 8}
APART_LINKED = {Break.NONE: 0, Break.COMMA: 1, Break.STOP: 3}
"""A sentence that goes on with "it", "they" or "which" speaks of the one before."""
CONTRAST_APART = 4


class Found(NamedTuple):
    """One phrase of the vocabulary, from word `first` to before word `after`."""

    lexeme: Lexeme
    first: int
    after: int


@dataclass(frozen=True, slots=True)
class Spans:
    """A reply's words with every phrase found in them."""

    words: Words
    found: tuple[Found, ...]
    ends: tuple[dict[str, tuple[int, ...]], ...]
    """For each word, the keys (words, stems, @classes) that begin there and where each may end."""
    places: dict[str, tuple[int, ...]]
    """For each key, the words it begins at."""
    at: tuple[int, ...]
    """For each word its distance from the start, longer across commas, stops and "but"."""
    by_role: dict[Role, tuple[Found, ...]]
    keys: frozenset[str]
    """Every key that begins anywhere: two sets are compared faster than a set and a dict."""

    def in_role(self, role: Role) -> tuple[Found, ...]:
        """Phrases that may play this role, in the order of the text."""
        return self.by_role.get(role, ())

    def covered_by(self, name: str) -> set[int]:
        """Every word that is part of a phrase of this class."""
        return {place for first in self.places.get(name, ()) for place in range(first, self.ends[first][name][0])}

    def role_at(self, first: int) -> Iterator[tuple[Meaning, int]]:
        """Meanings of phrases that begin at this word, and where each ends."""
        for one in self.found:
            if one.first == first:
                for meaning in one.lexeme.meanings:
                    yield meaning, one.after


def find_spans(words: Words, vocabulary: Vocabulary, hidden: Iterable[int] = ()) -> Spans:
    """Every phrase of the vocabulary in these words; `hidden` words begin nothing and are part of nothing."""
    closed = frozenset(hidden)
    aliases = [_aliases(word.text, vocabulary) for word in words.items]
    found: list[Found] = []
    ends: list[dict[str, tuple[int, ...]]] = []
    for first in range(len(words.items)):
        here: dict[str, tuple[int, ...]] = {}
        if first not in closed:
            here.update(dict.fromkeys(aliases[first], (first + 1,)))
            for lexeme in _beginning(first, aliases, vocabulary):
                after = first + len(lexeme.words)
                if len(lexeme.words) == 1 or _fits(lexeme, first, aliases, words, closed):
                    found.append(Found(lexeme, first, after))
                    _note_ends(here, lexeme.classes, after)
        ends.append(here)
    places = _places(ends)
    by_role = _by_role(found)
    at = _distances(words, {one.first for one in by_role.get(Role.CONTRAST, ())}, set(places.get(LINK, ())))
    return Spans(words, tuple(found), tuple(ends), places, at, by_role, frozenset(places))


def _note_ends(here: dict[str, tuple[int, ...]], names: tuple[str, ...], after: int) -> None:
    """Each class of a phrase may end here, too; of several ends the farthest comes first."""
    for name in names:
        known = here.get(name)
        if known is None:
            here[name] = (after,)
        elif after not in known:
            here[name] = tuple(sorted((*known, after), reverse=True))


def _aliases(word: str, vocabulary: Vocabulary) -> tuple[str, ...]:
    stems = tuple(
        f"{word[:length]}*"
        for length in vocabulary.stem_lengths
        if length <= len(word) and word[:length] in vocabulary.stems
    )
    return (word, *stems)


def _beginning(first: int, aliases: list[tuple[str, ...]], vocabulary: Vocabulary) -> Iterator[Lexeme]:
    """Phrases whose first two words are this word and the next."""
    following = aliases[first + 1] if first + 1 < len(aliases) else ()
    for alias in aliases[first]:
        yield from vocabulary.lexemes.get((alias,), ())
        for second in following:
            yield from vocabulary.lexemes.get((alias, second), ())


def _fits(lexeme: Lexeme, first: int, aliases: list[tuple[str, ...]], words: Words, closed: frozenset[int]) -> bool:
    if first + len(lexeme.words) > len(aliases):
        return False
    for place, word in enumerate(lexeme.words[1:], first + 1):
        # Not across a comma or a stop.
        if word not in aliases[place] or words.items[place].breaks is not Break.NONE or place in closed:
            return False
    return True


def _places(ends: list[dict[str, tuple[int, ...]]]) -> dict[str, tuple[int, ...]]:
    places: dict[str, list[int]] = {}
    for first, keys in enumerate(ends):
        for key in keys:
            places.setdefault(key, []).append(first)
    return {key: tuple(firsts) for key, firsts in places.items()}


def _by_role(found: list[Found]) -> dict[Role, tuple[Found, ...]]:
    roles: dict[Role, list[Found]] = {}
    for one in found:
        for meaning in one.lexeme.meanings:
            known = roles.setdefault(meaning.role, [])
            if not known or known[-1] is not one:
                known.append(one)
    return {role: tuple(some) for role, some in roles.items()}


def _distances(words: Words, contrast: set[int], linked: set[int]) -> tuple[int, ...]:
    at: list[int] = []
    here = 0
    for place, word in enumerate(words.items):
        here += 1
        if word.breaks is not Break.NONE:
            here += (APART_LINKED if place in linked else APART)[word.breaks]
        if place in contrast:
            here += CONTRAST_APART
        at.append(here)
    return tuple(at)
