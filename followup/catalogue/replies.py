"""What staff often write: templates/replies/<language>/<name>.txt, the clinic's own words, chosen at the desk."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from followup.catalogue.problems import nearest
from followup.domain.wording import PLACEHOLDER, REPLY_PLACEHOLDERS, CannedReply

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from followup.catalogue.problems import Problems

_LANGUAGE = re.compile(r"[a-z]{2,3}")
LONGEST = 600


def read_replies(directory: Path, problems: Problems) -> Mapping[str, Sequence[CannedReply]]:
    """Every language's, by title; none where there is no such folder: a clinic need not have any."""
    if not directory.is_dir():
        return {}
    folders = sorted(folder for folder in directory.iterdir() if folder.is_dir() and _LANGUAGE.fullmatch(folder.name))
    return {folder.name: _of_language(folder, problems) for folder in folders}


def _of_language(folder: Path, problems: Problems) -> Sequence[CannedReply]:
    files = sorted(file for file in folder.glob("*.txt") if not file.name.startswith("."))
    return [reply for file in files if (reply := _read(file, problems))]


def _read(file: Path, problems: Problems) -> CannedReply | None:
    """Its lines joined by spaces; those that begin with # are notes to whoever edits the file."""
    try:
        lines = file.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        problems.add(file, 1, f"cannot be read: {error}")
        return None
    text = " ".join(line.strip() for line in lines if line.strip() and not line.startswith("#"))
    if not 1 <= len(text) <= LONGEST:
        problems.add(file, 1, f"a reply has between 1 and {LONGEST} characters")
    for name in PLACEHOLDER.findall(text):
        if name not in REPLY_PLACEHOLDERS:
            what = f"no placeholder of a reply is called {{{name}}}{nearest(name, REPLY_PLACEHOLDERS)}"
            problems.add(file, _line_of(lines, f"{{{name}}}"), what)
    return CannedReply(file.stem, file.stem.replace("_", " ").capitalize(), text)


def _line_of(lines: Sequence[str], words: str) -> int:
    return next((number for number, line in enumerate(lines, 1) if words in line), 1)
