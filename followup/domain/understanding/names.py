"""Names of people, known by their place: nobody can list them all, and none of them is a symptom."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from followup.domain.understanding.spans import Spans

SIGN_OFF = "@sign_off"
BEFORE_NAME = "@before_name"
TITLE = "@title"
"""Behind these a name needs no capital: "its mrs patel"."""
_LONGEST_PHRASE = 4
_MOST_NAMES = 2


def is_name(place: int, spans: Spans) -> bool:
    """As in "kind regards, Margaret" and "thanks again to Priya": a capital behind a word that names go with.

    Not where the whole reply is in capitals, and not a word the vocabulary has for anything.
    """
    if place and TITLE in spans.ends[place - 1] and _is_wordless(place, spans):
        return True
    first = place
    while first > place - _MOST_NAMES and first > 0 and not _goes_before(first, spans):
        first -= 1
    return _goes_before(first, spans) and all(_is_capital(one, spans) for one in range(first, place + 1))


def _goes_before(place: int, spans: Spans) -> bool:
    """Whether a phrase that names go with ends here; one that signs the reply only near its end."""
    starts = range(max(0, place - _LONGEST_PHRASE), place)
    is_last = len(spans.words.items) - place <= _MOST_NAMES
    names = (SIGN_OFF, BEFORE_NAME) if is_last else (BEFORE_NAME,)
    return any(place in spans.ends[start].get(name, ()) for start in starts for name in names)


def _is_capital(place: int, spans: Spans) -> bool:
    word = spans.words.items[place]
    typed = spans.words.original[word.start : word.end]
    return typed[:1].isupper() and typed[1:].islower() and _is_wordless(place, spans)


def _is_wordless(place: int, spans: Spans) -> bool:
    """Whether the vocabulary has nothing to say of this word."""
    return not any(one.first <= place < one.after and one.lexeme.meanings for one in spans.found)
