"""Where in the words each phrase of the vocabulary stands, and how far apart things are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

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


@dataclass(frozen=True, slots=True)
class Found:
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
    ends: list[dict[str, list[int]]] = [{} for _ in words.items]
    for first in range(len(words.items)):
        if first in closed:
            continue
        for alias in aliases[first]:
            ends[first].setdefault(alias, []).append(first + 1)
        for lexeme in _beginning(first, aliases, vocabulary):
            after = first + len(lexeme.words)
            if len(lexeme.words) == 1 or _fits(lexeme, first, aliases, words, closed):
                found.append(Found(lexeme, first, after))
                for name in lexeme.classes:
                    ends[first].setdefault(name, []).append(after)
    return Spans(words, tuple(found), _frozen(ends), _places(ends), _distances(words, found), _by_role(found))


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
        yield from vocabulary.lexemes.get((alias, ""), ())
        for second in following:
            yield from vocabulary.lexemes.get((alias, second), ())


def _fits(lexeme: Lexeme, first: int, aliases: list[tuple[str, ...]], words: Words, closed: frozenset[int]) -> bool:
    if first + len(lexeme.words) > len(aliases):
        return False
    return all(
        word in aliases[first + place] and first + place not in closed and _joined(words, first + place)
        for place, word in enumerate(lexeme.words[1:], 1)
    )


def _joined(words: Words, place: int) -> bool:
    """Whether a phrase may go on to this word: not across a comma or a stop."""
    return words.items[place].breaks is Break.NONE


def _frozen(ends: list[dict[str, list[int]]]) -> tuple[dict[str, tuple[int, ...]], ...]:
    return tuple({key: tuple(sorted(set(after), reverse=True)) for key, after in keys.items()} for keys in ends)


def _places(ends: list[dict[str, list[int]]]) -> dict[str, tuple[int, ...]]:
    places: dict[str, list[int]] = {}
    for first, keys in enumerate(ends):
        for key in keys:
            places.setdefault(key, []).append(first)
    return {key: tuple(firsts) for key, firsts in places.items()}


def _by_role(found: list[Found]) -> dict[Role, tuple[Found, ...]]:
    roles: dict[Role, list[Found]] = {}
    for one in found:
        for role in {meaning.role for meaning in one.lexeme.meanings}:
            roles.setdefault(role, []).append(one)
    return {role: tuple(some) for role, some in roles.items()}


def _distances(words: Words, found: list[Found]) -> tuple[int, ...]:
    contrast = {one.first for one in found if any(meaning.role is Role.CONTRAST for meaning in one.lexeme.meanings)}
    linked = {one.first for one in found if LINK in one.lexeme.classes}
    at: list[int] = []
    here = 0
    for place, word in enumerate(words.items):
        apart = (APART_LINKED if place in linked else APART)[word.breaks]
        here += 1 + apart + (CONTRAST_APART if place in contrast else 0)
        at.append(here)
    return tuple(at)
