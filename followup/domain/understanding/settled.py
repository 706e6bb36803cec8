"""Signs that are not hers, nor of now: what a full report of her own skin leaves no question about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from followup.domain.understanding.causes import NOT_USUAL, is_picture
from followup.domain.understanding.scope import FOR_HERSELF, NOT_KIN, Scope

if TYPE_CHECKING:
    from followup.domain.understanding.rules import Match
    from followup.domain.understanding.spans import Spans

CHILDHOOD = "@childhood"
HEARSAY = "@hearsay"
IDLE_CAUSE = "@idle_cause"
NO_MORE_THAN = "@no_more_than"


def may_settle(scope: Scope, match: Match, spans: Spans) -> bool:
    """Whether this sign is so plainly none of hers that her own report settles it.

    A dog's or a friend's, or anybody's where she goes on to speak of herself; one of her childhood; one she read of;
    a picture, or a cause that is as idle as it is certain ("only because I ran for the bus").
    """
    if NOT_USUAL in spans.places:
        return False
    if scope is Scope.OTHERS:
        return NOT_KIN in spans.places or any(place >= match.first for place in spans.places.get(FOR_HERSELF, ()))
    if scope is Scope.LONG_AGO:
        return CHILDHOOD in spans.places
    if scope is Scope.SUPPOSED:
        return HEARSAY in spans.places
    if scope is Scope.EXPLAINED:
        return is_picture(match, spans) or {IDLE_CAUSE, NO_MORE_THAN} <= spans.places.keys()
    return False
