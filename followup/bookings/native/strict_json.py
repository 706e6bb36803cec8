"""JSON with one meaning only: no second key of a name, no NaN, no bottomless nesting."""

from __future__ import annotations

import json
from typing import Any, NoReturn

from followup.bookings import RejectedError

MAX_DEPTH = 32


def read_json(body: bytes) -> Any:
    """The one value these bytes stand for. Raises RejectedError 400 without a word of the body."""
    try:
        value = json.loads(body.decode("utf-8"), object_pairs_hook=_unique, parse_constant=_no_constant)
    except UnicodeDecodeError:
        raise RejectedError(400, "The body is not UTF-8") from None
    except RecursionError:
        raise RejectedError(400, "The JSON is nested too deep") from None
    except ValueError:  # also a number of thousands of digits
        raise RejectedError(400, "The body is not JSON") from None
    if _is_too_deep(value):
        raise RejectedError(400, "The JSON is nested too deep")
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise RejectedError(400, "The JSON has a key twice in one object")
    return found


def _no_constant(_name: str) -> NoReturn:
    raise RejectedError(400, "The JSON has NaN or Infinity")


def _is_too_deep(value: Any) -> bool:
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [child for parent in level for child in _children(parent)]
        if not level:
            return False
    return True


def _children(parent: Any) -> list[Any]:
    values = parent.values() if isinstance(parent, dict) else parent if isinstance(parent, list) else ()
    return [value for value in values if isinstance(value, dict | list)]
