"""Replies read with the vocabulary that is shipped, for tests that are sentences about what a reply means."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from followup.catalogue.problems import Problems
from followup.catalogue.vocabularies import read_vocabularies
from followup.domain.understanding import Asked, Question, SignState, Understanding, read

if TYPE_CHECKING:
    from followup.domain.vocabulary import Vocabulary

VOCABULARY = Path(__file__).resolve().parents[2] / "config" / "vocabulary"


@cache
def vocabulary(language: str = "en") -> Vocabulary:
    """The shipped words of one language, without a mistake in them."""
    problems = Problems()
    found = read_vocabularies(VOCABULARY, problems, [language])
    assert problems.found == []
    return found[language]


def understood(text: str, *, hours: float = 24, question: Question = Question.COMBINED_0_3) -> Understanding:
    """An English reply, read."""
    return read(text, vocabulary(), Asked(question, hours_since_treatment=hours))


def severities(text: str) -> dict[str, str]:
    """Each symptom a reply reports, and how much of it."""
    return {heard.symptom: str(heard.severity) for heard in understood(text).symptoms if heard.severity}


def trends(text: str) -> dict[str, str]:
    """Each symptom a reply says to change, and how."""
    return {heard.symptom: str(heard.trend) for heard in understood(text).symptoms if heard.trend}


def signs(text: str, *, hours: float = 24) -> list[str]:
    """Alarm signs a reply reports as there."""
    return [heard.sign for heard in understood(text, hours=hours).alarm_signs if heard.state is SignState.NOW]


def wishes(text: str) -> list[str]:
    """What a reply asks for."""
    return [str(heard.intent) for heard in understood(text).intents]


def handling(text: str) -> str:
    """Who handles a reply."""
    return str(understood(text).handling)
