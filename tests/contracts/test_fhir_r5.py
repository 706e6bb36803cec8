"""What we read of R5 has R5's names: its samples hold to the published R5 resources, as a library carries them."""

from __future__ import annotations

import pytest
from fhir.resources import get_fhir_model_class

from followup.bookings.fhir.resources import _STATUSES as STATUSES
from kit.booking_lives import sample_body

R5_SAMPLES = ("booked.r5", "completed.r5_status")


@pytest.mark.parametrize("name", R5_SAMPLES)
def test_a_sample_of_r5_is_valid_r5(name: str) -> None:
    bundle = sample_body("fhir", name)
    for entry in bundle["entry"]:
        model = get_fhir_model_class(entry["resource"]["resourceType"])
        assert model.model_validate(entry["resource"]).get_resource_type() == entry["resource"]["resourceType"]


@pytest.mark.parametrize("kind", STATUSES)
def test_every_state_that_r5_has_is_known(kind: str) -> None:
    field = get_fhir_model_class(kind).model_fields["status"]
    extra = field.json_schema_extra
    assert isinstance(extra, dict)
    words = extra["enum_values"]
    assert isinstance(words, list)
    assert set(map(str, words)) - {"unknown"} <= set(STATUSES[kind])
