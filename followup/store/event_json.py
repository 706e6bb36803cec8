"""An event as the journal keeps it: its name, and its parts as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any, cast

from followup.domain.events import MessageSettled
from followup.domain.understanding.as_json import explained
from followup.domain.understanding.values import Understanding

if TYPE_CHECKING:
    from followup.domain.events import Event


def event_body(event: Event) -> dict[str, Any]:
    """Everything the event says. A text's words stand where it was queued or received, and are not repeated."""
    body = {name: as_json(getattr(event, name)) for name in _names(cast("Any", type(event)))}
    if isinstance(event, MessageSettled):
        del body["message"]["body"]
    return body


def as_json(value: Any) -> Any:
    """Any value of the domain, in JSON's types."""
    if value is None or isinstance(value, (str, int, float)):
        return value
    if isinstance(value, datetime):
        # In UTC, so that a fact told again with another offset is the same fact.
        return value.astimezone(UTC).isoformat()
    if isinstance(value, Understanding):
        return explained(value)
    if is_dataclass(value):
        return {name: as_json(getattr(value, name)) for name in _names(cast("Any", type(value)))}
    if isinstance(value, Mapping):
        return {str(name): as_json(each) for name, each in value.items()}
    return [as_json(each) for each in value]


@cache
def _names(kind: Any) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))
