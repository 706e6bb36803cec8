"""What carriers post: kept when it is really theirs, refused without a word when it is not."""

from __future__ import annotations

import asyncio
import shutil
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

import pytest
from door_kit import Answer, Door, open_doors
from hypothesis import given
from hypothesis import strategies as st

from followup.sms import UnreadableError
from followup.sms.form import read_form

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

REPLY = "/hooks/sms/twilio/reply"
RECEIPT = "/hooks/sms/twilio/receipt/5f0ae7c87a525c0e9d9a0d3f1c1f6f10.1"
FORM = "application/x-www-form-urlencoded"
SID = "SM" + "0" * 32
TEXT = {
    "MessageSid": SID,
    "From": "+447700900123",
    "To": "+447400123456",
    "Body": "2 1 ✓",
    "FromCity": "",
    "NumMedia": "0",
}
SENT = {"MessageSid": SID, "MessageStatus": "sent", "To": "+447700900123"}


@pytest.fixture
async def door(tmp_path: Path, migrated_file: Path) -> AsyncIterator[Door]:
    file = tmp_path / "followup.db"
    shutil.copy(migrated_file, file)
    async with open_doors(file) as doors:
        yield doors


def assert_refused(door: Door, answer: Answer, status: int = 403) -> None:
    assert answer.status == status
    assert answer.problem() == {403: "forbidden", 413: "too-large"}[status]
    assert door.kept() == []


async def test_a_text_is_kept_as_it_came_and_the_answer_is_empty(door: Door) -> None:
    answer = await door.text(REPLY, TEXT)

    assert (answer.status, answer.text) == (204, "")
    assert "Content-Type" not in answer.headers
    [row] = door.kept()
    assert (row["door"], row["key"], row["clinic"]) == ("sms:twilio:reply", SID, "")
    assert row["headers"] == {"content-type": FORM}
    assert dict(read_form(row["body"], FORM)) == TEXT
    assert door.services.nudges == 1


async def test_the_carriers_second_try_is_not_a_second_text(door: Door) -> None:
    answers = await asyncio.gather(*(door.text(REPLY, TEXT) for _ in range(20)))
    retried = await door.text(REPLY, {**TEXT, "ErrorCode": "11200"})

    assert {answer.status for answer in (*answers, retried)} == {204}
    assert len(door.kept()) == 1


async def test_each_state_of_a_text_is_kept_once(door: Door) -> None:
    delivered = {**SENT, "MessageStatus": "delivered"}
    for form in (SENT, delivered, SENT, delivered, {**SENT, "MessageStatus": "undelivered", "ErrorCode": "30005"}):
        assert (await door.text(RECEIPT, form)).status == 204

    message = RECEIPT.rpartition("/")[2]
    assert [row["key"] for row in door.kept()] == [
        f"{SID}:sent::{message}",
        f"{SID}:delivered::{message}",
        f"{SID}:undelivered:30005:{message}",
    ]


async def test_word_on_a_message_we_never_heard_of_is_kept(door: Door) -> None:
    for path in (RECEIPT.replace("5f0a", "0000"), "/hooks/sms/twilio/receipt/none"):
        assert (await door.text(path, SENT)).status == 204

    assert len(door.kept()) == 2


async def test_a_signed_text_without_an_id_is_kept_once_too(door: Door) -> None:
    for _ in range(2):
        assert (await door.text(REPLY, {"Body": "hello"})).status == 204

    assert len(door.kept()) == 1


@pytest.mark.parametrize(
    "headers",
    [
        {"x-twilio-signature": ""},
        {"x-twilio-signature": "L/OH5YylLD5NRKLltdqwSvS0BnU="},
        {"x-twilio-signature": "é"},
        {"content-type": "application/json"},
        {"content-type": "multipart/form-data; boundary=x"},
        {"content-type": f"{FORM}; charset=utf-16"},
        {"content-type": f"{FORM}; charset=nonsense"},
        {"content-type": ""},
    ],
)
async def test_whatever_is_wrong_with_a_post_it_is_forbidden(door: Door, headers: dict[str, str]) -> None:
    assert_refused(door, await door.text(REPLY, TEXT, headers))
    assert_refused(door, await door.text(RECEIPT, SENT, headers))


@pytest.mark.parametrize("body", [b"", b"\xff\xfe=1", b"Body=%FF", b"a=1&" * 600, b"\x00", b"&&&==&", b"{}"])
async def test_a_malformed_form_is_forbidden(door: Door, body: bytes) -> None:
    headers = {"content-type": FORM, "x-twilio-signature": "L/OH5YylLD5NRKLltdqwSvS0BnU="}

    assert_refused(door, await door.post(REPLY, body, headers))


async def test_a_flood_of_a_form_is_too_large(door: Door) -> None:
    assert_refused(door, await door.text(REPLY, {**TEXT, "Body": "x" * 300_000}), 413)


async def test_the_signature_is_over_the_public_address_whatever_the_caller_says_of_it(door: Door) -> None:
    forged = {"host": "evil.example", "x-forwarded-host": "evil.example", "x-forwarded-proto": "https"}

    assert_refused(door, await door.text(REPLY, TEXT, forged, url="https://evil.example"))
    assert_refused(door, await door.text(REPLY, TEXT, url=str(door.client.make_url("")).rstrip("/")))
    assert (await door.text(REPLY, TEXT, forged)).status == 204


async def test_a_receipt_signed_for_one_message_says_nothing_of_another(door: Door) -> None:
    other = RECEIPT.replace(".1", ".2")
    signed_for_this = await door.text(RECEIPT, SENT)
    assert signed_for_this.status == 204

    assert (await door.text(other, SENT, url="https://followup.example/x")).status == 403
    assert len(door.kept()) == 1


async def test_doors_that_are_none(door: Door) -> None:
    assert (await door.text("/hooks/sms/pigeon/reply", TEXT)).problem() == "unknown-source"
    assert (await door.text(RECEIPT + "/more", SENT)).problem() == "not-found"
    assert (await door.text(RECEIPT + "%00", SENT)).problem() == "not-found"
    async with door.client.get(REPLY) as response:
        assert (response.status, response.headers["Allow"]) == (405, "POST")


async def test_what_cannot_be_stored_is_not_said_to_be(door: Door) -> None:
    door.break_store()
    answer = await door.text(REPLY, TEXT)

    assert (answer.status, answer.problem()) == (503, "unavailable")


@given(body=st.binary(max_size=200), content_type=st.sampled_from([FORM, f"{FORM};charset=utf-8"]) | st.text())
def test_any_bytes_are_a_form_or_unreadable(body: bytes, content_type: str) -> None:
    try:
        form = read_form(body, content_type)
    except UnreadableError:
        return

    assert all(isinstance(value, str) for value in form.values())


def test_a_form_keeps_blanks_order_and_repeated_fields() -> None:
    assert list(read_form(b"b=&a=1&b=2+2", f'{FORM}; charset="UTF-8"').items()) == [("b", ""), ("a", "1"), ("b", "2 2")]


@given(
    st.lists(st.text(alphabet="ab=&+%;4f\u00e9\n", max_size=6) | st.sampled_from(["a=%2B1", "a=%C3%A9", "=", "a=b=c"]))
)
def test_a_form_is_read_as_the_standard_library_reads_it(parts: list[str]) -> None:
    body = "&".join(parts)
    try:
        expected = parse_qsl(body, keep_blank_values=True, errors="strict")
    except ValueError:
        with pytest.raises(UnreadableError):
            read_form(body.encode(), FORM)
    else:
        assert list(read_form(body.encode(), FORM).items()) == expected
