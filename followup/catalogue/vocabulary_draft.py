"""One language while its files are read: phrases, classes and rules before they are indexed."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from followup.catalogue.problems import nearest
from followup.domain.phrase_rules import rule_keys
from followup.domain.understanding.normalise import fold
from followup.domain.vocabulary import Lexeme, Meaning

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from followup.catalogue.problems import Problems
    from followup.domain.phrase_rules import Rule
    from followup.domain.understanding.values import Intent
    from followup.domain.vocabulary import SignSpec, SymptomSpec


@dataclass(slots=True)
class Draft:
    """Everything the files of one language say."""

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
    accented: dict[str, str] = field(default_factory=dict)
    symptoms: set[str] = field(default_factory=set)

    def add(self, phrases: Iterable[str], meaning: Meaning, name: str = "") -> None:
        """Phrases of one meaning; `name` makes them a class as well."""
        classes = (f"@{name}",) if name else ()
        meanings = (meaning,)
        self.lexemes.extend(Lexeme(_words(phrase), classes, meanings) for phrase in phrases)

    def expand_classes(self, problems: Problems) -> None:
        """Every class as phrases; a rule that names an unknown class is a problem."""
        for name in self.classes:
            classes = (f"@{name}",)
            for phrase in self._phrases_of(name, problems, ()):
                self.lexemes.append(Lexeme(_words(phrase), classes, ()))
        self._add_joined()
        known = {name for lexeme in self.lexemes for name in lexeme.classes}
        for rule, file, line in self.rule_places:
            for key in rule_keys(rule):
                if key.startswith("@") and key not in known:
                    problems.add(file, line, f'rule "{rule.text}" names an unknown class "{key}"{nearest(key, known)}')

    def _add_joined(self) -> None:
        """Phrases that rules write as `can_not`, each a class of its own."""
        joined = {key for rule, _, _ in self.rule_places for key in rule_keys(rule) if "_" in key and key[0] != "@"}
        self.lexemes.extend(Lexeme(tuple(key.split("_")), (key,), ()) for key in sorted(joined))

    def open_contractions(self) -> None:
        """Phrases in the words a reply is opened to: "can't" may be written as it is said."""
        for place, lexeme in enumerate(self.lexemes):
            if any(word in self.rewrites for word in lexeme.words):
                opened = tuple(word for one in lexeme.words for word in self.rewrites.get(one, (one,)))
                self.lexemes[place] = replace(lexeme, words=opened)

    def _phrases_of(self, name: str, problems: Problems, seen: tuple[str, ...]) -> Iterator[str]:
        """The phrases of a class, those of classes it names included."""
        file, line = self.class_places[name]
        for phrase in self.classes.get(name, ()):
            other = phrase.removeprefix("@")
            if other == phrase:
                yield phrase
            elif other in self.classes and other not in seen:
                yield from self._phrases_of(other, problems, (*seen, name))
            elif not (plain := [one for one in self.lexemes if phrase in one.classes]):
                problems.add(
                    file, line, f'class "{name}" names an unknown class "{other}"{nearest(other, self.classes)}'
                )
            else:
                yield from (" ".join(one.words) for one in plain)

    def check_grid(
        self,
        folder: Path,
        symptoms: Mapping[str, SymptomSpec],
        signs: Mapping[str, SignSpec],
        problems: Problems,
    ) -> None:
        """A symptom or an alarm sign without words is a problem."""
        for code in symptoms:
            if code not in self.symptoms:
                problems.add(folder, 1, f'no words for the symptom "{code}" in language "{self.language}"')
        for code in signs:
            if not self.sign_rules.get(code):
                problems.add(folder, 1, f'no words for the alarm sign "{code}" in language "{self.language}"')


def _words(phrase: str) -> tuple[str, ...]:
    """A phrase's folded words. Each word is kept once, in however many phrases it stands."""
    return tuple(map(sys.intern, folded(phrase).split()))


def folded(text: str) -> str:
    """A rule or phrase in the letters a reply is folded to; apostrophes go, as they do in replies."""
    return fold(text).text.replace("'", "")
