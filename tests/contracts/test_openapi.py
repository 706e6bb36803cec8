"""The API describes itself, all of itself, and truly."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

import pytest
from openapi_kit import METHODS, faults_of_document, faults_of_value

from followup.web.api.openapi import describe
from followup.web.api.routes import PREFIX, ROUTES

if TYPE_CHECKING:
    from collections.abc import Callable

Json = dict[str, Any]


@pytest.fixture
def document() -> Json:
    written: Json = json.loads(json.dumps(describe(ROUTES, PREFIX)))
    return written


def test_the_document_is_well_formed(document: Json) -> None:
    assert faults_of_document(document) == []


def test_every_route_is_described_and_no_other(document: Json) -> None:
    described = {
        (method.upper(), path) for path, item in document["paths"].items() for method in item if method in METHODS
    }
    assert described == {(route.method, PREFIX + route.path) for route in ROUTES}


def test_only_the_document_itself_is_open_to_anybody(document: Json) -> None:
    is_open = [path for path, item in document["paths"].items() for one in item.values() if one.get("security") == []]
    assert is_open == ["/api/v1/openapi.json"]
    assert document["security"] == [{"token": []}]


def test_no_schema_is_left_that_nobody_refers_to(document: Json) -> None:
    text = json.dumps(document)
    assert [name for name in document["components"]["schemas"] if f'schemas/{name}"' not in text] == []


def test_nothing_a_body_does_not_name_may_be_sent(document: Json) -> None:
    schemas = document["components"]["schemas"]
    assert [name for name, schema in schemas.items() if schema.get("additionalProperties", False)] == []
    assert all(schemas[name]["additionalProperties"] is False for name in ("ActBody", "PhoneBody", "MessageBody"))


SPOILT: list[tuple[str, Callable[[Json], Any]]] = [
    ("not OpenAPI 3.1", lambda d: d.update(openapi="3.0.3")),
    ("info has no version", lambda d: d["info"].pop("version")),
    ("no such schema: #/components/schemas/FlagShown", lambda d: d["components"]["schemas"].pop("FlagShown")),
    (
        "get /api/v1/episodes/{id}: the path's parameters are not those it declares",
        lambda d: d["paths"]["/api/v1/episodes/{id}"]["get"].pop("parameters"),
    ),
    ("get /api/v1/flags: no good answer", lambda d: d["paths"]["/api/v1/flags"]["get"]["responses"].pop("200")),
    ("schema Page: unknown type integr", lambda d: d["components"]["schemas"].update(Page={"type": "integr"})),
    (
        "operationId twice: list_flags",
        lambda d: d["paths"]["/api/v1/strays"]["get"].update(operationId="list_flags"),
    ),
]


@pytest.mark.parametrize(("fault", "spoil"), SPOILT, ids=[fault for fault, _ in SPOILT])
def test_a_spoilt_document_is_found(document: Json, fault: str, spoil: Callable[[Json], Any]) -> None:
    spoilt = copy.deepcopy(document)
    spoil(spoilt)
    assert fault in faults_of_document(spoilt)


def test_a_value_that_does_not_fit_is_found(document: Json) -> None:
    schema = {"$ref": "#/components/schemas/StrayList"}
    stray = {
        "id": "s",
        "clinic": "glow",
        "kind": "reply",
        "why": "an unknown number",
        "body": "hello",
        "phone_last4": None,
        "at": "2026-12-01T09:00:00Z",
        "source": None,
        "booking_id": None,
    }
    assert faults_of_value(document, schema, {"items": [stray], "next": None}) == []
    spoilt = {**stray, "kind": "letter", "at": "2026-12-01T09:00:00+01:00", "phone": "+447700900123"}
    assert faults_of_value(document, schema, {"items": [spoilt]}) == [
        "#: no next",
        "#/items/0/kind: 'letter' is none of ['reply', 'booking', 'outbound']",
        "#/items/0/at: 2026-12-01T09:00:00+01:00 is no instant in UTC",
        "#/items/0: phone is not in the schema",
    ]
