"""[[outbound]] of a clinic's file, and the verbs about it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
import typer
from admin_kit import make_machine
from typer.testing import CliRunner

from followup.catalogue.clinics import read_clinics
from followup.catalogue.problems import Problems
from followup.cli import outbound
from followup.domain.outbound import Announced
from kit.listener import config_telling
from kit.story import SECRET

if TYPE_CHECKING:
    from pathlib import Path

URL = "https://hooks.example/outcomes?key=hidden"
OPENED = "episode.opened"


def problems_of(directory: Path, url: str = URL, *, secret: str = SECRET, event: str = OPENED, times: int = 1) -> str:
    config = config_telling(directory, url, event)
    file = config / "clinics" / "glow.toml"
    table = file.read_text(encoding="utf-8").partition("\n[[outbound]]\n")[2]
    with file.open("a", encoding="utf-8") as more:
        more.write(f"\n[[outbound]]\n{table}" * (times - 1))
    problems = Problems()
    read_clinics(config / "clinics", {"GLOW_BOOKING_SECRET": secret}, problems)
    return "\n".join(str(problem) for problem in problems.found)


def test_an_address_its_secret_and_its_events_are_read(tmp_path: Path) -> None:
    config = config_telling(tmp_path, URL, OPENED, "flag.closed")
    [read] = read_clinics(config / "clinics", {"GLOW_BOOKING_SECRET": SECRET}, Problems())
    [rule] = read.clinic.outbound
    assert (rule.url, rule.secrets) == (URL, (SECRET,))
    assert rule.events == {Announced.EPISODE_OPENED, Announced.FLAG_CLOSED}
    assert SECRET not in repr(rule)


@pytest.mark.parametrize("url", ["http://127.0.0.1:8000/x", "http://localhost/x", "http://[::1]:9/x"])
def test_only_this_very_machine_is_told_without_tls(tmp_path: Path, url: str) -> None:
    assert problems_of(tmp_path, url) == ""


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("http://hooks.example/x", "https://"),
        ("http://10.0.0.7/x", "https://"),
        ("http://localhost.evil.example/x", "https://"),
        ("https://user:word@hooks.example/x", "no user, password"),
        ("https://hooks.example/x#y", "no user, password"),
        ("ftp://hooks.example/x", "an address such as"),
        ("https://", "an address such as"),
        ("https://hooks.example:x/", "is no address"),
    ],
)
def test_an_address_that_would_not_do_is_pointed_at(tmp_path: Path, url: str, says: str) -> None:
    assert says in problems_of(tmp_path, url)


@pytest.mark.parametrize("secret", ["whsec_bmV3", "whsec_not base64 at all", "secret"])
def test_a_secret_that_cannot_sign_is_pointed_at_and_not_shown(tmp_path: Path, secret: str) -> None:
    said = problems_of(tmp_path, secret=secret)
    assert "glow.toml" in said
    assert "24 or more bytes" in said
    assert f"{secret}:" not in said


def test_an_event_nobody_knows_and_an_address_given_twice_are_pointed_at(tmp_path: Path) -> None:
    assert "episode.opened" in problems_of(tmp_path / "one", event="episode.open")
    assert "two [[outbound]]" in problems_of(tmp_path / "two", times=2)


def test_addresses_are_listed_without_what_may_be_a_key_and_can_be_tried_again(tmp_path: Path) -> None:
    (tmp_path / "machine").mkdir()
    machine = make_machine(tmp_path / "machine")
    config = config_telling(tmp_path, URL, OPENED)
    environment = {**machine.environment, "FOLLOWUP_CONFIG": str(config), "GLOW_BOOKING_SECRET": SECRET}
    app = typer.Typer()
    outbound.add_to(app)

    @app.callback()
    def begin() -> None: ...

    def run(*words: str) -> tuple[int, str]:
        done = CliRunner().invoke(app, ["outbound", *words], env=environment)
        return done.exit_code, done.output

    code, listed = run("list", "--json")
    [one] = json.loads(listed)
    assert (code, one["host"], one["events"]) == (0, "hooks.example", [OPENED])
    assert "hidden" not in listed
    assert "nothing told yet" in run("list")[1]
    assert run("retry", one["endpoint"]) == (0, "0 are told again.\n")
    assert run("retry", "nobody")[0] == 1
