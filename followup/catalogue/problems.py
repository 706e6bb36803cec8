"""Mistakes in configuration, collected so that all are named at once."""

from __future__ import annotations

import difflib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One mistake: where it stands and what was probably meant."""

    file: Path
    line: int
    what: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.what}"


class BadConfigurationError(Exception):
    """The configuration has mistakes; `problems` lists every one of them."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(problems))
        super().__init__("\n".join(map(str, self.problems)))


@dataclass(slots=True)
class Problems:
    """Collects mistakes while files are read; nothing is raised until all have been seen."""

    found: list[Problem] = field(default_factory=list)

    def add(self, file: Path, line: int, what: str) -> None:
        """Note one mistake."""
        self.found.append(Problem(file, line, what))

    def raise_if_any(self) -> None:
        """BadConfigurationError naming all mistakes, if there were some."""
        if self.found:
            raise BadConfigurationError(self.found)


def nearest(word: str, known: Iterable[str]) -> str:
    """', did you mean "x"?' for the nearest known name, or ''."""
    match = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f', did you mean "{match[0]}"?' if match else ""
