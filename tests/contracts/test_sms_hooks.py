"""Every carrier folder: what it posts to us, and whether it is really the carrier's."""

from __future__ import annotations

import contextlib
import importlib
import json
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from multidict import CIMultiDict, MultiDict
from twilio.request_validator import RequestValidator

import followup.sms
from followup.domain.delivery import ErrorKind
from followup.sms import Hooks, UnreadableError
from followup.sms.simulator.webhooks import sign
from followup.sms.twilio.errors import ERRORS, UNKNOWN_ERROR, classify
from followup.sms.twilio.hooks import _is_ours, _said

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
FOLDERS = sorted(path.parent for path in Path(followup.sms.__file__).parent.glob("*/hooks.py"))
SAMPLES = [(folder.name, path) for folder in FOLDERS for path in sorted(folder.glob("samples/*.json"))]

# Twilio's own worked example (docs/usage/security).
URL = "https://example.com/myapp.php?foo=1&bar=2"
TOKEN = "12345"
FORM = MultiDict(
    [
        ("CallSid", "CA1234567890ABCDE"),
        ("Caller", "+14158675310"),
        ("Digits", "1234"),
        ("From", "+14158675310"),
        ("To", "+18005551212"),
    ]
)
PUBLISHED = "L/OH5YylLD5NRKLltdqwSvS0BnU="


@pytest.fixture(params=[folder.name for folder in FOLDERS])
def carrier(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def hooks_of(carrier: str, *tokens: str) -> Hooks:
    made: Hooks = importlib.import_module(f"followup.sms.{carrier}.hooks").make_hooks(tokens or (TOKEN,))
    return made


@pytest.mark.parametrize(("carrier", "path"), SAMPLES, ids=lambda value: getattr(value, "stem", value))
def test_every_sample_is_read_as_it_says(carrier: str, path: Path) -> None:
    sample = json.loads(path.read_text())
    form = MultiDict(sample["form"])

    def read() -> Any:
        hooks = hooks_of(carrier)
        if sample["door"] == "reply":
            return hooks.read_reply(form, NOW)
        return hooks.read_receipt(form, sample["message"], NOW)

    if "refused" in sample:
        with pytest.raises(UnreadableError, match=sample["refused"]):
            read()
    else:
        got = asdict(read())
        assert (got.pop("received_at"), got.pop("part", "")) == (NOW, "")
        assert json.loads(json.dumps(got)) == sample[sample["door"]]
        assert sample["door"] == "receipt" or hooks_of(carrier).reply_key(form) == got["carrier_id"]


def test_a_reply_without_an_id_has_no_key(carrier: str) -> None:
    assert not hooks_of(carrier).reply_key(MultiDict())


def test_the_published_example_is_signed(carrier: str) -> None:
    assert hooks_of(carrier).is_signed(URL, FORM, {"X-Twilio-Signature": PUBLISHED})
    assert hooks_of(carrier).is_signed(URL, FORM, CIMultiDict({"x-twilio-signature": PUBLISHED}))
    assert sign(TOKEN, URL, list(FORM.items())) == PUBLISHED


@pytest.mark.parametrize(
    "url",
    [
        "https://user:secret@example.com/myapp.php?foo=1&bar=2",
        "https://example.com/myapp.php?foo=1&bar=2#rc=3&rp=ct,rt,5xx",
        "https://example.com:443/myapp.php?foo=1&bar=2",
    ],
)
def test_fragment_userinfo_and_default_port_are_not_part_of_the_url(carrier: str, url: str) -> None:
    assert hooks_of(carrier).is_signed(url, FORM, {"X-Twilio-Signature": PUBLISHED})


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/myapp.php?foo=1&bar=2",
        "https://example.com/myapp.php?bar=2&foo=1",
        "https://example.com/myapp.php/?foo=1&bar=2",
        "https://example.org/myapp.php?foo=1&bar=2",
    ],
)
def test_any_other_url_is_not_signed(carrier: str, url: str) -> None:
    assert not hooks_of(carrier).is_signed(url, FORM, {"X-Twilio-Signature": PUBLISHED})


def test_one_flipped_bit_anywhere_is_not_signed(carrier: str) -> None:
    hooks = hooks_of(carrier)
    for index, (name, value) in enumerate(FORM.items()):
        for at in range(len(value)):
            fields = list(FORM.items())
            fields[index] = (name, value[:at] + chr(ord(value[at]) ^ 1) + value[at + 1 :])
            assert not hooks.is_signed(URL, MultiDict(fields), {"X-Twilio-Signature": PUBLISHED})
    for at in range(len(PUBLISHED)):
        forged = PUBLISHED[:at] + chr(ord(PUBLISHED[at]) ^ 1) + PUBLISHED[at + 1 :]
        assert not hooks.is_signed(URL, FORM, {"X-Twilio-Signature": forged})
    for token in ("12344", "1234", "12345 ", "54321"):
        assert not hooks_of(carrier, token).is_signed(URL, FORM, {"X-Twilio-Signature": PUBLISHED})


@pytest.mark.parametrize("change", ["added", "removed", "renamed"])
def test_fields_may_not_come_or_go(carrier: str, change: str) -> None:
    form = MultiDict(FORM)
    if change == "added":
        form.add("Extra", "")  # a blank value alone is name only, and still signed
    elif change == "removed":
        del form["Digits"]
    else:
        form["digits"] = form.pop("Digits")
    assert not hooks_of(carrier).is_signed(URL, form, {"X-Twilio-Signature": PUBLISHED})


def test_blank_values_and_repeated_keys_are_signed_too(carrier: str) -> None:
    fields = [("Body", " 2 0 "), ("FromCity", ""), ("MediaUrl", "b"), ("MediaUrl", "a"), ("MediaUrl", "b")]
    signature = sign(TOKEN, URL, fields)
    assert hooks_of(carrier).is_signed(URL, MultiDict(fields), {"X-Twilio-Signature": signature})
    without_blank = MultiDict([field for field in fields if field[1]])
    assert not hooks_of(carrier).is_signed(URL, without_blank, {"X-Twilio-Signature": signature})


def test_during_rotation_both_tokens_count(carrier: str) -> None:
    hooks = hooks_of(carrier, "12345", "next-token")
    for token in ("12345", "next-token"):
        assert hooks.is_signed(URL, FORM, {"X-Twilio-Signature": sign(token, URL, list(FORM.items()))})
    assert not hooks.is_signed(URL, FORM, {"X-Twilio-Signature": sign("third", URL, list(FORM.items()))})


def test_without_a_token_nothing_is_signed(carrier: str) -> None:
    hooks = importlib.import_module(f"followup.sms.{carrier}.hooks")
    for tokens in ((), ("",)):
        signature = sign("", URL, list(FORM.items()))
        assert not hooks.make_hooks(tokens).is_signed(URL, FORM, {"X-Twilio-Signature": signature})


class OddForm(MultiDict[Any]):
    """A form with a value that is no text, as a multipart upload makes it."""


MALFORMED: list[tuple[str, Any, Any]] = [
    (URL, FORM, {}),
    (URL, FORM, {"X-Twilio-Signature": ""}),
    (URL, FORM, {"X-Twilio-Signature": None}),
    (URL, FORM, {"X-Twilio-Signature": "é" * 28}),
    (URL, FORM, {"X-Twilio-Signature": "x" * 100_000}),
    ("https://example.com:99999/", FORM, {"X-Twilio-Signature": PUBLISHED}),
    ("https://[broken/", FORM, {"X-Twilio-Signature": PUBLISHED}),
    ("", FORM, {"X-Twilio-Signature": PUBLISHED}),
    (URL + "&bodySHA256=00", FORM, {"X-Twilio-Signature": PUBLISHED}),
    (URL, MultiDict([("Body", "\ud800")]), {"X-Twilio-Signature": PUBLISHED}),
    (URL, OddForm([("Body", b"bytes")]), {"X-Twilio-Signature": PUBLISHED}),
    (URL, OddForm([("Body", None)]), {"X-Twilio-Signature": PUBLISHED}),
    (URL, None, {"X-Twilio-Signature": PUBLISHED}),
    (URL, "Body=1", {"X-Twilio-Signature": PUBLISHED}),
]


@pytest.mark.parametrize(("url", "form", "headers"), MALFORMED)
def test_malformed_requests_are_not_signed_and_never_raise(carrier: str, url: str, form: Any, headers: Any) -> None:
    assert not hooks_of(carrier).is_signed(url, form, headers)


@given(url=st.text(), fields=st.lists(st.tuples(st.text(), st.text())), signature=st.text())
def test_no_request_makes_the_check_raise(url: str, fields: list[tuple[str, str]], signature: str) -> None:
    assert hooks_of("twilio").is_signed(url, MultiDict(fields), {"X-Twilio-Signature": signature}) is False


@given(
    fields=st.dictionaries(
        st.sampled_from(["MessageSid", "MessageStatus", "ErrorCode", "From", "NumMedia"]), st.text()
    ),
    message=st.text(),
)
def test_no_form_makes_reading_raise_anything_but_unreadable(fields: dict[str, str], message: str) -> None:
    hooks, form = hooks_of("twilio"), MultiDict(fields)
    for read in (lambda: hooks.read_reply(form, NOW), lambda: hooks.read_receipt(form, message, NOW)):
        try:
            read()
        except UnreadableError as error:
            assert str(error)  # noqa: PT017 - either way is fine, any other exception is not


def test_what_is_typed_where_a_number_belongs_is_no_number(carrier: str) -> None:
    form = MultiDict({"MessageSid": "SM1", "MessageStatus": "failed", "ErrorCode": "٣٠٠٠٥"})
    assert hooks_of(carrier).read_receipt(form, "m.1", NOW).error_code is None


def test_the_error_table_is_safe_where_it_is_silent() -> None:
    assert classify(None) is classify(12_345) is UNKNOWN_ERROR
    assert UNKNOWN_ERROR.kind is ErrorKind.PERMANENT
    assert classify(21610).kind is ErrorKind.OPTED_OUT


def test_only_errors_that_pass_by_themselves_are_temporary() -> None:
    temporary = {code for code, error in ERRORS.items() if error.kind is ErrorKind.TEMPORARY}
    later_attempt_helps = {21611, 30001, 30003, 30008, 30022, 30023, 30036, 30500, 30410}
    busy = {20429, 20500, 20503, 63038, 60728, 63017}
    assert temporary == later_attempt_helps | busy
    assert all(error.staff_text and not error.staff_text.endswith(".") for error in ERRORS.values())


FIELDS = st.lists(st.tuples(st.sampled_from(["Body", "From", "To", ""]) | st.text(max_size=4), st.text(max_size=8)))


@given(url=st.sampled_from([URL, "http://a.example:8080/x", "https://b.example/?q=#f"]), fields=FIELDS)
def test_our_check_of_a_signature_and_the_sdks_agree(url: str, fields: list[tuple[str, str]]) -> None:
    form = MultiDict(fields)
    sdk = RequestValidator(TOKEN)
    with contextlib.suppress(UnicodeEncodeError):
        right = sdk.compute_signature(url, form)
        for signature in (right, right[:-2] + "A=", right.lower(), ""):
            assert _is_ours(_said(url, form), signature.encode(), TOKEN.encode()) == (signature == right)
