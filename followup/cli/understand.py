"""`followup understand`: what the service makes of a reply, and why."""

from __future__ import annotations

import gc
import json
import sys
import time
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TextIO

import typer

from followup.catalogue.lengths import NEVER, read_length_or_never
from followup.catalogue.problems import BadConfigurationError, Problems, nearest
from followup.catalogue.shipped import shipped_config
from followup.catalogue.toml_source import read_toml
from followup.catalogue.vocabularies import read_vocabularies
from followup.cli.ending import BAD_CONFIGURATION, FAILED
from followup.domain.understanding import Asked, Question, read
from followup.domain.understanding.as_json import explained, reading

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from followup.domain.vocabulary import Vocabulary

DEFAULT_LANGUAGE = "en"


@dataclass(frozen=True, slots=True)
class Plan:
    """What a protocol asks first, and which alarm signs it expects: until when (None: always), in which words."""

    ask: tuple[str, ...] = Asked().symptoms
    until: Mapping[str, timedelta | None] = field(default_factory=dict)
    words: frozenset[tuple[str, str]] = frozenset()

    def expects(self, hours: float | None) -> frozenset[str]:
        """The signs expected so long after the treatment; where nobody said how long, all of them."""
        since = timedelta(hours=hours or 0)
        return frozenset(sign for sign, until in self.until.items() if until is None or since <= until)


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads replies with the vocabularies and protocols of one configuration, each loaded when first needed."""

    config: Path
    loaded: dict[str, Vocabulary] = field(default_factory=dict)
    plans: dict[str, Plan] = field(default_factory=dict)

    def vocabulary(self, language: str) -> Vocabulary:
        """The words of that language; ValueError where there are none, BadConfigurationError where they are wrong."""
        if language not in self.loaded:
            problems = Problems()
            directory = self.config / "vocabulary"
            self.loaded.update(read_vocabularies(directory, problems, [language]))
            problems.raise_if_any()
            gc.freeze()  # a vocabulary is many small values that stay; looking through them again is the longest pause
            if language not in self.loaded:
                known = [folder.name for folder in directory.iterdir() if folder.is_dir()]
                message = f'no vocabulary for "{language}"{nearest(language, known)}'
                raise ValueError(message)
        return self.loaded[language]

    def prepared(self, language: str) -> Vocabulary:
        """The same for one who reads many: nothing is left to be made while a reply waits."""
        is_new = language not in self.loaded
        vocabulary = self.vocabulary(language)
        if is_new:
            vocabulary.spellings.prepare()
            gc.freeze()
        return vocabulary

    def asked(self, question: str, hours: float | None, protocol: str | None, media_count: int = 0) -> Asked:
        """What is known beside the text; a protocol without a file is taken as one that expects nothing unusual."""
        plan = self._plan(protocol) if protocol else Plan()
        return Asked(Question(question), plan.ask, hours, media_count, plan.expects(hours), plan.words)

    def _plan(self, protocol: str) -> Plan:
        """Read plainly: the protocol's full check takes longer than everything else here."""
        if protocol not in self.plans:
            source = read_toml(self.config / "protocols" / f"{protocol}.toml", Problems())
            data = source.data if source else {}
            ask = next((tuple(plan["ask"]) for plan in data.get("check_ins", ()) if plan.get("ask")), Plan().ask)
            self.plans[protocol] = Plan(ask, *_normal_signs(data.get("normal_signs", ())))
        return self.plans[protocol]


def _normal_signs(written: Any) -> tuple[dict[str, timedelta | None], frozenset[tuple[str, str]]]:
    """A list of signs, or a table of them with until when and in which words."""
    tables = written if isinstance(written, dict) else {sign: {} for sign in written}
    until = {sign: read_length_or_never(table.get("until", NEVER)) for sign, table in tables.items()}
    return until, frozenset((sign, word) for sign, table in tables.items() for word in table.get("words", ()))


def understand(
    text: str,
    *,
    language: str = DEFAULT_LANGUAGE,
    protocol: str | None = None,
    hours: float | None = None,
    question: str = Question.COMBINED_0_3,
    config: Path | None = None,
) -> dict[str, Any]:
    """The understanding of one reply as JSON, each part with its words and rule."""
    reader = Reader(config or shipped_config())
    return explained(read(text, reader.vocabulary(language), reader.asked(question, hours, protocol)))


def understand_lines(
    lines: Iterable[str], reader: Reader, language: str = DEFAULT_LANGUAGE
) -> Iterator[dict[str, Any]]:
    """The reading of each line {"id", "text", "lang", "context"}; `language` is for lines that name none."""
    for line in lines:
        if not line.strip():
            continue
        row = json.loads(line)
        context = row.get("context") or {}
        vocabulary = reader.prepared(row.get("lang") or language)
        asked = reader.asked(
            context.get("question") or Question.COMBINED_0_3,
            context.get("hours_since_treatment"),
            context.get("protocol"),
            int(context.get("media_count") or 0),
        )
        began = time.perf_counter()
        understanding = read(str(row.get("text") or ""), vocabulary, asked)
        spent = time.perf_counter() - began
        yield {"id": row.get("id"), "reading": reading(understanding), "latency_ms": round(spent * 1000, 4)}


def _print_lines(reader: Reader, language: str, stdin: TextIO, stdout: TextIO) -> None:
    answers = understand_lines(stdin, reader, language)
    stdout.writelines(json.dumps(answer, ensure_ascii=False) + "\n" for answer in answers)


Reply = Annotated[str | None, typer.Argument(help="The reply, in quotes; left out, it is read from stdin.")]
Language = Annotated[str, typer.Option(help="Language of the reply.")]
Protocol = Annotated[str | None, typer.Option(help="Protocol the patient is on, for example mesotherapy.")]
Hours = Annotated[float | None, typer.Option(help="Hours since the end of treatment.")]
Asking = Annotated[Question, typer.Option(help="What had been asked.")]
Jsonl = Annotated[bool, typer.Option("--jsonl", help="One JSON object per line on stdin, one per line on stdout.")]
Config = Annotated[Path | None, typer.Option(help="Configuration directory.")]


def command(
    text: Reply = None,
    lang: Language = DEFAULT_LANGUAGE,
    protocol: Protocol = None,
    hours: Hours = None,
    question: Asking = Question.COMBINED_0_3,
    config: Config = None,
    *,
    jsonl: Jsonl = False,
) -> None:
    """Print what a reply is understood as, each part with its words and rule.

    Example: followup understand "bit red, no swelling" --hours 24
    """
    try:
        if jsonl:
            _print_lines(Reader(config or shipped_config()), lang, sys.stdin, sys.stdout)
            return
        said = sys.stdin.read() if text is None else text
        found = understand(said, language=lang, protocol=protocol, hours=hours, question=question, config=config)
        typer.echo(json.dumps(found, ensure_ascii=False, indent=2))
    except BadConfigurationError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(BAD_CONFIGURATION) from error
    except ValueError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(FAILED) from error


def add_to(app: typer.Typer) -> None:
    """Make this verb part of the command line."""
    app.command("understand")(command)


if __name__ == "__main__":
    typer.run(command)
