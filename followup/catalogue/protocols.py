"""Protocol files: config/protocols/<protocol>.toml."""

from __future__ import annotations

import datetime as dt
import tomllib
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from pydantic import BeforeValidator, Field, PlainValidator

from followup.catalogue.approvals import digest
from followup.catalogue.folders import files_in, has_own_name
from followup.catalogue.lengths import quoted
from followup.catalogue.problems import Problems, nearest
from followup.catalogue.shapes import Shape, read_shape
from followup.catalogue.toml_source import TomlSource, read_text, read_toml
from followup.catalogue.written import Id, Language, Length, LengthOrNever, Line, one_of
from followup.domain.flag import Reason
from followup.domain.protocol import CheckInPlan, Example, ExpectedWindow, Protocol
from followup.domain.understanding.values import Question
from followup.domain.wording import MOST_SYMPTOMS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

QuestionCode = Annotated[Question, PlainValidator(one_of(Question))]
Mistake = tuple[tuple[str | int, ...], str]


def _day(written: object) -> str:
    """A date, quoted or not, as "2026-11-24"; "" for none."""
    try:
        return dt.date.fromisoformat(str(written)).isoformat() if written else ""
    except ValueError as error:
        message = f'should be a date such as "2026-11-24", not {quoted(written)}'
        raise ValueError(message) from error


class ExpectedTable(Shape):
    """[expected.<symptom>]: window "never" for what is never expected."""

    typical: LengthOrNever = None
    window: LengthOrNever


class NormalTable(Shape):
    """[normal_signs.<alarm sign>]: until when it is expected, and in words that begin so only."""

    until: LengthOrNever = None
    words: list[Line] = Field(default_factory=list)


def _signs(written: object) -> object:
    """A plain list of signs means each of them at any time, in any words."""
    return {str(sign): {} for sign in written} if isinstance(written, list) else written


class CheckInTable(Shape):
    """[[check_ins]]: one planned contact."""

    step: Id
    after: Length
    ask: list[str] = Field(default_factory=list)
    question: QuestionCode = Question.COMBINED_0_3
    remind_after: LengthOrNever = timedelta(hours=3)
    missed_after: Length = timedelta(hours=24)
    stale_after: Length = timedelta(hours=12)


class ExampleTable(Shape):
    """[[examples]]: a reply at a time, and the flags it must raise."""

    at: Length
    reply: str
    flags: list[str]
    language: Language = "en"
    question: QuestionCode = Question.COMBINED_0_3


class ProtocolFile(Shape):
    """The whole file."""

    id: Id
    title: Line
    version: Line
    approved_by: str = ""
    approved_on: Annotated[str, PlainValidator(_day)] = ""
    sources: list[str] = Field(default_factory=list)
    cluster_within: Length = timedelta(weeks=6)
    normal_signs: Annotated[dict[str, NormalTable], BeforeValidator(_signs)] = Field(default_factory=dict)
    expected: dict[str, ExpectedTable] = Field(min_length=1)
    check_ins: list[CheckInTable] = Field(min_length=1)
    examples: list[ExampleTable] = Field(default_factory=list)


@dataclass(frozen=True, slots=True)
class ReadProtocol:
    """A protocol and the file it stands in, to point at; `text` is the file as it was read."""

    protocol: Protocol
    source: TomlSource
    text: str = ""


def read_protocols(directory: Path, problems: Problems) -> tuple[ReadProtocol, ...]:
    """Every protocol of the folder that can be read; problems for the others."""
    found = [_read(source, problems) for source in files_in(directory, problems)]
    return tuple(protocol for protocol in found if protocol)


def read_protocol(file: Path, problems: Problems) -> ReadProtocol | None:
    """One protocol, be its file named and lie as it may; None and problems where it cannot be read."""
    source = read_toml(file, problems)
    return _read(source, problems, is_of_folder=False) if source else None


def read_written(written: bytes, name: Path, problems: Problems) -> ReadProtocol | None:
    """The same of what stands in no file: `name` is what its mistakes are told of."""
    source = read_text(written, name, problems)
    return _read(source, problems, is_of_folder=False) if source else None


def _read(source: TomlSource, problems: Problems, *, is_of_folder: bool = True) -> ReadProtocol | None:
    shape = read_shape(ProtocolFile, source, problems)
    if shape is None:
        return None
    if is_of_folder:
        has_own_name(source, shape.id, problems)
    for check in _CHECKS:
        for path, what in check(shape):
            problems.add(source.file, source.line_of(*path), what)
    return ReadProtocol(_protocol(shape, source, digest(source.text, source.lines)), source, source.text)


def protocol_of_text(text: str, known_digest: str) -> Protocol | None:
    """A protocol as its file once read; None where this version can no longer read it."""
    try:
        source = TomlSource(Path("kept.toml"), tomllib.loads(text), {})
    except tomllib.TOMLDecodeError:
        return None
    shape = read_shape(ProtocolFile, source, Problems())
    return _protocol(shape, source, known_digest) if shape else None


def _approval(shape: ProtocolFile) -> Iterator[Mistake]:
    if bool(shape.approved_by.strip()) != bool(shape.approved_on):
        yield ("approved_by",), "an approval needs both: who (approved_by) and when (approved_on)"


def _windows(shape: ProtocolFile) -> Iterator[Mistake]:
    for symptom, table in shape.expected.items():
        if table.typical is not None and (table.window is None or table.typical > table.window):
            yield ("expected", symptom, "typical"), f"{symptom} typically lasts longer than its window"


def _order(shape: ProtocolFile) -> Iterator[Mistake]:
    for number, (before, after) in enumerate(pairwise(shape.check_ins), 1):
        if after.after <= before.after:
            yield ("check_ins", number, "after"), f'check-in "{after.step}" is not later than "{before.step}" before it'


def _steps(shape: ProtocolFile) -> Iterator[Mistake]:
    steps = [table.step for table in shape.check_ins]
    for number, step in enumerate(steps):
        if step in steps[:number]:
            yield ("check_ins", number, "step"), f'there are two check-ins "{step}"'


def _questions(shape: ProtocolFile) -> Iterator[Mistake]:
    for number, table in enumerate(shape.check_ins):
        at = ("check_ins", number, "ask")
        if table.question is Question.FREE:
            yield (
                ("check_ins", number, "question"),
                'a check-in cannot ask freely yet: "combined_0_3" or "late_0_1"',
            )
        if len(set(table.ask)) < len(table.ask):
            yield at, f'check-in "{table.step}" asks for the same thing twice'
        if table.question is Question.COMBINED_0_3 and not 1 <= len(table.ask) <= MOST_SYMPTOMS:
            yield at, f'check-in "{table.step}" should ask for one to three symptoms, not {len(table.ask)}'


def _silences(shape: ProtocolFile) -> Iterator[Mistake]:
    for number, table in enumerate(shape.check_ins):
        at = ("check_ins", number)
        if table.remind_after is not None and table.remind_after >= table.missed_after:
            yield (*at, "remind_after"), f'the reminder of "{table.step}" comes when it already counts as missed'
        if not all((table.missed_after, table.stale_after, table.remind_after is None or table.remind_after)):
            yield at, f'check-in "{table.step}": missed_after, stale_after and remind_after must be longer than nothing'


def _flags(shape: ProtocolFile) -> Iterator[Mistake]:
    for number, table in enumerate(shape.examples):
        for flag in table.flags:
            reason = flag.partition(":")[0].strip()
            if reason not in list(Reason):
                hint = nearest(reason, Reason)
                yield ("examples", number, "flags"), f'"{flag}": there is no reason "{reason}" to flag{hint}'


_CHECKS: tuple[Callable[[ProtocolFile], Iterator[Mistake]], ...] = (
    _approval,
    _windows,
    _order,
    _steps,
    _questions,
    _silences,
    _flags,
)


def _protocol(shape: ProtocolFile, source: TomlSource, of_digest: str) -> Protocol:
    return Protocol(
        id=shape.id,
        title=shape.title,
        version=shape.version,
        expected=_expected(shape.expected),
        check_ins=tuple(_plan(table) for table in shape.check_ins),
        harmless_signs=frozenset(shape.normal_signs),
        harmless_until={sign: table.until for sign, table in shape.normal_signs.items() if table.until is not None},
        harmless_words=frozenset((sign, word) for sign, table in shape.normal_signs.items() for word in table.words),
        approved_by=shape.approved_by.strip(),
        approved_on=shape.approved_on,
        sources=tuple(shape.sources),
        examples=tuple(_example(table, source.line_of("examples", at)) for at, table in enumerate(shape.examples)),
        digest=of_digest,
        cluster_within=shape.cluster_within,
    )


def _expected(tables: Mapping[str, ExpectedTable]) -> dict[str, ExpectedWindow]:
    return {symptom: ExpectedWindow(symptom, table.typical, table.window) for symptom, table in tables.items()}


def _plan(table: CheckInTable) -> CheckInPlan:
    return CheckInPlan(
        table.step,
        table.after,
        tuple(table.ask),
        table.question,
        table.remind_after,
        table.missed_after,
        table.stale_after,
    )


def _example(table: ExampleTable, line: int) -> Example:
    return Example(table.at, table.reply, tuple(table.flags), table.language, table.question, line)
