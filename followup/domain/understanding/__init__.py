"""A patient's reply understood: text in, `Understanding` out, each part with the words and the rule behind it."""

from followup.domain.understanding.reader import read
from followup.domain.understanding.values import (
    AlarmHeard,
    Asked,
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

__all__ = [
    "AlarmHeard",
    "Asked",
    "Handling",
    "Intent",
    "IntentHeard",
    "Question",
    "Severity",
    "SignState",
    "Span",
    "SymptomHeard",
    "Trend",
    "Understanding",
    "Urgency",
    "read",
]
