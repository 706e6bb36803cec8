"""A bundle against the profiles that HL7 published for FHIR R4, by a library that reads those."""

from __future__ import annotations

import json
import tarfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pyrofile_validator import Validator
from pyrofile_validator.config import ValidatorConfig

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyrofile_validator import ValidationIssue

DEFINITIONS = Path(__file__).parent / "fhir_r4" / "hl7.fhir.r4.core-4.0.1-part.tgz"
ADVICE = {
    # "A resource should have narrative for robust management": a program reads ours.
    "invariant.dom-6",
    # Said of every element that could carry one; whether a bundle does is looked at below.
    "modifierExtension.present",
}


@cache
def validator() -> Validator:
    """The validator with the published definitions; terminology from these alone, nothing from the network."""
    return Validator(
        ValidatorConfig.load_dict(
            {
                "fhirVersion": "4.0.1",
                "localPackagePaths": [str(DEFINITIONS)],
                "terminology": {"mode": "local"},
                "ciFailureThreshold": "warning",
            }
        )
    )


def violations(bundle: dict[str, Any]) -> list[str]:
    """What does not hold in it, warnings too: code, where, and what should be."""
    found = [issue for issue in validator().validate_resource(bundle).issues if not _is_known(issue)]
    told = [f"{issue.code} {issue.path}: {issue.message}" for issue in found]
    return told + ["a modifier extension" for _ in range(json.dumps(bundle).count('"modifierExtension"'))]


def _is_known(issue: ValidationIssue) -> bool:
    # It does not see contentString behind content[x]; fhir.resources does, in test_fhir_export.
    return issue.code in ADVICE or (issue.code == "cardinality.min" and str(issue.path).endswith(".content[x]"))


def wrong_targets(bundle: dict[str, Any]) -> list[str]:
    """References that lead out of the bundle, or to a kind of resource that the published profile does not allow."""
    kinds = {entry["fullUrl"]: entry["resource"]["resourceType"] for entry in bundle["entry"]}
    return [
        f"{kind}.{element} leads to {kinds.get(name, 'nothing')}"
        for kind, element, name in _references(bundle)
        if not _allowed(kind)[element] & {"Resource", kinds.get(name, "")} or name not in kinds
    ]


def _references(bundle: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    for resource in (entry["resource"] for entry in bundle["entry"]):
        for element, value in resource.items():
            for one in value if isinstance(value, list) else [value]:
                if isinstance(one, dict) and "reference" in one:
                    yield resource["resourceType"], element, one["reference"]


@cache
def _allowed(kind: str) -> dict[str, set[str]]:
    """Of each element of this kind of resource that is a reference: the kinds it may lead to."""
    with tarfile.open(DEFINITIONS) as package:
        file = package.extractfile(f"package/StructureDefinition-{kind}.json")
        assert file is not None
        elements = json.load(file)["snapshot"]["element"]
    return {
        element["path"].partition(".")[2]: {
            target.rpartition("/")[2] for one in element.get("type", ()) for target in one.get("targetProfile", ())
        }
        for element in elements
    }
