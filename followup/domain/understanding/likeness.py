"""What something is likened to: in "a face like a wedding cake" is no wedding, and in "wheezing like my nan" no nan."""

from __future__ import annotations

from typing import TYPE_CHECKING

from followup.domain.understanding.words import Break
from followup.domain.vocabulary import Role

if TYPE_CHECKING:
    from followup.domain.understanding.spans import Found, Spans

AS_LIKE = "@as_like"
ARTICLE = "@article"
SELF = "@self"
_MOST_ARTICLES = 2
_FARTHEST = 6


def is_likened(place: int, spans: Spans) -> bool:
    """As in "a face like a wedding cake": what a symptom is likened to is harmless no more."""
    for before in range(place - 1, max(place - _MOST_ARTICLES, 0) - 2, -1):
        if before < 0 or spans.words.items[before + 1].breaks is not Break.NONE:
            return False
        if AS_LIKE in spans.ends[before]:
            return True
        if ARTICLE not in spans.ends[before]:
            return False
    return False


def is_pictured(place: int, spans: Spans) -> bool:
    """As in "sounds like I have been to the dentist": it is likened to what she has not done."""
    for before in range(place - 1, max(place - _FARTHEST, 0) - 1, -1):
        if spans.words.items[before + 1].breaks is not Break.NONE:
            return False
        if AS_LIKE in spans.ends[before]:
            return SELF in spans.ends[before + 1]
    return False


def people(spans: Spans) -> list[Found]:
    """Whoever is spoken of; not "wheezing like my nan", nor "hives as a child"."""
    times = {place for one in spans.in_role(Role.REMOTE) for place in range(one.first, one.after)}
    return [one for one in spans.in_role(Role.PERSON) if one.first not in times and not is_likened(one.first, spans)]
