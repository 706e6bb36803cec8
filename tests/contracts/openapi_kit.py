"""Enough of OpenAPI 3.1 and JSON Schema to hold our own document, and our own answers, against them."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

METHODS = {"get", "put", "post", "delete", "patch"}
TYPES: Mapping[str, type | tuple[type, ...]] = {
    "object": dict,
    "array": list,
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "null": type(None),
}
KEYWORDS = {
    *("$ref", "type", "enum", "const", "anyOf", "items", "properties", "required", "additionalProperties", "format"),
    *("minimum", "maximum", "minLength", "maxLength", "default", "title", "description"),
}
Json = dict[str, Any]


def faults_of_document(document: Json) -> list[str]:
    """What is wrong with an OpenAPI 3.1 document of the kind we write."""
    found = [f"no {name}" for name in ("openapi", "info", "paths", "components") if name not in document]
    if found:
        return found
    if not re.fullmatch(r"3\.1\.\d+", document["openapi"]):
        found.append("not OpenAPI 3.1")
    found += [f"info has no {name}" for name in ("title", "version") if not document["info"].get(name)]
    found += [f"no such schema: {ref}" for ref in _refs(document) if resolve(document, ref) is None]
    for name, schema in document["components"]["schemas"].items():
        found += [f"schema {name}: {fault}" for fault in _faults_of_schema(schema)]
    operations = list(_operations(document))
    names = [operation.get("operationId") for _, _, operation in operations]
    found += [f"operationId twice: {name}" for name in sorted({str(name) for name in names if names.count(name) > 1})]
    for path, method, operation in operations:
        found += [f"{method} {path}: {fault}" for fault in _faults_of_operation(path, operation)]
    return found


def _operations(document: Json) -> Iterator[tuple[str, str, Json]]:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            yield path, method, operation


def _faults_of_operation(path: str, operation: Json) -> Iterator[str]:
    if not operation.get("operationId"):
        yield "no operationId"
    responses = operation.get("responses", {})
    if not any(code.startswith("2") for code in responses):
        yield "no good answer"
    for code, response in responses.items():
        if not re.fullmatch(r"[2-5]\d\d", code) or not response.get("description"):
            yield f"answer {code} is not described"
        for content in response.get("content", {}).values():
            if "schema" not in content:
                yield f"answer {code} has no schema"
    parameters = operation.get("parameters", [])
    in_path = {one["name"] for one in parameters if one["in"] == "path" and one.get("required") is True}
    if in_path != set(re.findall(r"{(\w+)}", path)):
        yield "the path's parameters are not those it declares"
    for one in parameters:
        if one["in"] not in {"path", "query"} or "schema" not in one:
            yield f"parameter {one['name']} is not described"
        yield from _faults_of_schema(one.get("schema", {}))


def _faults_of_schema(schema: Json) -> Iterator[str]:
    yield from (f"unknown keyword {name}" for name in schema if name not in KEYWORDS)
    if schema.get("type", "object") not in TYPES:
        yield f"unknown type {schema['type']}"
    for name in schema.get("required", ()):
        if name not in schema.get("properties", {}):
            yield f"required, but no property: {name}"
    for child in _children(schema):
        yield from _faults_of_schema(child)


def _children(schema: Json) -> Iterator[Json]:
    yield from schema.get("properties", {}).values()
    yield from schema.get("anyOf", ())
    yield from [schema["items"]] if "items" in schema else ()


def _refs(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for child in node.values():
            yield from _refs(child)
    elif isinstance(node, list):
        for child in node:
            yield from _refs(child)


def resolve(document: Json, ref: str) -> Json | None:
    """What a reference inside the document points at."""
    found: Any = document
    for part in ref.removeprefix("#/").split("/"):
        found = found.get(part) if isinstance(found, dict) else None
    return found if isinstance(found, dict) else None


def faults_of_value(document: Json, schema: Json, value: Any, at: str = "#") -> list[str]:
    """Where a value does not match a schema of the document."""
    if "$ref" in schema:
        return faults_of_value(document, resolve(document, schema["$ref"]) or {}, value, at)
    if "anyOf" in schema:
        every = [faults_of_value(document, choice, value, at) for choice in schema["anyOf"]]
        return [] if [] in every else [f"{at}: fits no choice"]
    return [fault for check in _CHECKS for fault in check(document, schema, value, at)]


def _type(_document: Json, schema: Json, value: Any, at: str) -> Iterator[str]:
    wanted = schema.get("type")
    is_odd = isinstance(value, bool) and wanted in {"integer", "number"}
    if wanted and (is_odd or not isinstance(value, TYPES[wanted])):
        yield f"{at}: {type(value).__name__}, not {wanted}"


def _choice(_document: Json, schema: Json, value: Any, at: str) -> Iterator[str]:
    allowed = schema.get("enum", [schema["const"]] if "const" in schema else None)
    if allowed is not None and value not in allowed:
        yield f"{at}: {value!r} is none of {allowed}"


def _instant(_document: Json, schema: Json, value: Any, at: str) -> Iterator[str]:
    if schema.get("format") == "date-time" and isinstance(value, str):
        shape = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z"
        if not re.fullmatch(shape, value) or datetime.fromisoformat(value).utcoffset() is None:
            yield f"{at}: {value} is no instant in UTC"


def _object(document: Json, schema: Json, value: Any, at: str) -> Iterator[str]:
    if schema.get("type") != "object" or not isinstance(value, dict):
        return
    properties = schema.get("properties", {})
    yield from (f"{at}: no {name}" for name in schema.get("required", ()) if name not in value)
    for name, child in value.items():
        if name in properties:
            yield from faults_of_value(document, properties[name], child, f"{at}/{name}")
        elif schema.get("additionalProperties") is False:
            yield f"{at}: {name} is not in the schema"


def _array(document: Json, schema: Json, value: Any, at: str) -> Iterator[str]:
    if schema.get("type") == "array" and isinstance(value, list):
        for number, child in enumerate(value):
            yield from faults_of_value(document, schema.get("items", {}), child, f"{at}/{number}")


_CHECKS: tuple[Callable[[Json, Json, Any, str], Iterator[str]], ...] = (_type, _choice, _instant, _object, _array)
