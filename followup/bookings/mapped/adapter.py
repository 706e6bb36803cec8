"""Reads any JSON as bookings, by a mapping in the clinic's configuration: for Zapier, Make and closed systems."""

from __future__ import annotations

from typing import TYPE_CHECKING

from followup.bookings import QuarantinedError
from followup.bookings.mapped.parts import Parts, at
from followup.bookings.signing import base64_macs, hex_macs, is_one_of
from followup.bookings.tolerant import body_name, ident, read_object, words
from followup.domain.clinic import Scheme

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from followup.bookings import Adapter, Request
    from followup.domain.clinic import BookingMapping
    from followup.domain.inputs import Booking


class MappedAdapter:
    """Knows nothing by itself: where each part stands, and what each word means, is in the mapping."""

    name = "mapped"

    def is_signed(self, request: Request, secrets: Sequence[str], now: datetime) -> bool:  # noqa: ARG002 - it has no time
        """Whether the mapping's header holds a secret, or the HMAC that one of them makes of these bytes."""
        mapping = request.setting.mapping
        if mapping is None:
            return False
        given = request.headers.get(mapping.header, "")
        if not given.startswith(mapping.prefix):
            return False
        given = given.removeprefix(mapping.prefix)
        if mapping.scheme is Scheme.HEX:
            return is_one_of(given.lower(), hex_macs(secrets, request.body))
        return is_one_of(given, base64_macs(secrets, request.body) if mapping.scheme is Scheme.BASE64 else secrets)

    def key(self, request: Request) -> str | None:
        """The event's own name, where the mapping says where it stands; else its bytes."""
        mapping = request.setting.mapping
        if mapping is None or "key" not in mapping.places:
            return body_name(request.body)
        return ident(at(read_object(request.body), mapping.places["key"])) or body_name(request.body)

    def check(self, request: Request) -> None:
        """Nothing is told to the sender: it may be a workflow that a 4xx switches off."""

    def read(self, request: Request) -> Sequence[Booking]:
        """One fact for each booking in it; none for an event that the mapping ignores."""
        mapping = request.setting.mapping
        if mapping is None:
            raise QuarantinedError("its source has no mapping")
        body = read_object(request.body)
        event = words(at(body, mapping.places["event"])) if "event" in mapping.places else None
        if event is not None and event in mapping.ignored:
            return ()
        return [Parts(each, event, request.setting, mapping).booking() for each in _each(body, mapping)]


def _each(body: object, mapping: BookingMapping) -> Sequence[object]:
    found = at(body, mapping.each)
    if not mapping.each:
        return [found]
    if not isinstance(found, list):
        raise QuarantinedError("there is no list of bookings where the mapping says")
    return found


ADAPTER: Adapter = MappedAdapter()
