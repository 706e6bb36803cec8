"""The native contract: what opens its door, and what does not."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks.webhooks import Webhook

from followup.bookings import Request
from followup.bookings.native.adapter import ADAPTER

VECTOR = Path(__file__).parents[3] / "shared/fixtures/booking/standardwebhooks/signature_vector.json"
KEY = b"followup-samples-secret!"
SECRET = "whsec_" + base64.b64encode(KEY).decode()
AT = datetime(2026, 12, 1, 9, 46, 12, tzinfo=UTC)
BODY = b'{"type":"booking.cancelled","timestamp":"2026-12-01T09:46:10Z","data":{"booking":{"id":"B-1042"}}}'


def signed(body: bytes = BODY, *, name: str = "msg_1", at: datetime = AT, secret: str = SECRET) -> dict[str, str]:
    """As the library of Standard Webhooks signs."""
    return {
        "content-type": "application/json",
        "webhook-id": name,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(secret).sign(name, at, body.decode()),
    }


def opens(headers: dict[str, str], body: bytes = BODY, *, secret: str = SECRET, now: datetime = AT) -> bool:
    return ADAPTER.is_signed(Request(headers, body), [secret], now)


def flipped(data: bytes, bit: int) -> bytes:
    return bytes(byte ^ (1 << bit % 8 if index == bit // 8 else 0) for index, byte in enumerate(data))


def test_what_the_library_signs_opens() -> None:
    assert opens(signed())


@given(st.integers(0, len(BODY) * 8 - 1))
def test_one_bit_flipped_in_the_body_closes(bit: int) -> None:
    assert not opens(signed(), flipped(BODY, bit))


@given(st.integers(0, len(KEY) * 8 - 1))
def test_one_bit_flipped_in_the_secret_closes(bit: int) -> None:
    assert not opens(signed(), secret="whsec_" + base64.b64encode(flipped(KEY, bit)).decode())


@pytest.mark.parametrize("header", ["webhook-id", "webhook-timestamp", "webhook-signature"])
@given(data=st.data())
def test_one_bit_flipped_in_a_header_closes(header: str, data: st.DataObject) -> None:
    headers = signed()
    bit = data.draw(st.integers(0, len(headers[header]) * 8 - 1))
    headers[header] = flipped(headers[header].encode(), bit).decode("utf-8", "surrogateescape")

    assert not opens(headers)


@pytest.mark.parametrize("header", ["webhook-id", "webhook-timestamp", "webhook-signature"])
def test_a_missing_header_closes(header: str) -> None:
    headers = signed()
    del headers[header]

    assert not opens(headers)


@pytest.mark.parametrize(("age", "is_open"), [(-301, False), (-300, True), (0, True), (300, True), (301, False)])
def test_a_signature_is_good_for_five_minutes_either_way(age: int, is_open: bool) -> None:  # noqa: FBT001 # a table
    assert opens(signed(), now=AT + timedelta(seconds=age)) is is_open


@pytest.mark.parametrize(
    "other", ["v1,AAAA", "v1", "v1,", "v2,abc", "v1a,b,c", "", "v1,é", "v1,a,b", ",", "v1,g0hM9SsE\udcff", "none"]
)
def test_an_odd_entry_beside_a_good_one_does_no_harm(other: str) -> None:
    good = signed()["webhook-signature"]

    assert opens({**signed(), "webhook-signature": f"{other} {good}"})
    assert opens({**signed(), "webhook-signature": f"{good}  {other}"})
    assert not opens({**signed(), "webhook-signature": other})


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_a", "é", "whsec_\udcff", "short", "no-secret-provided"])
def test_a_secret_that_is_none_opens_nothing_and_closes_nothing(secret: str) -> None:
    assert not opens(signed(), secret=secret)
    assert ADAPTER.is_signed(Request(signed(), BODY), [secret, SECRET], AT)


@pytest.mark.parametrize(
    "at", ["1796118372.0", "+1796118372", " 1796118372", "01796118372", "١٧٩٦١١٨٣٧٢", "1e9", "nan", "9" * 40]
)
def test_a_timestamp_is_plain_digits(at: str) -> None:
    signature = Webhook(SECRET).sign("msg_1", AT, BODY.decode())

    assert not opens({**signed(), "webhook-timestamp": at, "webhook-signature": signature})


def test_the_published_vector_opens() -> None:
    if not VECTOR.exists():
        pytest.skip("the shared fixtures are not beside this checkout")
    vector = json.loads(VECTOR.read_text())
    at = datetime.fromtimestamp(int(vector["headers"]["webhook-timestamp"]), UTC)
    wrong = {**vector["headers"], "webhook-signature": vector["signature_of_wrong_key_or_body"]}

    assert opens(vector["headers"], vector["body"].encode(), secret=vector["secret"], now=at)
    assert not opens(wrong, vector["body"].encode(), secret=vector["secret"], now=at)
