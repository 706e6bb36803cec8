"""Every resource of an exported episode holds to the profile that HL7 published for it; and the check would notice."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from api_kit import open_api
from published_r4 import violations, wrong_targets
from store_kit import NOON, a_message, a_patient, a_report, an_episode
from test_fhir_export import everything, parts
from treated import treat

from followup.domain.episode import EpisodeState
from followup.domain.fhir import episode_bundle

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Change = Callable[[dict[str, Any]], object]


def test_everything_of_an_episode_holds_to_the_published_profiles() -> None:
    bundle = everything()
    assert violations(bundle) == []
    assert wrong_targets(bundle) == []


@pytest.mark.parametrize("state", list(EpisodeState))
def test_an_episode_in_any_state_does(state: EpisodeState) -> None:
    assert violations(episode_bundle(an_episode(state=state), a_patient(), [], at=NOON)) == []


def test_what_is_left_of_an_erased_patient_does() -> None:
    nobody = a_patient(given="", family="", phone=None, phone_as_given="", language=None)
    report = replace(a_report(), words="", severity=None, trend=None)
    episode = an_episode(reports=(report,), service_name="")
    assert violations(episode_bundle(episode, nobody, [a_message(body="")], at=NOON)) == []


async def test_what_a_program_gets_by_the_api_does(tmp_path: Path) -> None:
    async with open_api(tmp_path) as api:
        episode = await treat(api.services.store, flags=3)
        bundle = (await api.get(f"/episodes/{episode.id}/fhir")).json
    assert violations(bundle) == []
    assert wrong_targets(bundle) == []


def one(bundle: dict[str, Any], kind: str) -> dict[str, Any]:
    return parts(bundle, kind)[0]


BREAKS: dict[str, tuple[Change, str]] = {
    "a status that is none": (lambda b: one(b, "Communication").update(status="bogus"), "terminology.required"),
    "no status": (lambda b: one(b, "Flag").pop("status"), "cardinality.min"),
    "no code": (lambda b: one(b, "Observation").pop("code"), "cardinality.min"),
    "no language": (lambda b: one(b, "Patient")["communication"][0].pop("language"), "cardinality.min"),
    "two where one may be": (lambda b: one(b, "Flag").update(code=[one(b, "Flag")["code"]]), "cardinality.max"),
    "two values": (lambda b: one(b, "Observation").update(valueString="x"), "choice.multiple"),
    "an element that is none": (lambda b: one(b, "Flag").update(severity=1), "element.unknown"),
    "an empty element": (lambda b: one(b, "Patient").update(name=[{}]), "ele-1"),
    "a code of no system": (
        lambda b: one(b, "Communication")["medium"][0]["coding"][0].update(code="SMSWRIT"),
        "terminology.code-system",
    ),
    "a value and why there is none": (lambda b: one(b, "Observation").update(dataAbsentReason={"text": "x"}), "obs-6"),
    "an end before the beginning": (
        lambda b: one(b, "EpisodeOfCare")["period"].update(end="2020-01-01T00:00:00Z"),
        "per-1",
    ),
    "a search's score": (lambda b: b["entry"][0].update(search={"mode": "match"}), "bdl-2"),
    "one name for two": (lambda b: b["entry"].append(b["entry"][0]), "bdl-7"),
    "a subject that is not there": (lambda b: one(b, "Flag")["subject"].update(reference="urn:uuid:0"), "reference"),
}


@pytest.mark.parametrize("name", BREAKS)
def test_what_does_not_hold_is_found(name: str) -> None:
    change, code = BREAKS[name]
    bundle = copy.deepcopy(everything())
    change(bundle)
    assert any(code in told for told in violations(bundle)), violations(bundle)


def test_a_reference_to_the_wrong_kind_is_found() -> None:
    bundle = everything()
    [observation] = [entry for entry in bundle["entry"] if entry["resource"]["resourceType"] == "Observation"]
    for flag in parts(bundle, "Flag"):
        flag["subject"] = {"reference": observation["fullUrl"]}
    assert wrong_targets(bundle) == ["Flag.subject leads to Observation"] * len(parts(bundle, "Flag"))
