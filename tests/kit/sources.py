"""The checkout as its own tests read it: every module of the package, parsed, and every file that is committed."""

from __future__ import annotations

import ast
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

TOP = Path(__file__).parents[2]
PACKAGE = "followup"
LEFT_ALONE = {".venv", ".git", "__pycache__", "dist", "build", "node_modules"}


@dataclass(frozen=True, slots=True)
class Module:
    """One Python file of the package: its dotted name, where it is and what it says."""

    name: str
    path: str
    text: str
    is_package: bool = False

    @property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)

    def imports(self, known: frozenset[str]) -> Iterator[tuple[int, str]]:
        """Line and name of every import, in functions and under TYPE_CHECKING too; a known module is named whole."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from ((node.lineno, alias.name) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                origin = self._origin(node)
                for alias in node.names:
                    whole = f"{origin}.{alias.name}"
                    yield node.lineno, whole if whole in known else origin

    def _origin(self, node: ast.ImportFrom) -> str:
        if not node.level:
            return node.module or ""
        parts = self.name.split(".")
        kept = parts[: len(parts) - node.level + self.is_package]
        return ".".join([*kept, *([node.module] if node.module else [])])


@cache
def modules() -> tuple[Module, ...]:
    """Every module of the package but the database's migrations, which are history."""
    paths = sorted((TOP / PACKAGE).rglob("*.py"))
    return tuple(_module(path) for path in paths if "migrations" not in path.parts)


@cache
def committed() -> tuple[Path, ...]:
    """Every file that is, or with the next commit would be, in the repository."""
    listing = ["git", "ls-files", "-co", "--exclude-standard", "-z"]
    done = subprocess.run(listing, cwd=TOP, check=False, capture_output=True, text=True)  # noqa: S603  # fixed words
    if done.returncode == 0:
        return tuple(path for name in sorted(set(done.stdout.split("\0"))) if name and (path := TOP / name).is_file())
    walked = (path for path in sorted(TOP.rglob("*")) if not LEFT_ALONE & set(path.parts))
    return tuple(path for path in walked if path.is_file())


def read_committed() -> Iterator[tuple[str, str]]:
    """Path and text of each committed text file."""
    for path in committed():
        try:
            yield path.relative_to(TOP).as_posix(), path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue


def _module(path: Path) -> Module:
    relative = path.relative_to(TOP)
    parts = relative.with_suffix("").parts
    is_package = parts[-1] == "__init__"
    name = ".".join(parts[:-1] if is_package else parts)
    return Module(name, relative.as_posix(), path.read_text(encoding="utf-8"), is_package)
