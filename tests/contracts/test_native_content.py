"""The native contract: content that is hard to write into a sample."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from followup.bookings import RejectedError, Request
from followup.bookings.native.adapter import ADAPTER
from followup.domain.inputs import Booking

BODY = b'{"type":"booking.cancelled","timestamp":"2026-12-01T09:46:10Z","data":{"booking":{"id":"B-1042"}}}'


def call(body: bytes) -> Request:
    return Request({"content-type": "application/json", "webhook-id": "msg_1"}, body)


def with_member(name: str, value: str) -> bytes:
    """The body with one more member of the booking, as JSON text."""
    return BODY.replace(b'"id":"B-1042"', f'"id":"B-1042","{name}":{value}'.encode())


def refusal(body: bytes) -> RejectedError:
    with pytest.raises(RejectedError) as error:
        ADAPTER.check(call(body))
    return error.value


def pointers(error: RejectedError) -> list[str]:
    return [fault.pointer for fault in error.faults]


def test_half_a_surrogate_pair_is_refused_before_it_reaches_a_database() -> None:
    assert pointers(refusal(BODY.replace(b"B-1042", b"\\ud800"))) == ["#/data/booking/id"]


@pytest.mark.parametrize("phone", ["null", '""', '"  "', '"\\ud800"', '"\\u0000"', json.dumps("5" * 100_000)])
def test_no_phone_text_is_a_reason_to_refuse(phone: str) -> None:
    body = BODY.replace(b'"data":{', b'"data":{"patient":{"id":"P","phone":' + phone.encode() + b"},")

    ADAPTER.check(call(body))

    [booking] = ADAPTER.read(call(body))
    assert isinstance(booking, Booking)
    assert len(booking.patient.phone or "") <= 64


@pytest.mark.parametrize("zone", ["Europe", "../etc/passwd", "/etc/localtime", "", "Europe/Rome\\u0000", "CET+1"])
def test_a_zone_is_looked_up_never_opened_as_a_file(zone: str) -> None:
    assert pointers(refusal(with_member("timeZone", f'"{zone}"'))) == ["#/data/booking/timeZone"]


@pytest.mark.parametrize(
    "instant",
    [
        "2026-13-01T10:00:00Z",
        "2026-12-01",
        "2026-12-01T10:00Z",
        "9999-12-31T23:59:59-23:59",
        "0001-01-01T00:00:00+14:00",
        "2026-12-01T10:00:00+25:00",
        "2026-12-01T10:00:60Z",
        "2026-W49-2T10:00:00Z",
        "1796118372",
    ],
)
def test_an_instant_is_rfc_3339_and_of_our_time(instant: str) -> None:
    assert pointers(refusal(with_member("end", f'"{instant}"'))) == ["#/data/booking/end"]


@pytest.mark.parametrize("sequence", ["4.0", "true", '"4"', "-1", "1e3", str(2**63), "[]"])
def test_a_sequence_is_a_whole_number(sequence: str) -> None:
    assert pointers(refusal(with_member("sequence", sequence))) == ["#/data/booking/sequence"]


@pytest.mark.parametrize(
    "body", [b"[" * 200_000, b"1" * 100_000, b'{"a":1e999', b"\xef\xbb\xbf{}", b"", b"null nul", b"\x00"]
)
def test_hostile_json_is_refused_as_unreadable(body: bytes) -> None:
    assert refusal(body).status == 400


@pytest.mark.parametrize("name", ["", "a" * 257, "a\tb", "a\udcff"])
def test_an_id_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(RejectedError) as error:
        ADAPTER.check(Request({"webhook-id": name}, BODY))

    assert pointers(error.value) == ["webhook-id"]


def test_a_refusal_names_no_more_than_twenty_places() -> None:
    service = {"id": 1, "name": 2}
    booking = dict.fromkeys(("id", "sequence", "status", "supersedes", "start", "end", "timeZone", "updated"), "\0")
    part = {**booking, "service": service, "location": service, "practitioner": service}
    patient = {"id": 1, "name": {"given": 1, "family": 2}, "phone": 1, "language": 1, "timeZone": 1}
    data = {"booking": part, "patient": patient, "consent": {"sms": {"status": 1}}}
    body = json.dumps({"type": "booking.booked", "timestamp": None, "data": data}).encode()

    assert len(refusal(body).faults) == 20


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
parts = ("id", "sequence", "status", "start", "end", "timeZone", "updated", "service", "location", "supersedes")


@given(
    kind=st.sampled_from(["booking.booked", "booking.updated", "patient.updated", "consent.changed"]),
    booking=json_values | st.dictionaries(st.sampled_from(parts), json_values),
    patient=json_values | st.dictionaries(st.sampled_from(["id", "name", "phone", "language"]), json_values),
    consent=json_values,
)
def test_any_json_is_read_or_refused(kind: str, booking: Any, patient: Any, consent: Any) -> None:
    data = {"booking": booking, "patient": patient, "consent": consent}
    request = call(json.dumps({"type": kind, "timestamp": "2026-12-01T09:46:10Z", "data": data}).encode())
    refused: RejectedError | None = None
    try:
        ADAPTER.check(request)
    except RejectedError as error:
        refused = error

    assert refused.status in {400, 422} if refused else ADAPTER.read(request)
