"""What a reply reports, as reports: one for each symptom it said something certain about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from followup.domain.episode import Report
from followup.domain.ids import derive
from followup.domain.triage import OVERALL
from followup.domain.understanding.values import Handling, Severity

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from followup.domain.understanding.values import SymptomHeard, Understanding


def reports_of(understanding: Understanding, message_id: str, step: str, at: datetime) -> tuple[Report, ...]:
    """A report for each symptom; of a reply that is not certain only what it complains of, never an all-clear."""
    heard = [one for one in understanding.symptoms if understanding.handling is not Handling.CLARIFY or _complains(one)]
    return tuple(_report(one, message_id, step, at) for one in heard)


def _complains(heard: SymptomHeard) -> bool:
    return heard.severity is not Severity.NONE


def _report(heard: SymptomHeard, message_id: str, step: str, at: datetime) -> Report:
    return Report(
        id=derive(message_id, heard.symptom),
        symptom=heard.symptom,
        severity=heard.severity,
        trend=heard.trend,
        reported_at=at,
        message_id=message_id,
        step=step,
        words=" … ".join(dict.fromkeys(span.words for span in heard.spans if span.words)),
        rule="; ".join(dict.fromkeys(span.rule for span in heard.spans)),
    )


def missing(asked: Iterable[str], understanding: Understanding) -> tuple[str, ...]:
    """Asked symptoms the reply said nothing of; a word on everything answers for all of them."""
    told = {one.symptom for one in understanding.symptoms if one.severity is not None or one.trend is not None}
    return () if OVERALL in told else tuple(symptom for symptom in asked if symptom not in told)
