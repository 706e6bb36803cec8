"""Through a live gateway nobody follows a protocol that no clinician stands for, in the wording they read."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from followup.catalogue.catalogue import Catalogue, read_catalogue
from followup.catalogue.problems import BadConfigurationError
from followup.flows.approve_protocol import approve

ROOT = Path(__file__).parents[2]
SECRETS = {"GLOW_BOOKING_SECRET": "whsec_bmV3"}
USED = ("mesotherapy", "mesotherapy_lipolytic")
BAD_CONFIGURATION = 78


@pytest.fixture
def live(tmp_path: Path) -> Path:
    """What is shipped, with a clinic that texts real people."""
    shutil.copytree(ROOT / "config", tmp_path / "config")
    clinic = tmp_path / "config/clinics/glow.toml"
    text = clinic.read_text(encoding="utf-8")
    clinic.write_text(text.replace('gateway = "simulator"', 'gateway = "twilio"'), encoding="utf-8")
    return tmp_path / "config"


def read(config: Path) -> Catalogue:
    return read_catalogue(config, ROOT / "templates", SECRETS)


def mistakes(config: Path) -> list[str]:
    with pytest.raises(BadConfigurationError) as refused:
        read(config)
    return [f"{problem.file.name}: {problem.what}" for problem in refused.value.problems]


def approve_all(config: Path) -> None:
    for protocol in USED:
        approve(config, protocol, "Dr Ada Byron", date(2026, 11, 25))


def alter(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_a_live_clinic_is_refused_until_all_it_follows_is_approved(live: Path) -> None:
    assert [said.split(":")[0] for said in mistakes(live)] == [f"{name}.toml" for name in USED]
    approve_all(live)
    assert read(live).protocols["mesotherapy"].approved_by == "Dr Ada Byron"


def test_a_window_changed_after_its_approval_is_refused_until_it_is_approved_again(live: Path) -> None:
    approve_all(live)
    alter(live / "protocols/mesotherapy.toml", 'window = "48h"', 'window = "96h"')
    assert len(mistakes(live)) == 1
    assert "was altered since it was approved" in mistakes(live)[0]
    approve(live, "mesotherapy", "Dr Ada Byron", date(2026, 11, 26))
    read(live)


def test_a_record_that_cannot_be_read_stops_a_live_clinic(live: Path) -> None:
    approve_all(live)
    (live / "approvals.toml").write_text("[[approvals]", encoding="utf-8")
    assert any("cannot be read as a record" in said for said in mistakes(live))


def test_a_simulated_clinic_may_try_what_nobody_has_approved() -> None:
    assert not read(ROOT / "config").protocols["mesotherapy"].approved_by


def test_a_service_does_not_start_on_an_unapproved_protocol_and_says_why(live: Path, tmp_path: Path) -> None:
    environment = {
        **os.environ,
        **SECRETS,
        "FOLLOWUP_CONFIG": str(live),
        "FOLLOWUP_TEMPLATES": str(ROOT / "templates"),
        "FOLLOWUP_SECRET_KEY": "a key of no use to anybody else 1234567",
        "DATABASE_URL": f"sqlite:///{tmp_path}/followup.db",
        "TWILIO_ACCOUNT_SID": "AC1",
        "TWILIO_AUTH_TOKEN": "token",
    }
    command = [sys.executable, "-m", "followup", "serve"]
    # Our own program, with words of our own.
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)  # noqa: S603 - see above
    assert ended.returncode == BAD_CONFIGURATION
    assert "nobody has approved this protocol" in ended.stderr
