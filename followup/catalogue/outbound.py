"""[[outbound]] of a clinic's file: which other systems are told of our outcomes."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, PlainValidator

from followup.catalogue.shapes import Shape
from followup.catalogue.written import SecretNames, one_of
from followup.domain.outbound import Announced, OutboundRule

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from followup.catalogue.problems import Problems
    from followup.catalogue.toml_source import TomlSource

SHORTEST_SECRET = 24
"""Bytes; the specification's own minimum."""
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


def _outbound_url(written: str) -> str:
    try:
        parts = urlsplit(written)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise ValueError("is no address") from error
    if not host or parts.scheme not in {"https", "http"} or any(character.isspace() for character in written):
        raise ValueError('should be an address such as "https://hooks.example.com/followup"')
    if parts.scheme != "https" and host not in _LOOPBACK:
        raise ValueError("should begin with https://: what we tell is about patients")
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise ValueError("should hold no user, password or #: the signature says who calls")
    return written


class OutboundTable(Shape):
    """[[outbound]]: one address, its secret and what it is told."""

    url: Annotated[str, AfterValidator(_outbound_url)]
    secret: SecretNames
    events: list[Annotated[Announced, PlainValidator(one_of(Announced))]] = Field(min_length=1)


def read_outbound(
    tables: Sequence[OutboundTable], secrets: Callable[..., tuple[str, ...]], source: TomlSource, problems: Problems
) -> tuple[OutboundRule, ...]:
    """The rules; a problem for a secret that cannot sign, and for an address that stands there twice."""
    found: list[OutboundRule] = []
    for number, table in enumerate(tables):
        values = secrets(table.secret, "outbound", number, "secret")
        if not all(map(_can_sign, values)):
            what = f"the secret of [[outbound]] should be whsec_ and {SHORTEST_SECRET} or more bytes in base64"
            problems.add(source.file, source.line_of("outbound", number, "secret"), what)
        elif any(rule.url == table.url for rule in found):
            what = "two [[outbound]] have this address: list all its events in one"
            problems.add(source.file, source.line_of("outbound", number, "url"), what)
        else:
            found.append(OutboundRule(table.url, frozenset(table.events), values))
    return tuple(found)


def _can_sign(secret: str) -> bool:
    try:
        return len(base64.b64decode(secret.removeprefix("whsec_"), validate=True)) >= SHORTEST_SECRET
    except (binascii.Error, ValueError):
        return False
