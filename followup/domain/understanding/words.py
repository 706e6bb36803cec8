"""A reply as words: split, contractions opened, misspellings brought back to words we know."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, NamedTuple

from followup.domain.understanding.normalise import Folded, fold
from followup.domain.understanding.values import Span
from followup.domain.vocabulary import Role

if TYPE_CHECKING:
    from collections.abc import Iterator

    from followup.domain.vocabulary import Vocabulary

_PIECE = re.compile(r"\d{2,3}[.,]\d{1,2}(?!\d)|\d[.,]5(?!\d)|\d+|[^\W\d_]+(?:'[^\W\d_]+)*'?|[&+%]|[^\w\s]")
_PUNCTUATION = frozenset(".,;:!?()[]{}\"-/\\=*_~#@<>|'^$")
_SYMBOLS = {"&": "and", "+": "and", "%": "percent"}
LONGEST_ELIDED = 5
SHORTEST_AFTER = 3
MOST_WORDS = 360
LONGEST_WORD = 24
"""Longer rows of letters are no word misspelt."""
_DOUBLE = re.compile(r"(.)\1")
_SHORT = 4
_LONG = 8


class Break(IntEnum):
    """What stands between a word and the one before it; a bigger one parts more."""

    NONE = 0
    COMMA = 1
    STOP = 2


class Word(NamedTuple):
    """One word as read: `text` folded and perhaps repaired, `lead` the punctuation before it, its place as typed.

    A tuple, as one is made for every word of every reply.
    """

    text: str
    start: int
    end: int
    lead: str = ""
    is_repaired: bool = False
    breaks: Break = Break.NONE
    """How strongly this word is parted from the one before."""


def _parted(lead: str) -> Break:
    if not lead:
        return Break.NONE
    if any(mark in ".!?;\n|" for mark in lead):
        return Break.STOP
    return Break.COMMA if any(mark in ',()-:"*' for mark in lead) else Break.NONE


@dataclass(frozen=True, slots=True)
class Words:
    """All words of a reply; `tail` is the punctuation after the last."""

    original: str
    items: tuple[Word, ...]
    tail: str = ""
    is_cut: bool = False
    """More words than are ever read; the rest was left unread."""

    def span(self, first: int, after: int, rule: str) -> Span:
        """The words from `first` to before `after`, as typed."""
        start, end = self.items[first].start, self.items[after - 1].end
        return Span(self.original[start:end], rule, start, end)


def read_words(text: str, vocabulary: Vocabulary) -> Words:
    """The words of a text in this language."""
    folded = fold(text)
    words: list[Word] = []
    repaired: dict[str, str] = {}
    lead = ""
    for piece in _PIECE.finditer(folded.text):
        if piece[0] in _PUNCTUATION:
            lead += _mark(folded.text, piece)
            continue
        lead += "\n" * folded.text[piece.start() - 1 : piece.start()].count("\n")
        words.extend(_open(folded, piece, lead, vocabulary, repaired))
        lead = ""
        if len(words) >= MOST_WORDS:
            return Words(text, tuple(words), "", is_cut=True)
    return Words(text, tuple(words), lead)


def _mark(text: str, piece: re.Match[str]) -> str:
    """Punctuation as typed; a hyphen inside a word or number parts nothing much."""
    if piece[0] == "-" and piece.start() and not text[piece.start() - 1].isspace():
        return "~"
    return piece[0]


def _open(
    folded: Folded, piece: re.Match[str], lead: str, vocabulary: Vocabulary, repaired: dict[str, str]
) -> Iterator[Word]:
    """The words of one piece; `repaired` remembers, for the same misspelling written a hundred times."""
    plain = _SYMBOLS.get(piece[0], piece[0]).replace("'", "")
    if not plain:
        return
    start, end = folded.origin_span(piece.start(), piece.end())
    if vocabulary.accented:
        typed = unicodedata.normalize("NFC", folded.original[start:end]).lower()
        plain = vocabulary.accented.get(typed, plain)
    if plain not in repaired:
        repaired[plain] = plain if plain in vocabulary.rewrites else repair(plain, vocabulary)
    text = repaired[plain]
    opened = vocabulary.rewrites.get(text) or _elided(piece[0], plain, vocabulary) or (text,)
    for place, word in enumerate(opened):
        before = lead if not place else ""
        yield Word(word, start, end, before, text != plain, _parted(before))


def _elided(typed: str, plain: str, vocabulary: Vocabulary) -> tuple[str, ...]:
    """A short word run into the next at an apostrophe ("l'occhio"), where the two together are no word."""
    first, _, second = typed.partition("'")
    is_elision = 0 < len(first) <= LONGEST_ELIDED and len(second) >= SHORTEST_AFTER and is_known(second, vocabulary)
    return (first, second) if is_elision and not is_known(plain, vocabulary) else ()


def is_known(word: str, vocabulary: Vocabulary) -> bool:
    """Whether the language has this word, as it is or by its stem."""
    if word in vocabulary.known or word in vocabulary.rewrites or not word.isalpha():
        return True
    return any(word[:length] in vocabulary.stems for length in vocabulary.stem_lengths if length <= len(word))


def repair(word: str, vocabulary: Vocabulary) -> str:
    """The known word that was probably meant, or the word itself; never one that would opt a patient out."""
    if word in vocabulary.known or word in vocabulary.rewrites or not word.isalpha() or len(word) > LONGEST_WORD:
        return word
    if is_known(word, vocabulary):
        return _symptom_meant(word, vocabulary)
    for shorter in _singled(word):
        if is_known(shorter, vocabulary):
            return shorter
    if len(word) < _SHORT:
        return word
    return min(_candidates(word, vocabulary), default=(0, False, False, word))[3]


def _symptom_meant(word: str, vocabulary: Vocabulary) -> str:
    """A word known by its beginning only ("reddness" begins as "red") may still be a symptom misspelt."""
    stem = next(word[:length] for length in reversed(vocabulary.stem_lengths) if word[:length] in vocabulary.stems)
    near = [known for far, is_guess, _, known in sorted(_candidates(word, vocabulary)) if far == 1 and not is_guess]
    meant = (known for known in (*_singled(word), *near) if known.startswith(stem))
    return next((known for known in meant if _names_symptom(known, vocabulary)), word)


def _names_symptom(word: str, vocabulary: Vocabulary) -> bool:
    lexemes = vocabulary.lexemes.get((word,), ())
    return any(meaning.role is Role.SYMPTOM for one in lexemes for meaning in one.meanings)


def _singled(word: str) -> list[str]:
    """The word with its doubled letters single: all of them, or one at a time."""
    single = _DOUBLE.sub(r"\1", word)
    return [shorter for shorter in (single, *sorted(_one_double_less(word))) if shorter != word and len(shorter) > 1]


def _one_double_less(word: str) -> set[str]:
    return {word[: pair.start()] + word[pair.start() + 1 :] for pair in _DOUBLE.finditer(word)}


def _candidates(word: str, vocabulary: Vocabulary) -> Iterator[tuple[int, bool, bool, str]]:
    """Known words near enough: distance, whether only made from a stem, whether a letter was dropped, the word."""
    reach = 1 if len(word) < _LONG else 2
    spellings = {word} | {word[:place] + word[place + 1 :] for place in range(len(word))}
    if reach > 1:
        spellings |= {one[:place] + one[place + 1 :] for one in tuple(spellings) for place in range(len(one))}
    for known in sorted({known for spelling in spellings for known in vocabulary.spellings.near(spelling)}):
        far = distance(word, known)
        if far <= reach and _starts_alike(word, known):
            is_guess = known not in vocabulary.known
            yield far, is_guess, len(known) < len(word), known


def _starts_alike(word: str, known: str) -> bool:
    return word[0] == known[0] or known[1:2] == word[0] or word[1:2] == known[0]


def distance(one: str, other: str) -> int:
    """Letters to add, drop, change or swap with their neighbour to get from one word to the other."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for place, letter in enumerate(one, 1):
        older, before, row = before, row, [place]
        for there, mark in enumerate(other, 1):
            best = min(before[there] + 1, row[there - 1] + 1, before[there - 1] + (letter != mark))
            if place > 1 and there > 1 and letter == other[there - 2] and one[place - 2] == mark:
                best = min(best, older[there - 2] + 1)
            row.append(best)
    return row[-1]
