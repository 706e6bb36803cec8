"""Who handles a reply: the service alone only where nothing is left open, else the patient once more, or a person."""

from __future__ import annotations

from typing import TYPE_CHECKING

from followup.domain.understanding.values import Handling, Intent, Severity, Trend

if TYPE_CHECKING:
    from collections.abc import Iterable

    from followup.domain.understanding.values import AlarmHeard, IntentHeard, Span, SymptomHeard

FOR_A_PERSON = frozenset(
    {Intent.HELP, Intent.CALLBACK, Intent.QUESTION, Intent.BOOKING, Intent.WRONG_PERSON, Intent.PHOTO}
)
ENOUGH_ALONE = frozenset({Intent.OPT_OUT, Intent.THANKS})
DOUBTS_FOR_A_PERSON = frozenset(
    {
        "number_above_three",
        "severe_number_of_what",
        "not_well",
        "alarm_sign_supposed",
        "alarm_sign_of_another",
        "alarm_sign_long_ago",
        "alarm_sign_explained",
        "alarm_sign_elsewhere",
        "alarm_sign_doubted",
        "unable",
        "too_long",
    }
)
SHORTEST_HIDING_PLACE = 3
"""A word this long that we cannot read may name a danger; shorter scraps and signs are asked about."""


def decide(
    symptoms: Iterable[SymptomHeard],
    signs: Iterable[AlarmHeard],
    intents: Iterable[IntentHeard],
    unread: Iterable[Span],
    doubts: Iterable[str],
) -> tuple[Handling, tuple[str, ...]]:
    """The handling, and in short codes every reason for it."""
    symptoms, intents, unread, doubts = list(symptoms), list(intents), list(unread), sorted(doubts)
    person = [
        *(f"alarm_sign:{sign.sign}:{sign.state}" for sign in signs),
        *(f"severe:{one.symptom}" for one in symptoms if one.severity is Severity.SEVERE),
        *(f"worse:{one.symptom}" for one in symptoms if one.trend is Trend.WORSE),
        *(f"wants:{one.intent}" for one in intents if one.intent in FOR_A_PERSON),
        *(doubt for doubt in doubts if doubt in DOUBTS_FOR_A_PERSON),
        *(["unread_words"] if any(_may_hide(span.words) for span in unread) else []),
    ]
    if person:
        return Handling.HUMAN, tuple(person)
    patient = [*doubts, *(["unread_scraps"] if unread else [])]
    if not symptoms and not any(one.intent in ENOUGH_ALONE for one in intents):
        patient.append("nothing_read")
    if patient:
        return Handling.CLARIFY, tuple(patient)
    return Handling.AUTO, ("every_word_read",)


def _may_hide(words: str) -> bool:
    return sum(letter.isalpha() for letter in words) >= SHORTEST_HIDING_PLACE
