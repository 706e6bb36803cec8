"""A mapping file is read whole, and every mistake in it, or in how a clinic names it, is pointed at."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from followup.catalogue.booking_mappings import read_mapping
from followup.catalogue.clinics import read_clinics
from followup.catalogue.problems import Problems
from followup.domain.clinic import Scheme
from followup.domain.inputs import BookingStatus, Consent

if TYPE_CHECKING:
    from followup.domain.clinic import BookingMapping

ROOT = Path(__file__).parents[2]
NOTES = (ROOT / "followup" / "bookings" / "mapped" / "NOTES.md").read_text(encoding="utf-8")
EXAMPLE = "\n".join(
    line.removeprefix("   ")
    for line in NOTES.split("```toml\n   # config/bookings/vagaro.toml\n")[1].partition("```")[0].splitlines()
)
CLINIC = (ROOT / "config" / "clinics" / "glow.toml").read_text(encoding="utf-8")


def read(tmp_path: Path, text: str) -> tuple[BookingMapping | None, list[str]]:
    file, problems = tmp_path / "vagaro.toml", Problems()
    file.write_text(text, encoding="utf-8")
    mapping = read_mapping(file, problems)
    return mapping, [f"{problem.line}: {problem.what}" for problem in problems.found]


def line_of(text: str, marker: str) -> int:
    return text[: text.index(marker)].count("\n") + 1


def test_the_example_in_the_notes_is_a_mapping(tmp_path: Path) -> None:
    mapping, problems = read(tmp_path, EXAMPLE)

    assert problems == []
    assert mapping is not None
    assert (mapping.header, mapping.scheme) == ("x-webhook-secret", Scheme.SECRET)
    assert mapping.places["patient_id"] == "/client/id"
    assert mapping.places["key"] == "/id"
    assert mapping.statuses["DNA"] is BookingStatus.NO_SHOW
    assert mapping.consents["opted-in"] is Consent.GRANTED
    assert mapping.ignored == {"contact.updated"}


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('header = "x-webhook-secret"', 'header = "X-Webhook-Secret"', "a header's name in lower case"),
        ('scheme = "secret"', 'scheme = "hmac-sha256-hexx"', "hmac-sha256-hex"),
        ('id = "/appointment/ref"', 'id = "appointment.ref"', 'a JSON pointer such as "/appointment/id"'),
        ('id = "/appointment/ref"', "", '"booking.id" is missing'),
        ('updated = "/sent_at"', "", '"booking.updated" is missing'),
        (
            'start = "/appointment/from"',
            'strat = "/appointment/from"',
            'unknown key "booking.strat", did you mean "start"?',
        ),
        ('"Confirmed" = "booked"', '"Confirmed" = "confirmed"', "should be one of"),
        ('"opted-in" = "granted"', '"opted-in" = "yes"', "should be one of"),
        ("[signature]", "[signatur]", 'unknown key "signatur", did you mean "signature"?'),
    ],
)
def test_a_mistake_is_named_with_its_line(tmp_path: Path, old: str, new: str, says: str) -> None:
    assert old in EXAMPLE
    text = EXAMPLE.replace(old, new, 1)
    mapping, problems = read(tmp_path, text)

    assert mapping is None
    assert any(says in problem for problem in problems), problems
    if new:
        assert any(problem.startswith(f"{line_of(text, new)}: ") for problem in problems), problems


def test_something_must_say_where_a_booking_stands(tmp_path: Path) -> None:
    text = EXAMPLE.replace('kind = "/event"', "").replace('status = "/appointment/state"', "")
    _, problems = read(tmp_path, text)

    assert any("nothing says where a booking stands" in problem for problem in problems), problems


def config_with(tmp_path: Path, source: str, mapping: str = "") -> tuple[Path, list[str]]:
    """A configuration whose clinic has one more source."""
    (tmp_path / "clinics").mkdir()
    (tmp_path / "bookings").mkdir()
    file = tmp_path / "clinics" / "glow.toml"
    file.write_text(CLINIC.replace("\n[services]", f"\n{source}\n[services]", 1), encoding="utf-8")
    if mapping:
        (tmp_path / "bookings" / "vagaro.toml").write_text(mapping, encoding="utf-8")
    problems = Problems()
    read_clinics(tmp_path / "clinics", {"GLOW_BOOKING_SECRET": "whsec_" + "A" * 32, "VAGARO": "secret"}, problems)
    return file, list(map(str, problems.found))


def test_a_clinic_names_the_mapping_of_a_source(tmp_path: Path) -> None:
    source = '[[bookings]]\nsource = "vagaro"\nadapter = "mapped"\nsecret = "env:VAGARO"\nmapping = "vagaro.toml"\n'
    _, problems = config_with(tmp_path, source, EXAMPLE)
    assert problems == []


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        ('adapter = "mapped"', 'the adapter "mapped" needs mapping'),
        ('adapter = "calcom"\nmapping = "vagaro.toml"', 'the adapter "calcom" has a mapping, which only mapped reads'),
        ('adapter = "mapped"\nmapping = "../clinics/glow.toml"', 'a file such as "vagaro.toml"'),
        ('adapter = "calcom"\nheader = "X-Secret"', "a header's name in lower case"),
        ('adapter = "easyappointments"\nstatuses = { "Annullato" = "canceled" }', 'did you mean "cancelled"?'),
    ],
)
def test_what_a_source_lacks_or_has_too_much_is_pointed_at(tmp_path: Path, lines: str, says: str) -> None:
    source = f'[[bookings]]\nsource = "other"\nsecret = "env:VAGARO"\n{lines}\n'
    file, problems = config_with(tmp_path, source, EXAMPLE)
    assert any(says in problem and problem.startswith(f"{file}:") for problem in problems), problems


def test_a_mapping_that_is_not_there_is_named(tmp_path: Path) -> None:
    source = '[[bookings]]\nsource = "v"\nadapter = "mapped"\nsecret = "env:VAGARO"\nmapping = "vagaro.toml"\n'
    _, problems = config_with(tmp_path, source)
    assert any("vagaro.toml:1: cannot be read" in problem for problem in problems), problems
