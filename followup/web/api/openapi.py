"""The OpenAPI 3.1 document, made from the table that serves and the models that check."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from pydantic.json_schema import models_json_schema

from followup import __version__
from followup.web.api.answers import ProblemShown
from followup.web.problems import PROBLEM_JSON

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pydantic import BaseModel
    from pydantic.json_schema import JsonSchemaMode

    from followup.web.api.call import Route

_REF = "#/components/schemas/{model}"
_JSON = "application/json"
_NOT_SAID_TWICE = {"title", "description"}
Json = dict[str, Any]


def describe(routes: Sequence[Route], prefix: str) -> Json:
    """The whole document."""
    paths: Json = {}
    for route in routes:
        paths.setdefault(prefix + route.path, {})[route.method.lower()] = _operation(route)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "followup",
            "version": __version__,
            "description": "Flags, episodes and strays of an aftercare service. Instants are RFC 3339 in UTC; lists go "
            "on at `?cursor=` with their `next`; every error is a problem (RFC 9457).",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "schemas": _schemas(routes),
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer", "description": "Made by `followup token add`"}
            },
        },
    }


def _operation(route: Route) -> Json:
    said: Json = {"operationId": route.handle.__name__, "summary": route.summary, "responses": _responses(route)}
    parameters = [*_path_parameters(route.path), *_query_parameters(route.query)]
    if parameters:
        said["parameters"] = parameters
    if route.body:
        said["requestBody"] = {"required": True, "content": _content(route.body.__name__, _JSON)}
    if route.is_public:
        said["security"] = []
    return said


def _path_parameters(path: str) -> list[Json]:
    return [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in re.findall(r"{(\w+)}", path)
    ]


def _query_parameters(model: type[BaseModel] | None) -> list[Json]:
    schema = model.model_json_schema(ref_template=_REF) if model else {}
    return [
        {"name": name, "in": "query", "required": False, **_parameter(dict(field))}
        for name, field in schema.get("properties", {}).items()
    ]


def _parameter(field: Json) -> Json:
    said = {"description": field["description"]} if "description" in field else {}
    # A URL knows no null: what may be left out is left out.
    choices = [choice for choice in field.get("anyOf", ()) if choice != {"type": "null"}]
    schema = choices[0] if choices else {name: value for name, value in field.items() if name not in _NOT_SAID_TWICE}
    return {**said, "schema": schema}


def _responses(route: Route) -> Json:
    good: Json = {"description": route.summary}
    good["content"] = _content(route.answer.__name__, _JSON) if route.answer else {_JSON: {"schema": {}}}
    refused = {str(status.value): _problem(status) for status in sorted({*route.refuses, *_always_refuses(route)})}
    return {str(route.status.value): good, **refused}


def _always_refuses(route: Route) -> Iterable[HTTPStatus]:
    yield from (HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.INTERNAL_SERVER_ERROR)
    if not route.is_public:
        yield from (HTTPStatus.UNAUTHORIZED, HTTPStatus.SERVICE_UNAVAILABLE)
    if route.query and "clinic" in route.query.model_fields:
        yield HTTPStatus.FORBIDDEN
    if route.body:
        yield from (
            HTTPStatus.REQUEST_TIMEOUT,
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
        )


def _problem(status: HTTPStatus) -> Json:
    return {"description": status.phrase, "content": _content(ProblemShown.__name__, PROBLEM_JSON)}


def _content(model: str, media_type: str) -> Json:
    return {media_type: {"schema": {"$ref": _REF.format(model=model)}}}


def _schemas(routes: Sequence[Route]) -> Json:
    answers = _by_name({route.answer for route in routes if route.answer} | {ProblemShown})
    bodies = _by_name({route.body for route in routes if route.body})
    queries = _by_name({route.query for route in routes if route.query})
    found = _definitions([(model, "serialization") for model in answers])
    found |= _definitions([(model, "validation") for model in (*bodies, *queries)])
    for model in queries:  # they are spread over parameters; only what they refer to stays
        del found[model.__name__]
    return dict(sorted(found.items()))


def _definitions(models: list[tuple[type[BaseModel], JsonSchemaMode]]) -> Json:
    _, schema = models_json_schema(models, ref_template=_REF)
    found: Json = schema["$defs"]
    return found


def _by_name(models: Iterable[type[BaseModel]]) -> list[type[BaseModel]]:
    return sorted(models, key=lambda model: model.__name__)
