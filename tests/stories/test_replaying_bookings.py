"""Kept calls are read again: shown first, then done, and never does a repetition do anything twice."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from followup.__main__ import make_app
from followup.domain.inputs import BookingStatus
from followup.flows.replay_bookings import replay_bookings
from kit.booking_desk import START, open_desk
from kit.booking_lives import ROOT, sample_body
from kit.sources import TOP

if TYPE_CHECKING:
    from pathlib import Path

    from followup.store import Store
    from kit.booking_desk import Desk
    from kit.hand_clock import HandClock


async def replayed(desk: Desk, *, is_dry: bool) -> list[tuple[str, str]]:
    found = replay_bookings(desk.services, f"glow-{desk.adapter}", START, is_dry=is_dry)
    return [(each.was, each.now) async for each in found]


async def test_a_service_that_got_its_protocol_is_found_again_first_dry_and_then_for_good(
    store: Store, wall: HandClock
) -> None:
    async with open_desk("square", store, wall, api_key="") as desk:
        with_services = desk.services
        glow = with_services.catalogue.clinics["glow"]
        bare = replace(with_services.catalogue, clinics={"glow": replace(glow, services={})})
        desk.services = replace(with_services, catalogue=bare)
        await desk.hear_sample("booked")
        await desk.work()
        assert await desk.episodes("sqbk01") == []

        desk.services = with_services
        assert await replayed(desk, is_dry=True) == [("stray", "applied")]
        assert await desk.episodes("sqbk01") == []

        assert await replayed(desk, is_dry=False) == [("stray", "applied")]
        assert len(await desk.episodes("sqbk01")) == 1


async def test_what_an_adapter_could_not_read_is_read_when_it_can(store: Store, wall: HandClock) -> None:
    async with open_desk("easyappointments", store, wall, api_key="") as desk:
        await desk.hear_sample("quarantined.unknown_status")
        await desk.work()
        assert await replayed(desk, is_dry=True) == [("quarantined", "quarantined")]

        glow = desk.services.catalogue.clinics["glow"]
        source = replace(glow.sources[0], statuses={"Annullato": BookingStatus.BOOKED})
        mended = replace(desk.services.catalogue, clinics={"glow": replace(glow, sources=(source,))})
        desk.services = replace(desk.services, catalogue=mended)
        assert await replayed(desk, is_dry=True) == [("quarantined", "applied")]
        assert await desk.episodes("11") == []

        assert await replayed(desk, is_dry=False) == [("quarantined", "applied")]
        assert len(await desk.episodes("11")) == 1
        assert await replayed(desk, is_dry=False) == [("applied", "stale")]


@pytest.fixture
def runner(monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    monkeypatch.setenv("FOLLOWUP_CONFIG", str(TOP / "config"))
    return CliRunner()


def test_try_shows_what_we_would_make_of_a_body(runner: CliRunner, tmp_path: Path) -> None:
    file = tmp_path / "payload.json"
    file.write_text(json.dumps(sample_body("calcom", "booked")), encoding="utf-8")
    done = runner.invoke(make_app(), ["bookings", "try", "calcom", str(file)])

    assert done.exit_code == 0
    [fact] = json.loads(done.stdout)["found"]
    assert (fact["id"], fact["status"], fact["patient"]["given"]) == ("cal-meso-1", "booked", "Zoë")


def test_try_takes_a_whole_request_and_a_sources_own_setting(runner: CliRunner) -> None:
    file = ROOT / "native" / "samples" / "booked.http"
    done = runner.invoke(make_app(), ["bookings", "try", "native", str(file), "--source", "glow-native"])

    assert done.exit_code == 0
    assert json.loads(done.stdout)["key"] == "msg_booked"


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({}, ['the service "lip-filler-1ml" is not under [services]']),
        ({"service": {"id": "meso-face"}}, ['the service "meso-face" is followed up by "mesotherapy"']),
        ({"service": {"id": "meso-face"}, "phone": "12"}, ["followed up", '"12" is no phone']),
        ({"service": {"id": "meso-face"}, "phone": None}, ["followed up", "no phone is said"]),
        ({"service": {"id": "meso-face"}, "consent": "withdrawn"}, ["followed up", "wants no texts"]),
        ({"service": {"id": "meso-face"}, "consent": ""}, ["followed up", "no consent to texts is said"]),
    ],
)
def test_try_says_what_would_become_of_it_at_a_clinic(
    runner: CliRunner, tmp_path: Path, changed: dict[str, Any], says: list[str]
) -> None:
    event = sample_body("native", "booked")
    event["data"]["booking"] |= {name: value for name, value in changed.items() if name == "service"}
    event["data"]["patient"] |= {name: value for name, value in changed.items() if name == "phone"}
    if changed.get("consent") == "":
        del event["data"]["consent"]
    elif "consent" in changed:
        event["data"]["consent"]["sms"]["status"] = changed["consent"]
    file = tmp_path / "call.json"
    file.write_text(json.dumps(event), encoding="utf-8")
    done = runner.invoke(make_app(), ["bookings", "try", "native", str(file), "--source", "glow-native"])
    notes = json.loads(done.stdout)["notes"]
    assert len(notes) == len(says)
    for note, said in zip(notes, says, strict=True):
        assert said in note


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["nonesuch", "FILE"], 'there is no adapter "nonesuch" (known: acuity, '),
        (["calcom", "nowhere.json"], "cannot be read"),
        (["calcom", "FILE", "--source", "other"], 'no clinic has a booking source "other"'),
    ],
)
def test_try_says_plainly_what_it_cannot_do(runner: CliRunner, tmp_path: Path, arguments: list[str], says: str) -> None:
    file = tmp_path / "payload.json"
    file.write_text("{}", encoding="utf-8")
    done = runner.invoke(
        make_app(), ["bookings", "try", *(str(file) if each == "FILE" else each for each in arguments)]
    )

    assert done.exit_code == 1
    assert says in done.stderr


def test_try_says_why_a_body_cannot_be_read(runner: CliRunner, tmp_path: Path) -> None:
    file = tmp_path / "payload.json"
    file.write_text("[]", encoding="utf-8")
    done = runner.invoke(make_app(), ["bookings", "try", "square", str(file)])

    assert done.exit_code == 1
    assert json.loads(done.stdout) == {"unreadable": "the body is no JSON object"}
