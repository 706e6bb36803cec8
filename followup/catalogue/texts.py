"""What patients are told: templates/sms/<language>/<kind>.txt and names.toml beside them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated

from pydantic import AfterValidator, Field

from followup.catalogue.problems import nearest
from followup.catalogue.shapes import Shape, read_shape
from followup.catalogue.toml_source import read_toml
from followup.catalogue.wording_rules import dear, mistakes_in
from followup.catalogue.written import Line
from followup.domain.wording import FOR_WHOM, KINDS, MOST_SYMPTOMS, SmallWords, Texts

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from followup.catalogue.problems import Problems
    from followup.catalogue.toml_source import TomlSource
    from followup.domain.message import Kind

NAMES = "names.toml"
_LANGUAGE = re.compile(r"[a-z]{2,3}")
_WRITER_AND_WHO = ("{clinic}", "{who}")
_PER_COUNT = Field(min_length=MOST_SYMPTOMS, max_length=MOST_SYMPTOMS)


def _says_both(written: str) -> str:
    if not written.startswith(_WRITER_AND_WHO[0]) or written.count("{") != len(_WRITER_AND_WHO):
        raise ValueError('begins with "{clinic}" and says "{who}" after it, and no other placeholder')
    if _WRITER_AND_WHO[1] not in written:
        raise ValueError('does not say for whom a text is: "{who}" is missing')
    return written


ForWhom = Annotated[Line, AfterValidator(_says_both)]


class WordsTable(Shape):
    """[words]: small words around symptoms, and what a text of this language must not say."""

    joined_by: Line
    counts: Annotated[list[Line], _PER_COUNT]
    nones: Annotated[list[Line], _PER_COUNT]
    weekdays: Annotated[list[Line], Field(min_length=7, max_length=7)]
    for_whom: ForWhom = FOR_WHOM
    stop_notices: list[Line] = Field(default_factory=list)
    never_say: list[Line] = Field(default_factory=list)


class NamesFile(Shape):
    """The whole of names.toml."""

    symptoms: dict[str, Line]
    words: WordsTable


@dataclass(frozen=True, slots=True)
class TemplateSource:
    """One template: its words on one line, and where each stands in the file."""

    file: Path
    text: str
    lines: tuple[str, ...] = ()

    def line_of(self, words: str) -> int:
        """The line these words stand on; 1 where they run over two."""
        return next((number for number, line in enumerate(self.lines, 1) if words in line), 1)


@dataclass(frozen=True, slots=True)
class ReadTexts:
    """All templates with the files they stand in, to point at."""

    directory: Path
    templates: Mapping[tuple[str, Kind], TemplateSource] = field(default_factory=dict)
    words: Mapping[str, SmallWords] = field(default_factory=dict)
    names: Mapping[str, TomlSource] = field(default_factory=dict)
    languages: frozenset[str] = frozenset()

    @property
    def texts(self) -> Texts:
        """The domain's view of them."""
        return Texts({key: source.text for key, source in self.templates.items()}, self.words)


def read_texts(directory: Path, problems: Problems) -> ReadTexts:
    """Every language of the folder; problems for what is missing, misspelt or against the rules for texts."""
    if not directory.is_dir():
        problems.add(directory, 1, "no such directory")
        return ReadTexts(directory)
    folders = sorted(folder for folder in directory.iterdir() if folder.is_dir() and _LANGUAGE.fullmatch(folder.name))
    templates: dict[tuple[str, Kind], TemplateSource] = {}
    words: dict[str, SmallWords] = {}
    sources: dict[str, TomlSource] = {}
    for folder in folders:
        names = _read_names(folder, problems)
        if names:
            sources[folder.name], table = names
            words[folder.name] = _small_words(table)
        _refuse_strays(folder, problems)
        for kind in KINDS:
            if found := _read_template(folder / f"{kind}.txt", problems):
                templates[folder.name, kind] = found
                _check(found, kind, folder.name, names and names[1], problems)
    return ReadTexts(directory, templates, words, sources, frozenset(folder.name for folder in folders))


def _read_names(folder: Path, problems: Problems) -> tuple[TomlSource, NamesFile] | None:
    source = read_toml(folder / NAMES, problems)
    shape = source and read_shape(NamesFile, source, problems)
    if not source or not shape:
        return None
    for symptom, name in shape.symptoms.items():
        if mistake := dear(name):
            problems.add(source.file, source.line_of("symptoms", symptom), mistake)
    for key in ("joined_by", "counts", "nones", "weekdays", "for_whom"):
        written = getattr(shape.words, key)
        if mistake := dear(written if isinstance(written, str) else " ".join(written)):
            problems.add(source.file, source.line_of("words", key), mistake)
    return source, shape


def _refuse_strays(folder: Path, problems: Problems) -> None:
    known = [f"{kind}.txt" for kind in KINDS]
    for file in sorted(folder.glob("*.txt")):
        if file.name not in known and not file.name.startswith("."):
            problems.add(file, 1, f"no text of ours is called {file.name}{nearest(file.name, known)}")


def _read_template(file: Path, problems: Problems) -> TemplateSource | None:
    """Its lines joined by spaces; those that begin with # are notes to whoever edits the file."""
    try:
        lines = tuple(file.read_text(encoding="utf-8-sig").splitlines())
    except FileNotFoundError:
        problems.add(file, 1, "is missing: a language needs a text of every kind")
        return None
    except UnicodeDecodeError as error:
        problems.add(file, 1, f"not UTF-8 text ({error.reason} at byte {error.start})")
        return None
    except OSError as error:
        problems.add(file, 1, f"cannot be read: {error.strerror}")
        return None
    said = [line.strip() for line in lines if not line.startswith("#")]
    return TemplateSource(file, " ".join(filter(None, said)), lines)


def _check(found: TemplateSource, kind: Kind, language: str, names: NamesFile | None, problems: Problems) -> None:
    stop_notices = names.words.stop_notices if names else []
    never_say = names.words.never_say if names else []
    for words, what in mistakes_in(found.text, kind, language, stop_notices, never_say):
        problems.add(found.file, found.line_of(words), what)


def _small_words(shape: NamesFile) -> SmallWords:
    words = shape.words
    return SmallWords(
        dict(shape.symptoms),
        words.joined_by,
        tuple(words.counts),
        tuple(words.nones),
        tuple(words.weekdays),
        words.for_whom,
    )
