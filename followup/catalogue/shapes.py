"""The shape of a configuration file, and its mistakes in our words with the line they stand on."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, ValidationError

from followup.catalogue.problems import nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pydantic_core import ErrorDetails

    from followup.catalogue.problems import Problems
    from followup.catalogue.toml_source import TomlSource


class Shape(BaseModel):
    """A table of a file: known keys only, each of its own type."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, arbitrary_types_allowed=True)


S = TypeVar("S", bound=Shape)


def read_shape(shape: type[S], source: TomlSource, problems: Problems) -> S | None:
    """The file as `shape`; None, and a problem for every mistake, where it has some."""
    try:
        return shape.model_validate(source.data)
    except ValidationError as error:
        for mistake in error.errors(include_url=False):
            problems.add(source.file, source.line_of(*mistake["loc"]), _in_words(shape, mistake))
        return None


def _in_words(shape: type[Shape], mistake: ErrorDetails) -> str:
    key = _dotted(mistake["loc"])
    if mistake["type"] == "extra_forbidden":
        return f'unknown key "{key}"{nearest(str(mistake["loc"][-1]), _keys_at(shape, mistake["loc"][:-1]))}'
    meaning = _MEANINGS.get(mistake["type"])
    return f'"{key}" {meaning(mistake)}' if meaning else f'"{key}": {mistake["msg"]}'


def _should_be(what: str) -> Callable[[ErrorDetails], str]:
    return lambda mistake: f"should be {what}, not {_type_name(mistake['input'])}"


# A mistake's words show what type was found, never the value: it may be a secret.
_MEANINGS: Mapping[str, Callable[[ErrorDetails], str]] = {
    "missing": lambda _: "is missing",
    "value_error": lambda mistake: f"is not right: {mistake['ctx']['error']}",
    "string_type": _should_be("text in quotes"),
    "bool_type": _should_be("true or false"),
    "int_type": _should_be("a whole number"),
    "int_from_float": _should_be("a whole number"),
    "float_type": _should_be("a number"),
    "list_type": _should_be('a list, ["…"]'),
    "dict_type": _should_be("a table"),
    "model_type": _should_be("a table"),
    "greater_than": lambda mistake: f"should be more than {mistake['ctx']['gt']:g}",
    "greater_than_equal": lambda mistake: f"should be {mistake['ctx']['ge']:g} or more",
    "too_short": lambda mistake: "should have at least {min_length}, not {actual_length}".format(**mistake["ctx"]),
    "too_long": lambda mistake: "should have at most {max_length}, not {actual_length}".format(**mistake["ctx"]),
    "finite_number": lambda _: "should be a number that has an end",
}
_TYPE_NAMES: Mapping[type, str] = {
    bool: "true or false", str: "text", int: "a number", float: "a number", list: "a list", dict: "a table",
    dt.datetime: "a date and time", dt.date: "a date", dt.time: "a clock time without quotes",
}  # fmt: skip


def _type_name(value: object) -> str:
    return _TYPE_NAMES.get(type(value), "that")


def _dotted(path: tuple[int | str, ...]) -> str:
    words = "".join(f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in path)
    return words.removeprefix(".")


def _keys_at(shape: type[Shape], path: tuple[int | str, ...]) -> list[str]:
    """The keys known at a path: down through lists and tables to the innermost shape."""
    annotation: Any = shape
    for part in path:
        if _is_shape(annotation):
            annotation = annotation.model_fields[str(part)].annotation
        else:
            annotation = get_args(annotation)[-1]
    if _is_shape(annotation):
        return list(annotation.model_fields)
    inner = filter(_is_shape, get_args(annotation))
    return [name for each in inner for name in each.model_fields]


def _is_shape(annotation: object) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, Shape)
