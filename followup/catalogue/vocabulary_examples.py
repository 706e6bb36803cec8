"""Replies and what they mean, kept beside the words of each language and run against them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from followup.catalogue.problems import Problem, Problems
from followup.catalogue.toml_source import read_toml
from followup.catalogue.vocabulary_codes import table
from followup.domain.understanding import Asked, Question, SignState, read

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from followup.catalogue.toml_source import TomlSource
    from followup.domain.vocabulary import Vocabulary

EXAMPLES_FILE = "examples.toml"
_KEYS = ("reply", "hours", "question", "symptoms", "trends", "signs", "intents", "handling")
_USUAL_HOURS = 24


def run_examples(vocabularies: Mapping[str, Vocabulary], directory: Path) -> list[Problem]:
    """Every example under `directory` that is not read as it says, as a problem at its line."""
    problems = Problems()
    for language, vocabulary in vocabularies.items():
        source = read_toml(directory / language / EXAMPLES_FILE, problems)
        if source is None:
            continue
        rows = source.data.get("examples", [])
        if not rows:
            problems.add(source.file, 1, "no [[examples]]")
        for place, row in enumerate(rows):
            _run(row, place, source, vocabulary, problems)
    return sorted(problems.found)


def _run(row: Mapping[str, Any], place: int, source: TomlSource, vocabulary: Vocabulary, problems: Problems) -> None:
    table(source, ("examples",), row, _KEYS, problems)
    heard = _heard(row, vocabulary)
    for key, value in heard.items():
        wanted = row.get(key)
        if isinstance(wanted, list):
            wanted = sorted(wanted)
        if wanted is not None and wanted != value:
            line = source.line_of("examples", place)
            problems.add(source.file, line, f'"{row.get("reply")}": {key} {value}, expected {wanted}')


def _heard(row: Mapping[str, Any], vocabulary: Vocabulary) -> dict[str, object]:
    question = Question(row.get("question", Question.COMBINED_0_3))
    asked = Asked(question, hours_since_treatment=float(row.get("hours", _USUAL_HOURS)))
    got = read(str(row.get("reply", "")), vocabulary, asked)
    return {
        "symptoms": {one.symptom: str(one.severity) for one in got.symptoms if one.severity},
        "trends": {one.symptom: str(one.trend) for one in got.symptoms if one.trend},
        "signs": sorted(one.sign for one in got.alarm_signs if one.state is SignState.NOW),
        "intents": sorted(str(one.intent) for one in got.intents),
        "handling": str(got.handling),
    }
