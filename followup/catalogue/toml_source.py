"""TOML files with the line each value stands on, so that a mistake can be pointed at."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from followup.catalogue.problems import Problems

_TABLE = re.compile(r"^\s*\[(\[)?\s*([^\]]+?)\s*\]")
_KEY = re.compile(r"""^\s*("[^"]*"|'[^']*'|[A-Za-z0-9_.-]+)\s*=""")

_CLOSES = {quote: re.compile(quote) for quote in ('"""', "'''")}
_TOKEN = re.compile(r"""\"{3}|'{3}|"(?:\\.|[^"\\])*"|'[^']*'|\#.*|[][{}]""")
_DEPTHS = {"[": 1, "{": 1, "]": -1, "}": -1}


@dataclass(frozen=True, slots=True)
class TomlSource:
    """One parsed file, as it was written and where its keys stand."""

    file: Path
    data: dict[str, Any]
    lines: dict[tuple[str | int, ...], int]
    text: str = ""

    def line_of(self, *path: str | int) -> int:
        """Line of a key path such as ("check_ins", 0, "after"); the nearest parent's where the key is missing."""
        while path:
            if path in self.lines:
                return self.lines[path]
            path = path[:-1]
        return 1


def read_toml(file: Path, problems: Problems) -> TomlSource | None:
    """The file's data and line numbers; None (and a problem) where it is not TOML or not UTF-8."""
    try:
        return read_text(file.read_bytes(), file, problems)
    except OSError as error:
        problems.add(file, 1, f"cannot be read: {error.strerror}")
        return None


def read_text(written: bytes, file: Path, problems: Problems) -> TomlSource | None:
    """The same of what would stand in a file of that name."""
    try:
        text = written.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
        data = tomllib.loads(text)
    except UnicodeDecodeError as error:
        problems.add(file, 1, f"not UTF-8 text ({error.reason} at byte {error.start})")
        return None
    except tomllib.TOMLDecodeError as error:
        at_line = re.search(r"at line (\d+)", str(error))
        problems.add(file, int(at_line[1]) if at_line else len(text.splitlines()), f"not TOML: {error}")
        return None
    except RecursionError:
        problems.add(file, 1, "not TOML that can be read: too many brackets inside each other")
        return None
    return TomlSource(file, data, _lines_of(text), text)


def _lines_of(text: str) -> dict[tuple[str | int, ...], int]:
    found: dict[tuple[str | int, ...], int] = {}
    table: tuple[str | int, ...] = ()
    counts: dict[tuple[str, ...], int] = {}
    for number, line in _statements(text):
        if header := _TABLE.match(line):
            names = _split(header[2])
            table = names
            if header[1]:
                counts[names] = counts.get(names, -1) + 1
                table = (*names, counts[names])
            elif names[:-1] in counts:
                table = (*names[:-1], counts[names[:-1]], names[-1])
            found.setdefault(table, number)
        elif key := _KEY.match(line):
            found.setdefault((*table, *_split(key[1])), number)
    return found


def _statements(text: str) -> Iterator[tuple[int, str]]:
    """Lines that begin a statement, by number: not those inside a string or a list that runs over several."""
    quote, depth = "", 0
    for number, line in enumerate(text.splitlines(), 1):
        if not quote and not depth:
            yield number, line
        at = 0
        while token := _CLOSES.get(quote, _TOKEN).search(line, at):
            at = token.end()
            if quote or token[0] in _CLOSES:
                quote = "" if quote else token[0]
            depth += _DEPTHS.get(token[0], 0)


def _split(dotted: str) -> tuple[str, ...]:
    return tuple(part.strip("\"' ") for part in re.findall(r'"[^"]*"|\'[^\']*\'|[^.\s]+', dotted))
