"""What can be set, called or flagged is written down where people look for it."""

from __future__ import annotations

import contextlib
import re
import sys
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import AliasChoices
from pydantic_core import PydanticUndefined

from followup.domain.flag import Reason
from kit.sources import TOP

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic import BaseModel

EXAMPLE = "config/followup.example.env"
FLAG_SENTENCES = "templates/pages/parts/flag.html"
# Every verb of the command line that people and other programs rely on.
VERBS = (
    *("demo", "serve", "web", "worker", "migrate", "check", "understand", "doctor", "reconcile", "backup", "restore"),
    *("move-to", "export", "erase", "user add", "user list", "user disable", "user reset", "token add", "token list"),
    *("token revoke", "audit verify", "protocol approve", "protocol move", "outbound list", "outbound retry"),
    *("corrections", "bookings try", "bookings replay", "replay"),
)


def documented_settings(settings: type[BaseModel]) -> Mapping[str, str]:
    """Each environment variable that is read, and its default as a person would write it ("" for none)."""
    found = {}
    for name, field in settings.model_fields.items():
        alias = field.validation_alias
        first = alias.choices[0] if isinstance(alias, AliasChoices) else alias
        default = "" if field.default in {None, PydanticUndefined} else field.default
        found[str(first or name).upper()] = str(default)
    return found


def missing_in_table(settings: Mapping[str, str], text: str) -> list[str]:
    """Settings without a row in a Markdown table, or whose row lacks their default."""
    rows = {name: row for row in text.splitlines() for name in re.findall(r"^\| `(\w+)` \|", row)}
    return [name for name, default in settings.items() if name not in rows or default not in rows[name]]


def missing_in_example(settings: Mapping[str, str], text: str) -> list[str]:
    """Settings without a line in the example file, or with another default there."""
    lines = dict(re.findall(r"^#?([A-Z][A-Z0-9_]*)=(.*)$", text, re.MULTILINE))
    return [name for name, default in settings.items() if name not in lines or not lines[name].startswith(default)]


def missing_sentences(reasons: list[str], template: str) -> list[str]:
    """Reasons that the template never names, as a whole word."""
    return [reason for reason in reasons if not re.search(rf"\b{reason}\b", template)]


def has_example(help_text: str, verb: str) -> bool:
    """Whether a help text shows the verb in use, with the program's name, below its usage line."""
    below = help_text.partition("\n")[2].split("Usage:")[-1].partition("\n")[2]
    return f"followup {verb}" in re.sub(r"\s+", " ", below)


def verbs_of(command: Any, *path: str) -> set[str]:
    """What can be called below this command, each as one would write it."""
    below = getattr(command, "commands", None)
    if below is None:
        return {" ".join(path)}
    return {verb for name, one in below.items() for verb in verbs_of(one, *path, name)}


def _read(path: str) -> str:
    return (TOP / path).read_text(encoding="utf-8")


@pytest.mark.parametrize("path", ["docs/settings.md"])
def test_every_setting_is_explained_with_its_default(path: str) -> None:
    from followup.settings import Settings

    assert missing_in_table(documented_settings(Settings), _read(path)) == []


def test_every_setting_is_in_the_example_file_with_its_default() -> None:
    from followup.settings import Settings

    assert missing_in_example(documented_settings(Settings), _read(EXAMPLE)) == []


def test_the_example_file_and_the_page_list_the_same_settings() -> None:
    listed = set(re.findall(r"^\| `(\w+)` \|", _read("docs/settings.md").partition("## For running")[0], re.MULTILINE))
    example = set(re.findall(r"^#?([A-Z][A-Z0-9_]*)=", _read(EXAMPLE), re.MULTILINE))
    assert listed == {name for name in example if not name.startswith("GLOW_")}


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_explains_itself_with_an_example(
    verb: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from followup.__main__ import main

    monkeypatch.setattr(sys, "argv", ["followup", *verb.split(), "--help"])
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("TERM", "dumb")
    with contextlib.suppress(SystemExit):
        main()
    shown = capsys.readouterr().out
    assert has_example(shown, verb), shown


def test_every_verb_that_there_is_is_listed() -> None:
    from typer.main import get_command

    from followup.__main__ import make_app

    assert verbs_of(get_command(make_app())) == set(VERBS)


def test_every_reason_to_flag_has_a_sentence_for_staff() -> None:
    assert missing_sentences([reason.value for reason in Reason], _read(FLAG_SENTENCES)) == []


def test_a_setting_nobody_explained_is_found() -> None:
    page = "| name | default | |\n|---|---|---|\n| `PORT` | `8080` | The port. |"
    assert missing_in_table({"PORT": "8080", "HOST": ""}, page) == ["HOST"]
    assert missing_in_table({"PORT": "80"}, page) == []
    assert missing_in_table({"PORT": "9090"}, page) == ["PORT"]
    assert missing_in_example({"PORT": "9090", "HOST": "", "KEY": ""}, "#PORT=8080\nKEY=") == ["PORT", "HOST"]


def test_a_help_without_an_example_is_found() -> None:
    usage = "\nUsage: followup check [OPTIONS] [DIR]\n\n  Reads a configuration.\n"
    assert not has_example(usage, "check")
    assert has_example(usage + "\n  Example: followup check config\n", "check")


def test_a_reason_without_a_sentence_is_found() -> None:
    assert missing_sentences(["severe", "silent"], "{% if reason == 'severe' %}more than expected{% endif %}") == [
        "silent"
    ]
