"""The vocabularies of all languages, read from their folders and refused where the grid of words has a gap."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from followup.catalogue.problems import Problem, Problems, nearest
from followup.catalogue.toml_source import TomlSource, read_toml
from followup.domain.understanding import Asked, Handling, Intent, Question, Severity, SignState, Trend, Urgency, read
from followup.domain.understanding.normalise import fold
from followup.domain.vocabulary import (
    Lexeme,
    Meaning,
    Role,
    Rule,
    SignSpec,
    SymptomSpec,
    Vocabulary,
    index_lexemes,
    index_repairs,
    parse_rule,
    rule_keys,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

SYMPTOMS_FILE = "symptoms.toml"
SIGNS_FILE = "alarm_signs.toml"
EXAMPLES_FILE = "examples.toml"
SECTIONS = ("classes", "symptoms", "degrees", "trends", "numbers", "roles", "rewrites", "keywords", "letters", "signs", "intents")
ENDINGS = ("", "s", "es", "ed", "ing", "y", "er", "a", "o", "os", "as")
"""What a `stem*` is completed with when it is offered as the right spelling."""
ROLE_NAMES = frozenset(role.value for role in Role) - {"symptom", "degree", "trend", "number", "less", "more"}


@dataclass(slots=True)
class _Draft:
    """One language while its files are read."""

    language: str
    lexemes: list[Lexeme] = field(default_factory=list)
    classes: dict[str, list[str]] = field(default_factory=dict)
    class_places: dict[str, tuple[Path, int]] = field(default_factory=dict)
    sign_rules: dict[str, list[Rule]] = field(default_factory=dict)
    intent_rules: dict[Intent, list[Rule]] = field(default_factory=dict)
    rule_places: list[tuple[Rule, Path, int]] = field(default_factory=list)
    rewrites: dict[str, tuple[str, ...]] = field(default_factory=dict)
    keywords: dict[str, Intent] = field(default_factory=dict)
    letters: dict[str, str] = field(default_factory=dict)
    symptoms: set[str] = field(default_factory=set)


def read_vocabularies(directory: Path, problems: Problems) -> dict[str, Vocabulary]:
    """Every language that has a folder under `directory`; mistakes and gaps go to `problems`."""
    symptoms = _read_symptoms(directory / SYMPTOMS_FILE, problems)
    signs = _read_signs(directory / SIGNS_FILE, symptoms, problems)
    folders = sorted(folder for folder in directory.iterdir() if folder.is_dir()) if directory.is_dir() else []
    if not folders:
        problems.add(directory, 1, "no language has a folder here")
    return {folder.name: _read_language(folder, symptoms, signs, problems) for folder in folders}


def _read_symptoms(file: Path, problems: Problems) -> dict[str, SymptomSpec]:
    source = read_toml(file, problems)
    if source is None:
        return {}
    symptoms: dict[str, SymptomSpec] = {}
    for code, body in source.data.items():
        row = _table(source, (code,), body, ("meaning", "core"), problems)
        symptoms[code] = SymptomSpec(code, str(row.get("meaning", "")), core=bool(row.get("core", True)))
    return symptoms


def _read_signs(file: Path, symptoms: Mapping[str, SymptomSpec], problems: Problems) -> dict[str, SignSpec]:
    source = read_toml(file, problems)
    if source is None:
        return {}
    allowed = ("meaning", "urgency", "safety_text", "from", "before", "keeps", "care")
    signs: dict[str, SignSpec] = {}
    for code, body in source.data.items():
        row = _table(source, (code,), body, allowed, problems)
        urgency = str(row.get("urgency", ""))
        if urgency not in set(Urgency):
            problems.add(file, source.line_of(code, "urgency"), f'"{urgency}" is no urgency: now, today or review')
            urgency = Urgency.NOW.value
        for symptom in (*row.get("keeps", ()), *([row["before"]] if "before" in row else [])):
            if symptom not in symptoms:
                problems.add(file, source.line_of(code), f'unknown symptom "{symptom}"{nearest(symptom, symptoms)}')
        hours = _hours(row.get("from", "0h"), source, code, problems)
        signs[code] = SignSpec(
            code,
            Urgency(urgency),
            bool(row.get("safety_text", False)),
            str(row.get("meaning", "")),
            hours,
            str(row.get("before", "")),
            tuple(row.get("keeps", ())),
        )
    return signs


def _hours(value: object, source: TomlSource, code: str, problems: Problems) -> float:
    text = str(value)
    units = {"h": 1.0, "d": 24.0}
    if text[-1:] in units and text[:-1].isdigit():
        return int(text[:-1]) * units[text[-1]]
    problems.add(source.file, source.line_of(code, "from"), f'"{text}" is no length of time such as "72h" or "3d"')
    return 0.0


def _table(
    source: TomlSource, path: tuple[str, ...], body: object, allowed: Iterable[str], problems: Problems
) -> dict[str, Any]:
    """The table itself; keys it should not have are problems."""
    if not isinstance(body, dict):
        problems.add(source.file, source.line_of(*path), f'"{".".join(path)}" must be a table')
        return {}
    for key in body:
        if key not in allowed:
            problems.add(source.file, source.line_of(*path, key), f'unknown key "{key}"{nearest(key, allowed)}')
    return body


def _read_language(
    folder: Path, symptoms: Mapping[str, SymptomSpec], signs: Mapping[str, SignSpec], problems: Problems
) -> Vocabulary:
    draft = _Draft(folder.name)
    files = sorted(file for file in folder.glob("*.toml") if file.name != EXAMPLES_FILE)
    for file in files:
        source = read_toml(file, problems)
        if source is not None:
            _table(source, (), source.data, SECTIONS, problems)
            _read_file(source, draft, symptoms, signs, problems)
    _expand_classes(draft, problems)
    _check_grid(folder, draft, symptoms, signs, problems)
    shared = (folder.parent / SYMPTOMS_FILE, folder.parent / SIGNS_FILE)
    return _finish(draft, symptoms, signs, _version([*files, *shared]))


def _version(files: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for file in files:
        if file.is_file():
            digest.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()[:12]


def _read_file(
    source: TomlSource,
    draft: _Draft,
    symptoms: Mapping[str, SymptomSpec],
    signs: Mapping[str, SignSpec],
    problems: Problems,
) -> None:
    for section, body in source.data.items():
        if section in SECTIONS and not isinstance(body, dict):
            problems.add(source.file, source.line_of(section), f'"{section}" must be a table')
            continue
        if section == "classes":
            _read_classes(source, body, draft)
        elif section == "signs":
            _read_sign_rules(source, body, draft, signs, problems)
        elif section == "intents":
            _read_intent_rules(source, body, draft, problems)
        elif section == "symptoms":
            _read_symptom_words(source, body, draft, symptoms, problems)
        elif section in SECTIONS:
            _read_small(section, source, body, draft, symptoms, problems)


def _read_classes(source: TomlSource, body: Mapping[str, Any], draft: _Draft) -> None:
    for name, phrases in body.items():
        draft.classes.setdefault(name, []).extend(phrases)
        draft.class_places.setdefault(name, (source.file, source.line_of("classes", name)))


def _read_sign_rules(
    source: TomlSource, body: Mapping[str, Any], draft: _Draft, signs: Mapping[str, SignSpec], problems: Problems
) -> None:
    for code, row in body.items():
        if code not in signs:
            problems.add(
                source.file, source.line_of("signs", code), f'unknown alarm sign "{code}"{nearest(code, signs)}'
            )
        table = _table(source, ("signs", code), row, ("rules",), problems)
        rules = list(_rules(source, ("signs", code), table.get("rules", ()), draft, problems))
        draft.sign_rules.setdefault(code, []).extend(rules)


def _read_intent_rules(source: TomlSource, body: Mapping[str, Any], draft: _Draft, problems: Problems) -> None:
    for code, row in body.items():
        if code not in set(Intent):
            problems.add(
                source.file, source.line_of("intents", code), f'unknown intent "{code}"{nearest(code, list(Intent))}'
            )
            continue
        table = _table(source, ("intents", code), row, ("rules",), problems)
        rules = list(_rules(source, ("intents", code), table.get("rules", ()), draft, problems))
        draft.intent_rules.setdefault(Intent(code), []).extend(rules)


def _rules(
    source: TomlSource, path: tuple[str, ...], texts: Iterable[str], draft: _Draft, problems: Problems
) -> Iterator[Rule]:
    line = source.line_of(*path, "rules")
    for text in texts:
        try:
            rule = parse_rule(_folded(text))
        except ValueError as error:
            problems.add(source.file, line, str(error))
            continue
        draft.rule_places.append((rule, source.file, line))
        yield rule


def _folded(text: str) -> str:
    """A rule or phrase in the letters a reply is folded to; apostrophes go, as they do in replies."""
    return fold(text).text.replace("'", "")


def _read_symptom_words(
    source: TomlSource, body: Mapping[str, Any], draft: _Draft, symptoms: Mapping[str, SymptomSpec], problems: Problems
) -> None:
    degrees = {"words": None, **{severity.value: severity for severity in Severity}}
    for code, row in body.items():
        if code not in symptoms:
            problems.add(
                source.file, source.line_of("symptoms", code), f'unknown symptom "{code}"{nearest(code, symptoms)}'
            )
        table = _table(source, ("symptoms", code), row, degrees, problems)
        draft.symptoms.add(code)
        for degree, phrases in table.items():
            meaning = Meaning(Role.SYMPTOM, symptom=code, severity=degrees.get(degree))
            draft.lexemes.extend(_lexemes(phrases, meaning))


def _lexemes(phrases: Iterable[str], meaning: Meaning) -> Iterator[Lexeme]:
    for phrase in phrases:
        yield Lexeme(tuple(_folded(phrase).split()), (), (meaning,))


def _read_small(
    section: str,
    source: TomlSource,
    body: Mapping[str, Any],
    draft: _Draft,
    symptoms: Mapping[str, SymptomSpec],
    problems: Problems,
) -> None:
    readers = {
        "degrees": lambda key: Meaning(Role.DEGREE, severity=Severity(key)),
        "trends": _trend_meaning,
        "numbers": lambda key: Meaning(Role.NUMBER, number=int(key)),
        "roles": _role_meaning,
        "keywords": Intent,
    }
    for key, value in body.items():
        try:
            meaning = readers[section](key) if section in readers else None
        except ValueError:
            problems.add(source.file, source.line_of(section, key), f'unknown key "{key}" in "{section}"{_near(section, key)}')
            continue
        if isinstance(meaning, Meaning):
            draft.lexemes.extend(_lexemes(value, meaning))
        elif isinstance(meaning, Intent):
            draft.keywords.update({_folded(word): meaning for word in value})
        elif section == "rewrites":
            draft.rewrites[_folded(key)] = tuple(_folded(value).split())
        else:
            draft.letters[key] = value
            draft.lexemes.append(Lexeme((key,), (), ()))
            if value not in symptoms:
                problems.add(source.file, source.line_of(section, key), f'unknown symptom "{value}"')


def _near(section: str, key: str) -> str:
    known = {
        "degrees": list(Severity),
        "trends": [*Trend, "less", "more"],
        "roles": sorted(ROLE_NAMES),
        "keywords": list(Intent),
    }
    return nearest(key, known.get(section, []))


def _trend_meaning(key: str) -> Meaning:
    small = {"less": Meaning(Role.LESS, trend=Trend.BETTER), "more": Meaning(Role.MORE, trend=Trend.WORSE)}
    return small.get(key) or Meaning(Role.TREND, trend=Trend(key))


def _role_meaning(key: str) -> Meaning:
    if key == "topic":
        return Meaning(Role.HARMLESS, symptom="topic")
    if key not in ROLE_NAMES:
        raise ValueError(key)
    return Meaning(Role(key))


def _expand_classes(draft: _Draft, problems: Problems) -> None:
    for name in draft.classes:
        for phrase in _phrases_of(name, draft, problems, ()):
            draft.lexemes.append(Lexeme(tuple(_folded(phrase).split()), (f"@{name}",), ()))
    known = {f"@{name}" for name in draft.classes}
    for rule, file, line in draft.rule_places:
        for key in rule_keys(rule):
            if key.startswith("@") and key not in known:
                problems.add(file, line, f'rule "{rule.text}" names an unknown class "{key}"{nearest(key, known)}')


def _phrases_of(name: str, draft: _Draft, problems: Problems, seen: tuple[str, ...]) -> Iterator[str]:
    """The phrases of a class, those of classes it names included."""
    file, line = draft.class_places.get(name, (None, 0))
    for phrase in draft.classes.get(name, ()):
        other = phrase.removeprefix("@")
        if other == phrase:
            yield phrase
        elif other in draft.classes and other not in seen:
            yield from _phrases_of(other, draft, problems, (*seen, name))
        elif file is not None:
            problems.add(file, line, f'class "{name}" names an unknown class "{other}"{nearest(other, draft.classes)}')


def _check_grid(
    folder: Path,
    draft: _Draft,
    symptoms: Mapping[str, SymptomSpec],
    signs: Mapping[str, SignSpec],
    problems: Problems,
) -> None:
    for code in symptoms:
        if code not in draft.symptoms:
            problems.add(folder, 1, f'no words for the symptom "{code}" in language "{draft.language}"')
    for code in signs:
        if not draft.sign_rules.get(code):
            problems.add(folder, 1, f'no words for the alarm sign "{code}" in language "{draft.language}"')


def _finish(
    draft: _Draft, symptoms: Mapping[str, SymptomSpec], signs: Mapping[str, SignSpec], version: str
) -> Vocabulary:
    for letter, symptom in draft.letters.items():
        draft.lexemes.append(Lexeme((letter,), (), (Meaning(Role.SYMPTOM, symptom=symptom),)))
    lexemes = [lexeme for lexeme in draft.lexemes if lexeme.words]
    words = {word for lexeme in lexemes for word in lexeme.words}
    for rules in (*draft.sign_rules.values(), *draft.intent_rules.values()):
        words |= {key for rule in rules for key in rule_keys(rule) if not key.startswith("@")}
    stems = frozenset(word.rstrip("*") for word in words if word.endswith("*"))
    known = frozenset(word for word in words if not word.endswith("*")) | {
        word for rewritten in draft.rewrites.values() for word in rewritten
    }
    targets = (known | {stem + ending for stem in stems for ending in ENDINGS}) - _opt_out_words(draft)
    return Vocabulary(
        draft.language,
        version,
        tuple(symptoms.values()),
        tuple(signs.values()),
        {code: tuple(rules) for code, rules in draft.sign_rules.items()},
        {intent: tuple(rules) for intent, rules in draft.intent_rules.items()},
        index_lexemes(lexemes),
        stems,
        tuple(sorted({len(stem) for stem in stems})),
        draft.rewrites,
        draft.keywords,
        draft.letters,
        known | frozenset(draft.keywords),
        index_repairs(sorted(targets)),
        frozenset(f"@{name}" for name in draft.classes),
    )


def _opt_out_words(draft: _Draft) -> set[str]:
    """Words no misspelling may be turned into."""
    classes = {key for rule in draft.intent_rules.get(Intent.OPT_OUT, ()) for key in rule_keys(rule)}
    stopping = {word for name in ("stop_alone", "stopping") for phrase in draft.classes.get(name, ()) for word in phrase.split()}
    return set(draft.keywords) | stopping | {key for key in classes if not key.startswith("@")}


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
            _run_example(row, place, source, vocabulary, problems)
    return sorted(problems.found)


_EXAMPLE_KEYS = ("reply", "hours", "question", "symptoms", "trends", "signs", "intents", "handling")


def _run_example(
    row: Mapping[str, Any], place: int, source: TomlSource, vocabulary: Vocabulary, problems: Problems
) -> None:
    _table(source, ("examples",), row, _EXAMPLE_KEYS, problems)
    line = source.line_of("examples", place)
    asked = Asked(
        Question(row.get("question", Question.COMBINED_0_3)), hours_since_treatment=float(row.get("hours", 24))
    )
    got = read(str(row.get("reply", "")), vocabulary, asked)
    heard: dict[str, object] = {
        "symptoms": {one.symptom: str(one.severity) for one in got.symptoms if one.severity},
        "trends": {one.symptom: str(one.trend) for one in got.symptoms if one.trend},
        "signs": sorted(one.sign for one in got.alarm_signs if one.state is SignState.NOW),
        "intents": sorted(str(one.intent) for one in got.intents),
        "handling": str(Handling(got.handling)),
    }
    for key, value in heard.items():
        wanted = row.get(key)
        if isinstance(wanted, list):
            wanted = sorted(wanted)
        if wanted is not None and wanted != value:
            problems.add(source.file, line, f'"{row.get("reply")}": {key} {value}, expected {wanted}')
