"""Every booking system's folder: its samples mean what they say, and its signature check holds."""

from __future__ import annotations

import base64
import json
from contextlib import suppress
from dataclasses import dataclass, fields, is_dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from followup import bookings
from followup.bookings import QuarantinedError, RejectedError, Request
from followup.bookings.find import find_adapters
from kit.booking_facts import setting_of

if TYPE_CHECKING:
    from followup.bookings import Adapter

ROOT = Path(bookings.__path__[0])
ADAPTERS = find_adapters()


@dataclass(frozen=True)
class Sample:
    adapter: Adapter
    request: Request
    expected: dict[str, Any]

    @property
    def secret(self) -> str:
        return str(self.expected["signed"]["secret"])

    @property
    def at(self) -> datetime:
        return datetime.fromisoformat(self.expected["signed"]["at"])


def read_sample(path: Path) -> Sample:
    head, _, body = path.read_bytes().partition(b"\n\n")
    headers = dict(line.split(": ", 1) for line in head.decode().splitlines())
    expected = json.loads(path.with_suffix(".json").read_text())
    setting = setting_of(expected.get("setting", {}))
    return Sample(ADAPTERS[path.parts[-3]], Request(headers, body, setting), expected)


def as_plain(value: Any) -> Any:
    """Inputs as JSON, without what says nothing."""
    if is_dataclass(value):
        members = {field.name: as_plain(getattr(value, field.name)) for field in fields(value)}
        return {name: member for name, member in members.items() if member is not None and member is not False}
    if isinstance(value, tuple):
        return list(value)
    return value.isoformat() if isinstance(value, datetime) else value


PATHS = sorted(ROOT.glob("*/samples/*.http"))
SIGNED = [path for path in PATHS if "signed" in json.loads(path.with_suffix(".json").read_text())]


def name_of(path: Path) -> str:
    return f"{path.parts[-3]}/{path.stem}"


every_sample = pytest.mark.parametrize("path", PATHS, ids=name_of)
every_signed_sample = pytest.mark.parametrize("path", SIGNED, ids=name_of)
every_adapter = pytest.mark.parametrize("adapter", ADAPTERS.values(), ids=lambda adapter: adapter.name)


@every_adapter
def test_an_adapter_has_notes_and_samples_in_pairs(adapter: Adapter) -> None:
    folder = ROOT / adapter.name
    requests = {path.stem for path in folder.glob("samples/*.http")}

    assert (folder / "NOTES.md").stat().st_size > 0
    assert requests
    assert requests == {path.stem for path in folder.glob("samples/*.json")}


@every_sample
def test_a_sample_means_what_it_says(path: Path) -> None:
    sample = read_sample(path)
    if "refused" in sample.expected:
        with pytest.raises(RejectedError) as error:
            sample.adapter.check(sample.request)
        pointers = [fault.pointer for fault in error.value.faults]
        assert {"status": error.value.status, "pointers": pointers} == sample.expected["refused"]
        return
    if sample.expected.get("quarantined"):
        with pytest.raises(QuarantinedError):
            sample.adapter.read(sample.request)
        return

    sample.adapter.check(sample.request)

    assert sample.adapter.key(sample.request) == sample.expected["key"]
    assert [as_plain(booking) for booking in sample.adapter.read(sample.request)] == sample.expected["bookings"]


@every_sample
def test_a_refusal_shows_nothing_of_the_body(path: Path) -> None:
    sample = read_sample(path)
    try:
        sample.adapter.check(sample.request)
    except RejectedError as error:
        told = str(error) + str(error.faults)
        assert not any(word in told for word in ("393330100199", "Zoë", "Angelo", "Europe/Milano", "confirmed", "BBB"))


@every_signed_sample
def test_only_the_secret_that_signed_opens(path: Path) -> None:
    sample = read_sample(path)
    other = "whsec_" + base64.b64encode(b"quite-another-secret-24b").decode()

    def is_signed(*secrets: str) -> bool:
        return sample.adapter.is_signed(sample.request, secrets, sample.at)

    assert is_signed(sample.secret)
    assert is_signed(other, sample.secret)
    assert not is_signed(other)
    assert not is_signed()
    assert not is_signed("")


@every_adapter
def test_an_unsigned_call_is_never_signed(adapter: Adapter) -> None:
    assert not adapter.is_signed(Request({}, b"{}"), ["whsec_Zm9sbG93dXA="], datetime.now(UTC))


header_text = st.text(
    st.characters(max_codepoint=0x10FFFF), max_size=80
)  # lone surrogates are what aiohttp makes of bytes
header_names = st.sampled_from(
    ["webhook-id", "webhook-timestamp", "webhook-signature", "content-type", "ce-id", "ce-type"]
)
hostile = st.dictionaries(header_names | header_text, header_text | st.integers().map(str))


@every_adapter
@given(headers=hostile, body=st.binary(max_size=200), secret=header_text)
def test_no_headers_body_or_secret_can_make_an_adapter_stumble(
    adapter: Adapter, headers: dict[str, str], body: bytes, secret: str
) -> None:
    request = Request(headers, body)

    assert not adapter.is_signed(request, [secret, "whsec_Zm9sbG93dXA="], datetime.now(UTC))
    for act in (adapter.check, adapter.read, adapter.key):
        with suppress(RejectedError, QuarantinedError):
            act(request)
