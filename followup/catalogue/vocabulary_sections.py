"""The sections of a language's files: classes, symptoms, degrees, trends, roles, signs, intents and the small ones."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from followup.catalogue.problems import nearest
from followup.catalogue.vocabulary_codes import table
from followup.catalogue.vocabulary_draft import folded
from followup.domain.phrase_rules import parse_rule
from followup.domain.understanding.values import Intent, Severity, Trend
from followup.domain.vocabulary import Lexeme, Meaning, Role

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from followup.catalogue.problems import Problems
    from followup.catalogue.toml_source import TomlSource
    from followup.catalogue.vocabulary_draft import Draft
    from followup.domain.phrase_rules import Rule
    from followup.domain.vocabulary import SignSpec, SymptomSpec

_RULE_WORD = re.compile(r"(?<![@\w])\w+(?![\w*])")
ROLE_NAMES = frozenset(role.value for role in Role) - {"symptom", "degree", "trend", "number", "less", "more"}
_DEGREES: Mapping[str, Severity | None] = {"words": None, **{severity.value: severity for severity in Severity}}
_CHANGES = {
    "less": Meaning(Role.LESS, trend=Trend.BETTER),
    "more": Meaning(Role.MORE, trend=Trend.WORSE),
    "nearly_gone": Meaning(Role.TREND, severity=Severity.MILD, trend=Trend.BETTER),
}


@dataclass(frozen=True, slots=True)
class Sections:
    """Reads one file into the draft of its language."""

    source: TomlSource
    draft: Draft
    symptoms: Mapping[str, SymptomSpec]
    signs: Mapping[str, SignSpec]
    problems: Problems

    def read(self) -> None:
        """Every section of the file; what is unknown is a problem."""
        table(self.source, (), self.source.data, _READERS, self.problems)
        for section, body in self.source.data.items():
            if section in _READERS and isinstance(body, dict):
                _READERS[section](self, body)
            elif section in _READERS:
                self._problem(section, what=f'"{section}" must be a table')

    def _problem(self, *path: str, what: str) -> None:
        self.problems.add(self.source.file, self.source.line_of(*path), what)

    def classes(self, body: Mapping[str, Any]) -> None:
        """[classes]: phrases that rules may name together."""
        for name, phrases in body.items():
            self.draft.classes.setdefault(name, []).extend(phrases)
            self.draft.class_places.setdefault(name, (self.source.file, self.source.line_of("classes", name)))

    def sign_rules(self, body: Mapping[str, Any]) -> None:
        """[signs.<code>]: rules that make an alarm sign."""
        for code, row in body.items():
            if code not in self.signs:
                self._problem("signs", code, what=f'unknown alarm sign "{code}"{nearest(code, self.signs)}')
            self.draft.sign_rules.setdefault(code, []).extend(self._rules(("signs", code), row))

    def intent_rules(self, body: Mapping[str, Any]) -> None:
        """[intents.<code>]: rules that make a wish."""
        for code, row in body.items():
            if code not in set(Intent):
                self._problem("intents", code, what=f'unknown intent "{code}"{nearest(code, list(Intent))}')
                continue
            self.draft.intent_rules.setdefault(Intent(code), []).extend(self._rules(("intents", code), row))

    def _rules(self, path: tuple[str, ...], row: object) -> Iterator[Rule]:
        line = self.source.line_of(*path, "rules")
        for text in table(self.source, path, row, ("rules",), self.problems).get("rules", ()):
            try:
                rule = parse_rule(_RULE_WORD.sub(self._opened, folded(text)))
            except ValueError as error:
                self.problems.add(self.source.file, line, str(error))
                continue
            self.draft.rule_places.append((rule, self.source.file, line))
            yield rule

    def _opened(self, word: re.Match[str]) -> str:
        """A word of a rule in the words a reply is opened to ("cant" is read as "can not")."""
        opened = (other for one in word[0].split("_") for other in self.draft.rewrites.get(one, (one,)))
        return "_".join(opened)

    def symptom_words(self, body: Mapping[str, Any]) -> None:
        """[symptoms.<code>]: its words, and words that carry a degree; each symptom is a class too (@redness)."""
        for code, row in body.items():
            if code not in self.symptoms:
                self._problem("symptoms", code, what=f'unknown symptom "{code}"{nearest(code, self.symptoms)}')
            self.draft.symptoms.add(code)
            for degree, phrases in table(self.source, ("symptoms", code), row, _DEGREES, self.problems).items():
                meaning = Meaning(Role.SYMPTOM, symptom=code, severity=_DEGREES.get(degree))
                self.draft.add(phrases, meaning, "" if degree == Severity.NONE else code)

    def degrees(self, body: Mapping[str, Any]) -> None:
        """[degrees]: words of degree by severity; each is a class too (@mild)."""
        self._each("degrees", body, lambda key: Meaning(Role.DEGREE, severity=Severity(key)), list(Severity))

    def trends(self, body: Mapping[str, Any]) -> None:
        """[trends]: words of change; each is a class too (@worse)."""
        self._each("trends", body, _trend_meaning, [*Trend, *_CHANGES])

    def numbers(self, body: Mapping[str, Any]) -> None:
        """[numbers]: words for 0 to 3."""
        self._each("numbers", body, lambda key: Meaning(Role.NUMBER, number=int(key)), [])

    def roles(self, body: Mapping[str, Any]) -> None:
        """[roles]: what words do in a sentence; each is a class too (@past)."""
        self._each("roles", body, _role_meaning, sorted(ROLE_NAMES))

    def _each(
        self, section: str, body: Mapping[str, Any], meaning_of: Callable[[str], Meaning], known: Iterable[str]
    ) -> None:
        for key, phrases in body.items():
            try:
                meaning = meaning_of(key)
            except ValueError:
                self._problem(section, key, what=f'unknown key "{key}" in "{section}"{nearest(key, known)}')
                continue
            is_plain = section == "degrees" and key == Severity.NONE
            self.draft.add(phrases, meaning, "" if is_plain or section == "numbers" else key)

    def rewrites(self, body: Mapping[str, Any]) -> None:
        """[rewrites]: contractions and texting spellings, opened before anything is read."""
        self.draft.rewrites.update({folded(key): tuple(folded(value).split()) for key, value in body.items()})

    def accented(self, body: Mapping[str, Any]) -> None:
        """[accented]: words only their accent tells apart ("sí", "si"), and the word each is read as."""
        self.draft.accented.update(
            {unicodedata.normalize("NFC", key).lower(): folded(one) for key, one in body.items()}
        )

    def keywords(self, body: Mapping[str, Any]) -> None:
        """[keywords]: what carriers themselves obey when it is the whole message."""
        for key, words in body.items():
            if key in set(Intent):
                self.draft.keywords.update({folded(word): Intent(key) for word in words})
            else:
                self._problem("keywords", key, what=f'unknown key "{key}" in "keywords"{nearest(key, list(Intent))}')

    def letters(self, body: Mapping[str, Any]) -> None:
        """[letters]: single letters that name a symptom beside a number ("R1 S0")."""
        for key, symptom in body.items():
            self.draft.letters[key] = symptom
            self.draft.lexemes.append(Lexeme((key,), (), ()))
            if symptom not in self.symptoms:
                self._problem("letters", key, what=f'unknown symptom "{symptom}"')


_READERS: Mapping[str, Callable[[Sections, Mapping[str, Any]], None]] = {
    "classes": Sections.classes,
    "symptoms": Sections.symptom_words,
    "degrees": Sections.degrees,
    "trends": Sections.trends,
    "numbers": Sections.numbers,
    "roles": Sections.roles,
    "rewrites": Sections.rewrites,
    "accented": Sections.accented,
    "keywords": Sections.keywords,
    "letters": Sections.letters,
    "signs": Sections.sign_rules,
    "intents": Sections.intent_rules,
}


def _trend_meaning(key: str) -> Meaning:
    return _CHANGES.get(key) or Meaning(Role.TREND, trend=Trend(key))


def _role_meaning(key: str) -> Meaning:
    if key in {"topic", "life"}:
        return Meaning(Role.HARMLESS, symptom="topic")
    if key == "site_apart":
        return Meaning(Role.SITE, symptom="topic")
    if key == "superb":
        return Meaning(Role.ALL_CLEAR, severity=Severity.SEVERE)
    if key == "unwell":
        return Meaning(Role.HARMLESS, symptom="not_well")
    if key not in ROLE_NAMES:
        raise ValueError(key)
    return Meaning(Role(key))
