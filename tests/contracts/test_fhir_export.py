"""An episode as FHIR R4, read back by a library that knows the standard."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from admin_kit import make_machine
from api_kit import open_api
from fhir.resources.R4B.bundle import Bundle
from store_kit import DAY, NOON, a_flag, a_message, a_patient, a_report, an_episode
from treated import SAID, ZOE_PHONE, treat

from followup.domain.episode import EpisodeState
from followup.domain.fhir import episode_bundle
from followup.domain.flag import FlagState
from followup.domain.inputs import Outcome
from followup.domain.message import Direction, Kind, MessageState
from followup.store import journal

if TYPE_CHECKING:
    from pathlib import Path


def read(bundle: dict[str, Any]) -> Any:
    """The bundle as the library reads it; it refuses whatever R4 does not have, and wrong types."""
    return Bundle.model_validate_json(json.dumps(bundle))


def parts(bundle: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    found = [entry["resource"] for entry in bundle["entry"]]
    return [resource for resource in found if resource["resourceType"] == kind]


def everything() -> dict[str, Any]:
    closed = a_flag("f2", state=FlagState.CLOSED, closed_at=NOON + 2 * DAY, outcome=Outcome.ADVISED, subject="")
    episode = an_episode(state=EpisodeState.ON_HOLD, reports=(a_report(),), flags=(a_flag(), closed))
    texts = [a_message(state.value, state=state) for state in MessageState if state is not MessageState.RECEIVED]
    reply = a_message("in", direction=Direction.IN, kind=Kind.REPLY, state=MessageState.RECEIVED, body="1 0 ✓")
    return episode_bundle(episode, a_patient(), [*texts, reply], at=NOON)


def test_everything_of_an_episode_is_valid_r4_and_points_at_itself() -> None:
    bundle = everything()
    assert len(read(bundle).entry) == len(bundle["entry"])
    names = {entry["fullUrl"] for entry in bundle["entry"]}
    assert len(names) == len(bundle["entry"])
    assert set(_references(bundle)) <= names


def _references(node: Any) -> list[str]:
    if isinstance(node, dict):
        mine = [node["reference"]] if "reference" in node else []
        return [*mine, *(found for child in node.values() for found in _references(child))]
    return [found for child in node for found in _references(child)] if isinstance(node, list) else []


def test_it_says_who_what_and_how_it_ended() -> None:
    bundle = everything()
    [patient], [episode] = parts(bundle, "Patient"), parts(bundle, "EpisodeOfCare")
    assert (patient["name"][0]["family"], patient["telecom"][0]["system"]) == ("O'Hara", "sms")
    assert (episode["status"], episode["identifier"][1]["value"]) == ("onhold", "b-e1")
    [observation] = parts(bundle, "Observation")
    assert observation["valueCodeableConcept"]["coding"][0]["code"] == "moderate"
    assert [flag["status"] for flag in parts(bundle, "Flag")] == ["active", "inactive"]
    [reply] = [one for one in parts(bundle, "Communication") if "received" in one]
    assert reply["payload"] == [{"contentString": "1 0 ✓"}]


def test_an_erased_patient_leaves_a_bundle_that_is_valid_still() -> None:
    nobody = a_patient(given="", family="", phone=None, phone_as_given="", language=None)
    report = replace(a_report(), words="", severity=None)
    bundle = episode_bundle(an_episode(reports=(report,), service_name=""), nobody, [a_message(body="")], at=NOON)
    read(bundle)
    assert not {"name", "telecom", "communication"} & set(parts(bundle, "Patient")[0])


async def test_a_program_gets_it_by_the_api_and_the_journal_says_so(tmp_path: Path) -> None:
    async with open_api(tmp_path) as api:
        episode = await treat(api.services.store)
        bundle = (await api.get(f"/episodes/{episode.id}/fhir")).json
        assert len(read(bundle).entry) == 6
        assert SAID in json.dumps(bundle, ensure_ascii=False)
        assert (await api.get("/episodes/nobody/fhir")).status == 404
        async with api.services.store.reading() as tx:
            lines = await journal.lines_of(tx, "glow", [episode.id])
        assert [line.who for line in lines if line.event == "EpisodeExported"] == ["token:reports"]


def test_a_person_gets_it_by_the_command_line(tmp_path: Path) -> None:
    machine = make_machine(tmp_path)
    episode = machine.do(treat)
    bundle = json.loads(machine.run("export", "--episode", episode.id, "--fhir"))
    read(bundle)
    assert parts(bundle, "Patient")[0]["telecom"][0]["value"] == ZOE_PHONE
    assert "no such episode" in machine.run("export", "--episode", "nobody", "--fhir", code=1)


@pytest.mark.parametrize("words", [(), ("--episode", "x"), ("--patient", "x", "--fhir")])
def test_what_is_to_be_exported_has_to_be_said(tmp_path: Path, words: tuple[str, ...]) -> None:
    assert "--episode ID with --fhir" in make_machine(tmp_path).run("export", *words, code=1)
