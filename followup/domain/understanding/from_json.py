"""An understanding read back from JSON as it was kept beside the reply."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from followup.domain.understanding.as_json import UNMENTIONED
from followup.domain.understanding.values import (
    AlarmHeard,
    Handling,
    Intent,
    IntentHeard,
    Question,
    Severity,
    SignState,
    Span,
    SymptomHeard,
    Trend,
    Understanding,
    Urgency,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


def understanding_of(kept: Mapping[str, Any]) -> Understanding:
    """The understanding that `as_json.explained` wrote down."""
    return Understanding(
        text=kept["text"],
        language=kept["language"],
        vocabulary_version=kept["vocabulary_version"],
        question=Question(kept["question"]),
        symptoms=tuple(_symptom(one) for one in kept["symptoms"]),
        alarm_signs=tuple(_sign(one) for one in kept["alarm_signs"]),
        intents=tuple(IntentHeard(Intent(one["intent"]), _spans(one["because"])) for one in kept["intents"]),
        unread=_spans(kept["unread"]),
        handling=Handling(kept["handling"]),
        why=tuple(kept["why"]),
    )


def _symptom(one: Mapping[str, Any]) -> SymptomHeard:
    severity = None if one["severity"] == UNMENTIONED else Severity(one["severity"])
    trend = None if one["trend"] == UNMENTIONED else Trend(one["trend"])
    return SymptomHeard(one["symptom"], severity, trend, _spans(one["because"]))


def _sign(one: Mapping[str, Any]) -> AlarmHeard:
    return AlarmHeard(one["sign"], Urgency(one["urgency"]), SignState(one["state"]), _spans(one["because"]))


def _spans(kept: Iterable[Mapping[str, Any]]) -> tuple[Span, ...]:
    return tuple(Span(one["words"], one["rule"], one["start"], one["end"]) for one in kept)
