"""An understanding as JSON: explained for people, and short for the scorer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from followup.domain.understanding.values import Handling, SignState

if TYPE_CHECKING:
    from followup.domain.understanding.values import Span, Understanding

UNMENTIONED = "unmentioned"


def explained(understanding: Understanding) -> dict[str, Any]:
    """Every part with its words, their place in the text and the rule that read them."""
    return {
        "text": understanding.text,
        "language": understanding.language,
        "vocabulary_version": understanding.vocabulary_version,
        "question": str(understanding.question),
        "handling": str(understanding.handling),
        "why": list(understanding.why),
        "symptoms": [
            {
                "symptom": heard.symptom,
                "severity": str(heard.severity or UNMENTIONED),
                "trend": str(heard.trend or UNMENTIONED),
                "because": _spans(heard.spans),
            }
            for heard in understanding.symptoms
        ],
        "alarm_signs": [
            {
                "sign": heard.sign,
                "urgency": str(heard.urgency),
                "state": str(heard.state),
                "because": _spans(heard.spans),
            }
            for heard in understanding.alarm_signs
        ],
        "intents": [{"intent": str(heard.intent), "because": _spans(heard.spans)} for heard in understanding.intents],
        "unread": _spans(understanding.unread),
    }


def reading(understanding: Understanding) -> dict[str, Any]:
    """The same in the shape of the labelled reply sets; signs that are gone or perhaps denied only ask for a person."""
    return {
        "symptoms": {
            heard.symptom: {
                "severity": str(heard.severity or UNMENTIONED),
                "trend": str(heard.trend or UNMENTIONED),
            }
            for heard in understanding.symptoms
        },
        "red_flags": [heard.sign for heard in understanding.alarm_signs if heard.state is SignState.NOW],
        "intents": [str(heard.intent) for heard in understanding.intents],
        "needs_human": understanding.handling is Handling.HUMAN,
        "clarify": understanding.handling is Handling.CLARIFY,
    }


def _spans(spans: tuple[Span, ...]) -> list[dict[str, Any]]:
    return [{"words": span.words, "rule": span.rule, "start": span.start, "end": span.end} for span in spans]
