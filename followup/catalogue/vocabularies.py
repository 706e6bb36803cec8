"""The vocabularies of all languages, read from their folders and refused where the grid of words has a gap."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from followup.catalogue.toml_source import read_toml
from followup.catalogue.vocabulary_codes import read_signs, read_symptoms
from followup.catalogue.vocabulary_draft import Draft, folded
from followup.catalogue.vocabulary_examples import EXAMPLES_FILE, run_examples
from followup.catalogue.vocabulary_sections import Sections
from followup.domain.phrase_rules import make_book, rule_keys
from followup.domain.spellings import Spellings
from followup.domain.understanding.values import Intent
from followup.domain.vocabulary import Lexeme, Meaning, Role, Vocabulary, index_lexemes

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from followup.catalogue.problems import Problems
    from followup.domain.vocabulary import SignSpec, SymptomSpec

__all__ = ["EXAMPLES_FILE", "read_vocabularies", "run_examples"]

SYMPTOMS_FILE = "symptoms.toml"
SIGNS_FILE = "alarm_signs.toml"
EVERYDAY = "everyday"
"""A class of common words: they are no misspellings, and none is turned into one that says nothing by itself."""
_ONLY_KNOWN = (f"@{EVERYDAY}",)
"""The class of a phrase that no reader asks for: its word is known, and nothing more is kept of it."""
LIFE = frozenset({"@life", "@deed"})
"""What people tell beside the answer ("wedding", "answered"): said of no skin, and as little a right spelling."""
ENDINGS = ("", "s", "es", "ed", "ing", "y", "er", "a", "o", "os", "as")
"""What a `stem*` is completed with when it is offered as the right spelling."""


def read_vocabularies(
    directory: Path, problems: Problems, languages: Iterable[str] | None = None
) -> dict[str, Vocabulary]:
    """Every language that has a folder under `directory`, or only these; mistakes and gaps go to `problems`."""
    symptoms = read_symptoms(directory / SYMPTOMS_FILE, problems)
    signs = read_signs(directory / SIGNS_FILE, symptoms, problems)
    folders = sorted(folder for folder in directory.iterdir() if folder.is_dir()) if directory.is_dir() else []
    if not folders:
        problems.add(directory, 1, "no language has a folder here")
    wanted = None if languages is None else set(languages)
    return {
        folder.name: _read_language(folder, symptoms, signs, problems)
        for folder in folders
        if wanted is None or folder.name in wanted
    }


def _read_language(
    folder: Path, symptoms: Mapping[str, SymptomSpec], signs: Mapping[str, SignSpec], problems: Problems
) -> Vocabulary:
    draft = Draft(folder.name)
    files = sorted(file for file in folder.glob("*.toml") if file.name != EXAMPLES_FILE)
    sources = [source for file in files if (source := read_toml(file, problems))]
    sections = [Sections(source, draft, symptoms, signs, problems) for source in sources]
    for one in sections:
        one.rewrites(one.source.data.get("rewrites", {}))  # before the rules, which are opened by them
    for one in sections:
        one.read()
    draft.expand_classes(problems)
    draft.check_grid(folder, symptoms, signs, problems)
    shared = (folder.parent / SYMPTOMS_FILE, folder.parent / SIGNS_FILE)
    return _finish(draft, symptoms, signs, _version([*files, *shared]))


def _version(files: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for file in files:
        if file.is_file():
            digest.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()[:12]


def _finish(
    draft: Draft, symptoms: Mapping[str, SymptomSpec], signs: Mapping[str, SignSpec], version: str
) -> Vocabulary:
    for letter, symptom in draft.letters.items():
        draft.lexemes.append(Lexeme((letter,), (), (Meaning(Role.SYMPTOM, symptom=symptom),)))
    draft.open_contractions()
    lexemes = [lexeme for lexeme in draft.lexemes if lexeme.words]
    words = _words(draft, lexemes)
    stems = frozenset(word.rstrip("*") for word in words if word.endswith("*"))
    known = frozenset(word for word in words if not word.endswith("*"))
    everyday = {folded(word) for word in draft.classes.get(EVERYDAY, ())}
    everyday |= {one.words[0] for one in lexemes if len(one.words) == 1 and not LIFE.isdisjoint(one.classes)}
    never = _opt_out_words(draft) | (everyday - _telling(lexemes))
    completed = {stem + ending for stem in stems for ending in ENDINGS} - known
    return Vocabulary(
        draft.language,
        version,
        tuple(symptoms.values()),
        tuple(signs.values()),
        make_book(draft.sign_rules),
        make_book(draft.intent_rules),
        index_lexemes(one for one in lexemes if one.meanings or one.classes != _ONLY_KNOWN),
        stems,
        tuple(sorted({len(stem) for stem in stems})),
        draft.rewrites,
        draft.keywords,
        draft.letters,
        draft.accented,
        dict.fromkeys(sorted(known | frozenset(draft.keywords))),  # a set takes half as much again
        Spellings(tuple(sorted(known - never)), tuple(sorted(completed - never))),
        frozenset(name for lexeme in lexemes for name in lexeme.classes),
    )


def _telling(lexemes: Iterable[Lexeme]) -> set[str]:
    """Words that say something by themselves ("better", "yesterday")."""
    single = (lexeme for lexeme in lexemes if len(lexeme.words) == 1)
    silent = {Role.GLUE, Role.HARMLESS, Role.DEED}
    return {one.words[0] for one in single if any(meaning.role not in silent for meaning in one.meanings)}


def _words(draft: Draft, lexemes: Iterable[Lexeme]) -> set[str]:
    words = {word for lexeme in lexemes for word in lexeme.words}
    for rules in (*draft.sign_rules.values(), *draft.intent_rules.values()):
        words |= {key for rule in rules for key in rule_keys(rule) if key[0] != "@" and "_" not in key}
    words |= set(draft.accented.values())
    return words | {word for rewritten in draft.rewrites.values() for word in rewritten}


def _opt_out_words(draft: Draft) -> set[str]:
    """Words no misspelling may be turned into."""
    parts = [part for rule in draft.intent_rules.get(Intent.OPT_OUT, ()) for part in rule.parts]
    keys = {key for part in parts for element in part.elements for key in element.keys}
    stopping = {
        word for name in ("stop_alone", "stopping") for phrase in draft.classes.get(name, ()) for word in phrase.split()
    }
    return set(draft.keywords) | stopping | {key for key in keys if not key.startswith("@")}
