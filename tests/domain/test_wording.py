from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from followup.domain.clinic import Clinic, ConsentRule, Hours, SmsRules
from followup.domain.message import Kind
from followup.domain.segments import BASIC, EXTENSION, Encoding, graphemes, plain, segments
from followup.domain.wording import KINDS, SmallWords, Texts

OPEN = Hours(dict.fromkeys(range(7), (time(9), time(20))))
CLINIC = Clinic(
    id="glow",
    name="Glow Clinic",
    zone=ZoneInfo("Europe/London"),
    country="GB",
    languages=("en", "es"),
    phone="+442079460000",
    emergency_number="999",
    consent=ConsentRule.EXPLICIT,
    sending_hours=OPEN,
    opening_hours=OPEN,
    sms=SmsRules("simulator", "+447400123456"),
    sources=(),
    services={},
)
WORDS = SmallWords(
    symptoms={"redness": "redness", "swelling": "swelling", "pain": "pain"},
    joined_by="and",
    counts=("one digit", "two digits", "three digits"),
    nones=("none", "neither", "none of them"),
    weekdays=("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
)
SPANISH = replace(WORDS, weekdays=("lun", "mar", "mié", "jue", "vie", "sab", "dom"))
TUESDAY_NOON = datetime(2026, 7, 14, 11, 0, tzinfo=UTC)


def texts(template: str) -> Texts:
    languages = {"en": WORDS, "es": SPANISH}
    return Texts({(language, kind): template for kind in KINDS for language in languages}, languages)


def render(template: str, *symptoms: str, clinic: Clinic = CLINIC) -> str:
    return texts(template).render(Kind.ASK, "en", clinic, symptoms=symptoms)


def promise(by: datetime, at: datetime | None = TUESDAY_NOON, language: str = "en") -> str:
    return texts("{by}").render(Kind.FLAGGED, language, CLINIC, by=by, at=at)


def test_who_writes_and_whom_to_call_come_from_the_clinic() -> None:
    assert render("{clinic}: call {phone} or {emergency}") == "Glow Clinic: call +442079460000 or 999"


@pytest.mark.parametrize(
    ("symptoms", "said"),
    [
        (("redness",), "redness? 0 if none, or one digit"),
        (("redness", "swelling"), "redness and swelling? 0 if neither, or two digits"),
        (("pain", "redness", "swelling"), "pain, redness and swelling? 0 if none of them, or three digits"),
    ],
)
def test_symptoms_are_asked_in_the_order_their_digits_come(symptoms: tuple[str, ...], said: str) -> None:
    assert render("{symptoms}? 0 if {none}, or {count}", *symptoms) == said


@pytest.mark.parametrize(
    "left_alone", ["{{7*7}}", "{{clinic}}", "{unknown}", "{Clinic}", "{ clinic }", "{}", "{clinic.sms}"]
)
def test_nothing_but_a_placeholder_is_filled(left_alone: str) -> None:
    assert render(left_alone) == left_alone


def test_what_fills_a_placeholder_is_not_filled_again() -> None:
    assert render("{clinic}", clinic=replace(CLINIC, name="{phone}")) == "{phone}"


@pytest.mark.parametrize(
    ("by", "said"),
    [
        (datetime(2026, 7, 14, 13, 30, tzinfo=UTC), "14:30"),
        (datetime(2026, 7, 14, 22, 59, tzinfo=UTC), "23:59"),
        (datetime(2026, 7, 14, 23, 0, tzinfo=UTC), "Wed 00:00"),
        (datetime(2026, 7, 20, 8, 30, tzinfo=UTC), "Mon 09:30"),
        (datetime(2026, 7, 21, 8, 30, tzinfo=UTC), "Tue 21, 09:30"),
    ],
)
def test_a_promise_is_on_the_clinics_clock_and_never_in_doubt_about_the_day(by: datetime, said: str) -> None:
    assert promise(by) == said


def test_a_promise_names_the_day_in_the_patients_language() -> None:
    assert promise(datetime(2026, 7, 15, 8, 30, tzinfo=UTC), language="es") == "mié 09:30"


def test_a_promise_written_at_an_unknown_time_always_names_the_day() -> None:
    assert promise(TUESDAY_NOON, at=None) == "Tue 12:00"


def test_a_promise_without_its_time_is_our_mistake() -> None:
    with pytest.raises(ValueError, match="promises a time"):
        texts("{by}").render(Kind.FLAGGED, "en", CLINIC)


# The figures of twilio.md 6, which Twilio's own calculator gave.
@pytest.mark.parametrize(
    ("text", "encoding", "count"),
    [
        ("", "GSM-7", 0),
        ("a" * 160, "GSM-7", 1),
        ("a" * 161, "GSM-7", 2),
        ("a" * 306, "GSM-7", 2),
        ("a" * 307, "GSM-7", 3),
        ("€" * 80, "GSM-7", 1),
        ("€" * 81, "GSM-7", 2),
        ("a" * 152 + "€" * 77, "GSM-7", 3),  # the euro at 153 moves whole to the next part
        ("ж" * 70, "UCS-2", 1),
        ("ж" * 71, "UCS-2", 2),
        ("ж" * 134, "UCS-2", 2),
        ("ж" * 135, "UCS-2", 3),
        ("👍" * 35, "UCS-2", 1),
        ("👍" * 36, "UCS-2", 2),
        ("👍" * 66, "UCS-2", 2),  # 33 in each part: the surrogate pair is not split at 67
        ("👍" * 67, "UCS-2", 3),
        ("👨\u200d👩\u200d👧\u200d👦" * 6, "UCS-2", 1),
        ("👨\u200d👩\u200d👧\u200d👦" * 12, "UCS-2", 2),  # 6 families of 11 units in each
        ("👨\u200d👩\u200d👧\u200d👦" * 13, "UCS-2", 3),
        ("How\u2019s your skin", "UCS-2", 1),
    ],
)
def test_parts_are_counted_as_the_carrier_counts_them(text: str, encoding: str, count: int) -> None:
    counted = segments(text)
    assert (counted.encoding, counted.count) == (encoding, count)


def test_the_characters_that_make_a_text_dear_are_named_once_each() -> None:
    assert segments("áé\u2019á🙂").offending == ("á", "\u2019", "🙂")
    assert segments("é ñ ü ¿ ¡ €").offending == ()


@pytest.mark.parametrize(
    ("dear", "cheap"),
    [
        ("á", "a"), ("Í", "I"), ("\u2019", "'"), ("\u2014", "-"), ("\u2026", "..."), ("\u00a0", " "), ("🙂", ""),
        ("\u200b", ""), ("½", ""), ("™", "TM"), ("ж", None), ("字", None), ("ب", None),
    ],
)  # fmt: skip
def test_there_is_a_cheap_way_to_write_all_but_other_scripts(dear: str, cheap: str | None) -> None:
    assert plain(dear) == cheap


@pytest.mark.parametrize(
    ("text", "wholes"),
    [
        ("ab", ["a", "b"]),
        ("e\u0301x", ["e\u0301", "x"]),
        ("🇬🇧🇪🇸", ["🇬🇧", "🇪🇸"]),
        ("👍🏽👍", ["👍🏽", "👍"]),
        ("1\ufe0f\u20e32", ["1\ufe0f\u20e3", "2"]),
        ("❤\ufe0f👩\u200d⚕\ufe0f", ["❤\ufe0f", "👩\u200d⚕\ufe0f"]),
    ],
)
def test_what_a_reader_sees_as_one_character_stays_whole(text: str, wholes: list[str]) -> None:
    assert list(graphemes(text)) == wholes


@given(st.text(alphabet=sorted(BASIC | EXTENSION), max_size=700))
def test_gsm_parts_are_as_few_as_can_be_but_for_a_moved_character_each(text: str) -> None:
    counted = segments(text)
    assert counted.encoding is Encoding.GSM_7
    assert counted.units == sum(2 if character in EXTENSION else 1 for character in text)
    fewest = -(-counted.units // (160 if counted.units <= 160 else 153))
    assert fewest <= counted.count <= -(-counted.units // 152)


@given(st.text(max_size=300))
def test_units_are_utf_16_where_gsm_will_not_do(text: str) -> None:
    counted = segments(text)
    if counted.offending:
        assert counted.units == len(text.encode("utf-16-le", "surrogatepass")) // 2
    assert "".join(graphemes(text)) == text
    assert (counted.count == 0) == (text == "")


def test_a_week_of_promises_never_repeats_itself() -> None:
    said = [promise(TUESDAY_NOON + timedelta(days=days)) for days in range(8)]
    assert len(set(said)) == 8
