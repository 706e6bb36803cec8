"""`followup check`: a whole configuration, read for its mistakes."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from followup.cli.ending import BAD_CONFIGURATION, told_plainly

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from followup.flows.check_config import Examined

Config = Annotated[
    Path | None, typer.Argument(metavar="[DIR]", help="The directory of clinics/, protocols/ and vocabulary/.")
]
AsJson = Annotated[bool, typer.Option("--json", help="For machines.")]


class Secrets(dict[str, str]):
    """The environment, with something in place of each secret that is not set here; `missing` says which."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        super().__init__(environment)
        self.missing: list[str] = []

    def get(self, name: str, default: str | None = None) -> str:  # type: ignore[override] # a name is always found
        """The value, or a stand-in: files are checked, not this machine's environment."""
        held = super().get(name) or ""
        if held or name.endswith("_FILE") or super().get(f"{name}_FILE"):
            return held or default or ""
        self.missing.append(name)
        return "not-set-here"


def check(config: Config = None, as_json: AsJson = False) -> None:  # noqa: FBT002 - typer reads a flag as a bool parameter
    """Read a whole configuration, run its examples, and name every mistake with its file and line.

    Example: followup check config
    """
    with told_plainly():
        from followup.flows.check_config import examine
        from followup.settings import read_settings

        settings = read_settings(os.environ)
        directory = config or settings.config
        environment = Secrets(os.environ)
        found = examine(directory, _templates(directory, settings.templates), environment)
    _say(found, environment.missing, as_json=as_json)
    raise typer.Exit(BAD_CONFIGURATION if found.problems else 0)


def _templates(config: Path, asked_for: Path) -> Path:
    """What FOLLOWUP_TEMPLATES names, else what stands beside the configuration, else what we ship."""
    from followup.catalogue.shipped import shipped_templates

    is_asked_for = bool(os.environ.get("FOLLOWUP_TEMPLATES"))
    places = [asked_for] if is_asked_for else [config.resolve().parent / "templates", asked_for, shipped_templates()]
    return next((place for place in places if (place / "sms").is_dir()), places[0])


def _say(found: Examined, missing: list[str], *, as_json: bool) -> None:
    names = sorted(set(missing))
    if as_json:
        problems = [{"file": str(one.file), "line": one.line, "what": one.what} for one in found.problems]
        said = {"problems": problems, "notes": list(found.notes), "secrets_not_set_here": names}
        typer.echo(json.dumps(said, ensure_ascii=False, indent=2))
        return
    for line in _lines(found, names):
        typer.echo(line)


def _lines(found: Examined, names: list[str]) -> Iterator[str]:
    yield from (str(problem) for problem in found.problems)
    yield from (f"note: {note}" for note in found.notes)
    yield from (f"note: {name} is not set here; the service needs it" for name in names)
    count = len(found.problems)
    yield f"{count} mistake{'' if count == 1 else 's'}." if count else "No mistakes."


def add_to(app: typer.Typer) -> None:
    """Make this verb part of the command line."""
    app.command()(check)
