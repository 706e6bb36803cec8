"""What `followup doctor` finds."""

from __future__ import annotations

import json
import sqlite3
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest
from admin_kit import SECRET_KEY, Machine, make_machine
from aiohttp import web
from aiohttp.test_utils import TestServer
from treated import treat

from followup.domain.notifying import Notice
from followup.flows.doctor_running import ask_around
from followup.flows.readiness import WORKER
from followup.sms import CarrierUnavailableError
from followup.store import beats, notices
from kit.hand_clock import MONDAY

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from followup.domain.inputs import Reply
    from followup.flows.services import Services
    from followup.store import Store


CLINIC = SimpleNamespace(id="glow", sms=SimpleNamespace(gateway="simulator", sender="+447400123456"))


class Carrier:
    """Answers, or not."""

    def __init__(self, public_url: str, *, is_there: bool) -> None:
        self.public_url = public_url
        self.is_there = is_there

    async def missed(self, sent_to: str, since: datetime) -> Sequence[Reply]:
        assert (sent_to, since) == (CLINIC.sms.sender, MONDAY - timedelta(minutes=1))
        if not self.is_there:
            raise CarrierUnavailableError("no answer")
        return ()

    async def reply_hooks(self, sender: str) -> Sequence[str]:
        return [f"{self.public_url}/hooks/sms/simulator/reply"] if sender == CLINIC.sms.sender else ()


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return make_machine(tmp_path)


def grades(found: Any) -> dict[str, str]:
    return {one["name"]: one["grade"] for one in found["findings"]}


def test_a_healthy_installation_has_nothing_to_mend(machine: Machine) -> None:
    async def beat(store: Store) -> None:
        from followup.app import real_time

        async with store.transaction() as tx:
            await beats.beat(tx, WORKER, real_time())

    machine.do(beat)
    found = machine.say("doctor")
    assert found["ok"] is True
    assert set(grades(found)) >= {"configuration", "public url", "secret key", "database", "worker", "due", "journal"}
    assert grades(found)["sending"] == "warn"
    assert {grades(found)[name] for name in ("journal mode", "synchronous", "worker", "due")} == {"ok"}
    old = (3, 7, 0) <= sqlite3.sqlite_version_info < (3, 51, 3)
    assert grades(found).get("sqlite version", "ok") == ("warn" if old else "ok")


def test_what_is_wrong_is_named_all_at_once_with_what_to_do(machine: Machine) -> None:
    clinic = machine.directory / "config" / "clinics" / "glow.toml"
    text = clinic.read_text(encoding="utf-8")
    clinic.write_text(text.replace('gateway = "simulator"', 'gateway = "twilio"'), encoding="utf-8")
    for name in ("TWILIO_API_URL", "TWILIO_AUTH_TOKEN"):
        del machine.environment[name]
    machine.environment |= {"FOLLOWUP_SECRET_KEY": "a" * 40, "FOLLOWUP_PUBLIC_URL": "http://aftercare.example"}

    found = machine.say("doctor", code=1)

    seen = grades(found)
    names = ("public url", "secret key", "sending", "protocol mesotherapy", "worker")
    assert {name: seen[name] for name in names} == dict.fromkeys(names, "fail")
    assert all(one["todo"] for one in found["findings"] if one["grade"] != "ok")
    assert SECRET_KEY not in json.dumps(found)
    machine.environment["FOLLOWUP_PUBLIC_URL"] = "http://localhost:8080"
    assert "cannot be called by the carrier" in machine.run("doctor", code=1)


def test_bad_settings_configuration_and_database_are_findings(machine: Machine) -> None:
    (machine.directory / "config" / "protocols" / "mesotherapy.toml").write_text("id = ", encoding="utf-8")
    machine.database.unlink()
    found = machine.say("doctor", code=1)
    said = [one["said"] for one in found["findings"] if one["grade"] == "fail"]
    assert any("mesotherapy.toml:1" in one for one in said)
    assert any("followup migrate" in one for one in said)
    machine.environment["FOLLOWUP_SECRET_KEY"] = "short"
    assert [one["name"] for one in machine.say("doctor", code=1)["findings"]] == ["settings"]


def test_whom_nobody_tells_and_addresses_nobody_can_read_are_found(machine: Machine) -> None:
    name = "telling staff of glow"
    assert grades(machine.say("doctor", code=1))[name] == "warn"
    clinic = machine.directory / "config" / "clinics" / "glow.toml"
    rule = '\n[[notify]]\nurgency = "now"\nurls = "env:GLOW_ONCALL"\n'
    clinic.write_text(clinic.read_text(encoding="utf-8") + rule, encoding="utf-8")
    machine.environment["GLOW_ONCALL"] = "json://127.0.0.1/nurse"
    assert grades(machine.say("doctor", code=1))[name] == "ok"
    machine.environment["GLOW_ONCALL"] = "json://127.0.0.1/nurse, carrier-pigeon://secret"
    found = machine.say("doctor", code=1)
    assert grades(found)[name] == "fail"
    assert "secret" not in json.dumps([one for one in found["findings"] if one["name"] == name])


def test_a_plan_that_the_clinics_caps_leave_no_room_for_is_found(machine: Machine) -> None:
    assert "plans" not in grades(machine.say("doctor", code=1))
    clinic = machine.directory / "config" / "clinics" / "glow.toml"
    clinic.write_text(clinic.read_text(encoding="utf-8").replace("per_week = 3", "per_week = 2"), encoding="utf-8")
    found = machine.say("doctor", code=1)
    assert grades(found)["plans"] == "warn"
    assert any('"day-7" is not asked' in one["said"] for one in found["findings"])


def test_a_notice_that_nobody_takes_is_found(machine: Machine) -> None:
    async def tried(store: Store) -> None:
        episode = await treat(store)
        notice = Notice("n1", "glow", episode.id, episode.flags[0].id, MONDAY, "0", 1, "contact", MONDAY, tries=3)
        async with store.transaction() as tx:
            await notices.save(tx, [notice])

    machine.do(tried)
    assert grades(machine.say("doctor", code=1))["telling staff"] == "fail"


def test_late_work_is_found(machine: Machine) -> None:
    machine.do(lambda store: treat(store, at=MONDAY - timedelta(days=3000)))
    assert grades(machine.say("doctor", code=1))["due"] == "fail"


def test_an_old_backup_is_found_and_a_new_one_puts_it_right(machine: Machine) -> None:
    def finding() -> dict[str, str]:
        return next(one for one in machine.say("doctor", code=1)["findings"] if one["name"] == "backup")

    assert (finding()["grade"], "never" in finding()["said"]) == ("warn", True)
    machine.say("backup", str(machine.directory / "copy.db"))
    assert (finding()["grade"], finding()["todo"]) == ("ok", "")
    for days, grade in ((3, "warn"), (9, "fail")):
        at = (datetime.now(UTC) - timedelta(days=days)).isoformat(timespec="microseconds")
        machine.sql(f"UPDATE beats SET at = '{at}' WHERE name = 'backup'")  # noqa: S608 - a time of our own
        assert (finding()["grade"], finding()["said"]) == (grade, f"the newest is {days}.0 days old")
        assert "followup backup" in finding()["todo"]


async def deep(answer: dict[str, str], *, is_there: bool, clinics: tuple[str, ...] = ("glow",)) -> dict[str, str]:
    """How the deep checks end where the carrier answers or not, and our address is answered with this."""

    async def health(_request: web.Request) -> web.Response:
        return web.json_response(answer)

    app = web.Application()
    app.router.add_get("/healthz", health)
    async with TestServer(app) as server:
        services = SimpleNamespace(
            catalogue=SimpleNamespace(clinics=dict.fromkeys(clinics, CLINIC)),
            gateways={"simulator": Carrier(str(server.make_url("")), is_there=is_there)},
            clock=lambda: MONDAY,
            public_url=str(server.make_url("/")),
        )
        return {found.name: found.grade async for found in ask_around(cast("Services", services))}


async def test_deep_calls_the_carrier_and_ourselves() -> None:
    all_is_well = {"carrier of glow": "ok", "replies to glow": "ok", "public url answers": "ok"}
    assert await deep({"status": "ok"}, is_there=True) == all_is_well
    assert await deep({"status": "ok"}, is_there=False) == {"carrier of glow": "fail", "public url answers": "ok"}
    assert await deep({"hello": "I am a proxy"}, is_there=True, clinics=()) == {"public url answers": "fail"}
