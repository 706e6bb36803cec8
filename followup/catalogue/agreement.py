"""What must hold between files: nothing points nowhere, and every grid is full."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from followup.catalogue.approvals import RECORD, ApprovalError, Standing, recorded, standing
from followup.catalogue.problems import nearest
from followup.catalogue.vocabulary_codes import read_signs, read_symptoms
from followup.catalogue.wording_rules import dear
from followup.domain.segments import segments
from followup.domain.sharing import Naming
from followup.domain.understanding.values import Question
from followup.domain.wording import MOST_SYMPTOMS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from followup.catalogue.clinics import ReadClinic
    from followup.catalogue.problems import Problems
    from followup.catalogue.protocols import ReadProtocol
    from followup.catalogue.texts import ReadTexts, TemplateSource
    from followup.domain.message import Kind
    from followup.domain.protocol import Protocol
    from followup.domain.vocabulary import Vocabulary

SIMULATOR = "simulator"
"""The gateway behind which nobody lives; all others are live."""

MOST_PARTS = 2
"""SMS parts a text may take: beyond that carriers charge and lose more (twilio.md 6)."""

_SOMEBODY: Mapping[Naming, tuple[str, tuple[str, ...]]] = {
    Naming.NEVER: ("", ()),
    Naming.INITIAL: ("AB", ("AB", "CD")),
    Naming.FIRST_NAME: ("Alexandra", ("Alexandra", "Christopher")),
}
"""For whom a text is, where that takes much room."""
_SOME_DAY = datetime(2026, 1, 14, 9, 30, tzinfo=UTC)

Mistake = tuple["Path", int, str]


@dataclass(frozen=True, slots=True)
class Parts:
    """What was read, file by file."""

    config: Path
    clinics: tuple[ReadClinic, ...]
    protocols: tuple[ReadProtocol, ...]
    vocabularies: Mapping[str, Vocabulary]
    texts: ReadTexts

    @property
    def understood(self) -> set[str]:
        """Languages with a vocabulary, be it one with mistakes of its own."""
        folders = (folder.name for folder in (self.config / "vocabulary").glob("*") if folder.is_dir())
        return set(self.vocabularies).union(folders)

    @property
    def symptoms(self) -> set[str]:
        """Codes of all symptoms that have words."""
        return {symptom.code for vocabulary in self.vocabularies.values() for symptom in vocabulary.symptoms}

    @property
    def signs(self) -> set[str]:
        """Codes of all alarm signs that have words."""
        return {sign.code for vocabulary in self.vocabularies.values() for sign in vocabulary.signs}

    def protocols_of(self, read: ReadClinic) -> list[Protocol]:
        """The protocols a clinic's services point at."""
        wanted = set(read.clinic.services.values())
        return [each.protocol for each in self.protocols if each.protocol.id in wanted]


def check_agreement(parts: Parts, problems: Problems) -> None:
    """Every rule between files, over everything that could be read."""
    for rule in _RULES:
        for file, line, what in rule(parts):
            problems.add(file, line, what)


def _no_name_twice(parts: Parts) -> Iterator[Mistake]:
    ids = Counter(read.clinic.id for read in parts.clinics)
    for read in parts.clinics:
        if ids[read.clinic.id] > 1:
            yield read.source.file, read.source.line_of("id"), f'another clinic has the id "{read.clinic.id}" too'
    seen: dict[str, str] = {}
    for read in parts.clinics:
        for number, source in enumerate(read.clinic.sources):
            if source.source in seen:
                what = f'the clinic "{seen[source.source]}" has a booking source "{source.source}" already'
                yield read.source.file, read.source.line_of("bookings", number, "source"), what
            seen.setdefault(source.source, read.clinic.id)


def _no_sender_twice(parts: Parts) -> Iterator[Mistake]:
    seen: dict[str, str] = {}
    for read in parts.clinics:
        sender = read.clinic.sms.sender
        if sender in seen:
            what = f'the clinic "{seen[sender]}" texts from this sender already: a reply could be to either'
            yield read.source.file, read.source.line_of("sms", "sender"), what
        seen.setdefault(sender, read.clinic.id)


def _services_known(parts: Parts) -> Iterator[Mistake]:
    # A protocol file with mistakes in it has its own; a service may point at it all the same.
    known = {file.stem for file in (parts.config / "protocols").glob("*.toml")}
    for read in parts.clinics:
        for service, protocol in read.clinic.services.items():
            if protocol not in known:
                what = f'"{service}": there is no protocol "{protocol}"{nearest(protocol, known)}'
                yield read.source.file, read.source.line_of("services", service), what


def _languages_whole(parts: Parts) -> Iterator[Mistake]:
    """What we understand and what we say: one without the other is no language."""
    for language in sorted(parts.texts.languages - parts.understood):
        yield parts.config / "vocabulary" / language, 1, f'"{language}" has texts but no vocabulary'
    for language in sorted(parts.understood - parts.texts.languages):
        yield parts.texts.directory / language, 1, f'"{language}" has a vocabulary but no texts'


def _languages_spoken(parts: Parts) -> Iterator[Mistake]:
    understood, said = parts.understood, parts.texts.languages
    for read in parts.clinics:
        for language in read.clinic.languages:
            line = read.source.line_of("languages")
            if language not in understood:
                yield read.source.file, line, f'"{language}" has no vocabulary{nearest(language, understood)}'
            if language not in said:
                yield read.source.file, line, f'"{language}" has no texts in templates/sms{nearest(language, said)}'


def _symptoms_named(parts: Parts) -> Iterator[Mistake]:
    for language in sorted(set(parts.vocabularies) & set(parts.texts.words)):
        source = parts.texts.names[language]
        for symptom in sorted(parts.symptoms - set(parts.texts.words[language].symptoms)):
            yield source.file, source.line_of("symptoms"), f'the symptom "{symptom}" has no name in "{language}"'


def _names_of_symptoms(parts: Parts) -> Iterator[Mistake]:
    for source in parts.texts.names.values():
        for symptom in source.data["symptoms"]:
            if parts.vocabularies and symptom not in parts.symptoms | parts.signs:
                what = f'there is no symptom "{symptom}"{nearest(symptom, parts.symptoms)}'
                yield source.file, source.line_of("symptoms", symptom), what


def _protocol_words(parts: Parts) -> Iterator[Mistake]:
    if not parts.vocabularies:
        return
    for read in parts.protocols:
        for path, code, known, what in _codes(read.protocol, parts.symptoms, parts.signs):
            if code not in known:
                yield read.source.file, read.source.line_of(*path), f'there is no {what} "{code}"{nearest(code, known)}'


def check_codes(read: ReadProtocol, config: Path, problems: Problems) -> None:
    """The same for one protocol beside the configuration: each code it names is one of its vocabulary's lists."""
    symptoms = read_symptoms(config / "vocabulary" / "symptoms.toml", problems)
    signs = read_signs(config / "vocabulary" / "alarm_signs.toml", symptoms, problems)
    check_known(read, set(symptoms), set(signs), problems)


def check_known(read: ReadProtocol, symptoms: set[str], signs: set[str], problems: Problems) -> None:
    """Each code the protocol names is one of these."""
    for path, code, known, kind in _codes(read.protocol, symptoms, signs):
        if code not in known:
            what = f'there is no {kind} "{code}"{nearest(code, known)}'
            problems.add(read.source.file, read.source.line_of(*path), what)


def _codes(
    protocol: Protocol, symptoms: set[str], signs: set[str]
) -> Iterator[tuple[tuple[str | int, ...], str, set[str], str]]:
    """Each code a protocol names, where, among which it must be, and what it is."""
    for symptom in protocol.expected:
        yield ("expected", symptom), symptom, symptoms, "symptom"
    for sign in protocol.harmless_signs:
        yield ("normal_signs", sign), sign, signs, "alarm sign"
    for number, plan in enumerate(protocol.check_ins):
        is_late = plan.question is Question.LATE_0_1
        for asked in plan.ask:
            known, what = (symptoms | signs, "symptom or alarm sign") if is_late else (symptoms, "symptom")
            yield ("check_ins", number, "ask"), asked, known, what


def _example_languages(parts: Parts) -> Iterator[Mistake]:
    for read in parts.protocols:
        for number, example in enumerate(read.protocol.examples):
            if parts.vocabularies and example.language not in parts.understood:
                line = read.source.line_of("examples", number, "language")
                yield read.source.file, line, f'"{example.language}" has no vocabulary'


def _approved(parts: Parts) -> Iterator[Mistake]:
    """What patients follow through a live gateway somebody stands for, in the wording they read."""
    live = [read.clinic for read in parts.clinics if read.clinic.sms.gateway != SIMULATOR]
    try:
        approvals = recorded(parts.config) if live else ()
    except ApprovalError:
        yield parts.config / RECORD, 1, "cannot be read as a record of approvals"
        return
    for read in parts.protocols:
        users = [clinic for clinic in live if read.protocol.id in clinic.services.values()]
        stands = standing(read.protocol, approvals)
        if users and not stands.is_fine:
            what = f'{_NOT_FINE[stands]}, yet the clinic "{users[0].id}" is live ({users[0].sms.gateway})'
            yield read.source.file, read.source.line_of("approved_by"), what


_NOT_FINE = {
    Standing.UNAPPROVED: "nobody has approved this protocol",
    Standing.ALTERED: "this protocol was altered since it was approved",
}


def _no_treatment_named(parts: Parts) -> Iterator[Mistake]:
    """A text may be read by others (care.md B): it does not say what was done."""
    names = {name for read in parts.protocols for name in (read.protocol.title, read.protocol.id.replace("_", " "))}
    any_name = re.compile("|".join(rf"\b{re.escape(name)}\b" for name in sorted(names)) or "(?!)", re.IGNORECASE)
    for source in parts.texts.templates.values():
        if found := any_name.search(source.text):
            what = f'names the treatment "{found[0]}": others may read this text'
            yield source.file, source.line_of(found[0]), what


def _clinic_names_cheap(parts: Parts) -> Iterator[Mistake]:
    for read in parts.clinics:
        if mistake := dear(read.clinic.name):
            yield read.source.file, read.source.line_of("name"), f'"{read.clinic.name}" {mistake}'


def _short_enough(parts: Parts) -> Iterator[Mistake]:
    for read in parts.clinics:
        asks = {plan.ask for protocol in parts.protocols_of(read) for plan in protocol.check_ins}
        for (language, kind), found in parts.texts.templates.items():
            if language in read.clinic.languages and language in parts.texts.words:
                yield from _parts_of(parts, read, language, kind, found, asks)


def _parts_of(
    parts: Parts, read: ReadClinic, language: str, kind: Kind, found: TemplateSource, asks: set[tuple[str, ...]]
) -> Iterator[Mistake]:
    """A mistake where the longest of these asks takes more parts than a text may."""
    named = parts.texts.words[language].symptoms
    known = [ask for ask in asks if 0 < len(ask) <= MOST_SYMPTOMS and named.keys() >= set(ask)]
    if not known and "{symptoms}" in found.text:
        return
    texts = parts.texts.texts
    who, names = _SOMEBODY[read.clinic.sms.naming]
    rendered = [
        texts.render(kind, language, read.clinic, symptoms=ask, by=_SOME_DAY, who=who, names=names)
        for ask in (known or [()])
    ]
    longest = max(map(segments, rendered), key=lambda each: each.count)
    if longest.count > MOST_PARTS:
        what = f'takes {longest.count} SMS parts ({longest.units} units) for the clinic "{read.clinic.id}"'
        yield found.file, 1, f"{what}; {MOST_PARTS} are the most"


_RULES: tuple[Callable[[Parts], Iterator[Mistake]], ...] = (
    _no_name_twice,
    _no_sender_twice,
    _services_known,
    _languages_whole,
    _languages_spoken,
    _symptoms_named,
    _names_of_symptoms,
    _protocol_words,
    _example_languages,
    _approved,
    _no_treatment_named,
    _clinic_names_cheap,
    _short_enough,
)
