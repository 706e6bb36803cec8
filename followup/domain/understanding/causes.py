"""Why words of danger may be none here: an everyday cause, a picture, another part of the body."""

from __future__ import annotations

from typing import TYPE_CHECKING

from followup.domain.understanding.likeness import is_pictured
from followup.domain.understanding.words import Break
from followup.domain.vocabulary import Role

if TYPE_CHECKING:
    from collections.abc import Sequence

    from followup.domain.understanding.rules import Match
    from followup.domain.understanding.spans import Spans

NEAR_BEFORE = 3
HARMLESS_CAUSE = "@harmless_cause"
BECAUSE = "@because"
NOT_USUAL = "@not_usual"
STRUCK = "@struck"
"""What moves or amuses people ("when I saw the bill", "for joy"); right after a sign it makes a picture of it."""
SO = "@so_that"
OTHER_PART = "@other_part"
TREATED_SKIN = "@treated_skin"
NEAR_SITE = 6
GUESS = "@guess"
"""A cause only wondered about ("is it nerves?"), or a likeness ("as from the dentist"): it explains nothing."""
REASON = "@reason"
"""Between a cause and a sign it turns them round: "I sat up all night because I cannot breathe"."""


def stop_between(start: int, end: int, spans: Spans) -> bool:
    """Whether a sentence ends, or a "but" begins, between these words."""
    return any(
        word.breaks is Break.STOP or "@contrast" in spans.ends[start + place]
        for place, word in enumerate(spans.words.items[start : end + 1])
    )


def is_explained(match: Match, spans: Spans, *, is_local: bool) -> bool:
    """As in "out of breath after the gym": an everyday cause, named as the cause.

    Not where it is called unusual, nor a local sign of the treated skin ("after the sauna a white patch on my cheek").
    """
    if NOT_USUAL in spans.places or HARMLESS_CAUSE not in spans.places:
        return False
    if is_local and _is_of_treated_skin(match, spans):
        return False
    causes = (start for start in spans.places[HARMLESS_CAUSE] if not _is_guessed(start, spans))
    return any(_explains(start, match, spans) for start in causes)


def _is_guessed(start: int, spans: Spans) -> bool:
    return any(start - NEAR_BEFORE <= place < start for place in spans.places.get(GUESS, ()))


def _explains(start: int, match: Match, spans: Spans) -> bool:
    """Whether this cause is said of the sign: in one sentence with it, with a "because" between or right before."""
    if is_pictured(start, spans):
        return False
    causes = spans.places.get(BECAUSE, ())
    if start >= match.after:
        is_said = any(match.after <= place <= start for place in causes)
        return is_said and not any(_parts(place, causes, spans) for place in range(match.after, start + 1))
    if match.first <= start < match.after:
        return start in causes  # it is both in itself: "I always faint at …"
    end = spans.ends[start][HARMLESS_CAUSE][0]
    is_one = end <= match.first and not stop_between(start + 1, match.first, spans)
    is_one = is_one and not any(end <= place < match.first for place in spans.places.get(REASON, ()))
    is_later = any(start < one.first <= match.first for one in spans.in_role(Role.NOW))  # "the gym, and today I cannot"
    before = [place for place in causes if start - NEAR_BEFORE <= place <= start]
    is_said = any(not stop_between(place + 1, start, spans) for place in before)
    return is_one and not is_later and (is_said or _so_between(start, match.first, spans))


def _so_between(start: int, end: int, spans: Spans) -> bool:
    """As in "the film was so scary my heart was pounding": what stands before the "so" is the cause."""
    return any(start < place < end for place in spans.places.get(SO, ()))


def is_picture(match: Match, spans: Spans) -> bool:
    """As in "fainted when I saw the bill": what moved or amused her, right after the sign and in one breath with it."""
    if NOT_USUAL in spans.places:
        return False
    return any(
        match.after <= start <= match.after + 1
        and all(spans.words.items[place].breaks is Break.NONE for place in range(match.after, start + 1))
        for start in spans.places.get(STRUCK, ())
    )


def is_elsewhere(match: Match, spans: Spans) -> bool:
    """As in "a blister on my heel": another part of the body in the same clause, and the treated skin not in it."""
    if NOT_USUAL in spans.places or OTHER_PART not in spans.places or _is_of_treated_skin(match, spans):
        return False
    first, after = _clause_around(match, spans)
    near = range(max(first, match.first - NEAR_SITE), min(after, match.after + NEAR_SITE))
    return any(place in near for place in spans.places[OTHER_PART])


def _is_of_treated_skin(match: Match, spans: Spans) -> bool:
    if TREATED_SKIN not in spans.places:
        return False
    first, after = _clause_around(match, spans)
    return any(first <= place < after for place in spans.places[TREATED_SKIN])


def _clause_around(match: Match, spans: Spans) -> tuple[int, int]:
    """The words between the commas, stops and "but"s around a sign; an "and" parts nothing ("grazed my toe and …")."""
    first, after = match.first, match.after
    while first > 0 and not _begins(first, spans):
        first -= 1
    while after < len(spans.ends) and not _begins(after, spans):
        after += 1
    return first, after


def _begins(place: int, spans: Spans) -> bool:
    return spans.words.items[place].breaks is not Break.NONE or "@contrast" in spans.ends[place]


def _parts(place: int, causes: Sequence[int], spans: Spans) -> bool:
    """Whether another thought begins here; in "… but that is the bike" the "but" gives the cause, and parts nothing."""
    contrasts = "@contrast" in spans.ends[place] and place not in causes
    return contrasts or spans.words.items[place].breaks is Break.STOP
