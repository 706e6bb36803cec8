"""Folders of configuration: one file for each thing, named after it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from followup.catalogue.toml_source import read_toml

if TYPE_CHECKING:
    from pathlib import Path

    from followup.catalogue.problems import Problems
    from followup.catalogue.toml_source import TomlSource


def files_in(directory: Path, problems: Problems) -> list[TomlSource]:
    """Every TOML file of the folder that can be read, by name; a problem where there is no such folder."""
    if not directory.is_dir():
        problems.add(directory, 1, "no such directory")
        return []
    files = sorted(file for file in directory.glob("*.toml") if not file.name.startswith("."))
    return [source for file in files if (source := read_toml(file, problems))]


def has_own_name(source: TomlSource, own_id: str, problems: Problems) -> None:
    """A problem where the file is not called after the id in it."""
    if source.file.stem != own_id:
        what = f'the id is "{own_id}" but the file is {source.file.name}; they should be the same'
        problems.add(source.file, source.line_of("id"), what)
