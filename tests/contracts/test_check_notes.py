"""What is no mistake and should be known all the same: `followup check` says it, and goes on."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from followup.__main__ import make_app
from kit.own_config import config_with

if TYPE_CHECKING:
    from pathlib import Path

    from typer.testing import Result


def checked(config: Path, monkeypatch: pytest.MonkeyPatch, *options: str) -> Result:
    monkeypatch.setenv("GLOW_BOOKING_SECRET", "whsec_bmV3")
    return CliRunner().invoke(make_app(), ["check", str(config), *options])


def test_a_question_that_the_clinics_caps_leave_no_room_for_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = config_with(tmp_path, per_week="2")
    said = checked(config, monkeypatch)
    assert said.exit_code == 0
    *notes, last = said.output.splitlines()
    assert notes[0].startswith(
        'note: clinic "glow", "mesotherapy": with at most 1 text a day and at most 2 texts a week'
    )
    assert '"day-7" is not asked after a treatment that ends on Monday at ' in notes[0]
    assert last == "No mistakes."
    same = json.loads(checked(config, monkeypatch, "--json").output)["notes"]
    assert notes == [f"note: {note}" for note in same]


@pytest.mark.parametrize("per_week", ["3", "0"])
def test_a_clinic_that_gives_it_room_hears_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, per_week: str
) -> None:
    said = checked(config_with(tmp_path, per_week=per_week), monkeypatch)
    assert said.output == "No mistakes.\n"
