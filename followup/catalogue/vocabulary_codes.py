"""The codes all languages share: which symptoms may be reported, which alarm signs are looked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from followup.catalogue.problems import nearest
from followup.catalogue.toml_source import read_toml
from followup.domain.understanding.values import Urgency
from followup.domain.vocabulary import SignSpec, SymptomSpec

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from followup.catalogue.problems import Problems
    from followup.catalogue.toml_source import TomlSource

_SIGN_KEYS = ("meaning", "urgency", "safety_text", "from", "before", "keeps", "local", "care")
_HOURS = {"h": 1.0, "d": 24.0}


def read_symptoms(file: Path, problems: Problems) -> dict[str, SymptomSpec]:
    """Every symptom by its code."""
    source = read_toml(file, problems)
    symptoms: dict[str, SymptomSpec] = {}
    for code, body in source.data.items() if source else ():
        row = table(source, (code,), body, ("meaning", "core"), problems)
        symptoms[code] = SymptomSpec(code, str(row.get("meaning", "")), core=bool(row.get("core", True)))
    return symptoms


def read_signs(file: Path, symptoms: Mapping[str, SymptomSpec], problems: Problems) -> dict[str, SignSpec]:
    """Every alarm sign by its code."""
    source = read_toml(file, problems)
    if source is None:
        return {}
    signs: dict[str, SignSpec] = {}
    for code, body in source.data.items():
        row = table(source, (code,), body, _SIGN_KEYS, problems)
        for symptom in (*row.get("keeps", ()), *([row["before"]] if "before" in row else [])):
            if symptom not in symptoms:
                problems.add(file, source.line_of(code), f'unknown symptom "{symptom}"{nearest(symptom, symptoms)}')
        signs[code] = SignSpec(
            code,
            _urgency(row, source, code, problems),
            bool(row.get("safety_text", False)),
            str(row.get("meaning", "")),
            _hours(row.get("from", "0h"), source, code, problems),
            str(row.get("before", "")),
            tuple(row.get("keeps", ())),
            bool(row.get("local", False)),
        )
    return signs


def _urgency(row: Mapping[str, Any], source: TomlSource, code: str, problems: Problems) -> Urgency:
    written = str(row.get("urgency", ""))
    if written in set(Urgency):
        return Urgency(written)
    problems.add(source.file, source.line_of(code, "urgency"), f'"{written}" is no urgency: now, today or review')
    return Urgency.NOW


def _hours(value: object, source: TomlSource, code: str, problems: Problems) -> float:
    text = str(value)
    if text[-1:] in _HOURS and text[:-1].isdigit():
        return int(text[:-1]) * _HOURS[text[-1]]
    problems.add(source.file, source.line_of(code, "from"), f'"{text}" is no length of time such as "72h" or "3d"')
    return 0.0


def table(
    source: TomlSource | None, path: tuple[str, ...], body: object, allowed: Iterable[str], problems: Problems
) -> dict[str, Any]:
    """The table itself; what is no table and keys it should not have are problems."""
    if source is None or not isinstance(body, dict):
        if source is not None:
            problems.add(source.file, source.line_of(*path), f'"{".".join(path)}" must be a table')
        return {}
    for key in body:
        if key not in allowed:
            problems.add(source.file, source.line_of(*path, key), f'unknown key "{key}"{nearest(key, allowed)}')
    return body
