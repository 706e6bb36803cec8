"""Reads a carrier's form from the bytes that were kept, so that the door and the drain see the same."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from multidict import MultiDict

from followup.sms import UnreadableError

if TYPE_CHECKING:
    from multidict import MultiMapping

FORM = "application/x-www-form-urlencoded"
MAX_FIELDS = 500
UTF_8 = frozenset({"utf-8", "utf8", "us-ascii"})


def read_form(body: bytes, content_type: str) -> MultiMapping[str]:
    """The fields in order, blank ones too: carriers sign them. Raises UnreadableError."""
    _check_type(content_type)
    try:
        # Not lenient about broken characters: the signature is over the characters, so none may be replaced.
        pairs = parse_qsl(
            body.decode("utf-8"), keep_blank_values=True, errors="strict", max_num_fields=MAX_FIELDS, separator="&"
        )
    except ValueError:
        raise UnreadableError("the form is not UTF-8, or has too many fields") from None
    return MultiDict(pairs)


def _check_type(content_type: str) -> None:
    kind, _, rest = content_type.lower().partition(";")
    if kind.strip() != FORM:
        raise UnreadableError("content-type is no form")
    for parameter in rest.split(";"):
        name, _, value = parameter.strip().partition("=")
        if name == "charset" and value.strip('"') not in UTF_8:
            raise UnreadableError("charset is not UTF-8")
