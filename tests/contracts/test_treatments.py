"""Every treatment that is shipped asks when, and expects for as long as, the table beside this file says."""

from __future__ import annotations

import csv
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from followup.catalogue.catalogue import Catalogue, read_catalogue
from followup.cli.understand import understand
from followup.domain.episode import Report
from followup.domain.examples import flags_raised
from followup.domain.protocol import Example
from followup.domain.texting import late
from followup.domain.triage import News, find
from followup.domain.understanding import Question, Severity, Understanding
from kit.builders import a_clinic, after, an_episode

if TYPE_CHECKING:
    from followup.domain.protocol import Protocol

ROOT = Path(__file__).parents[2]
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
ROWS = list(csv.DictReader((Path(__file__).parent / "treatments.csv").read_text(encoding="utf-8").splitlines()))
WINDOWS = [(row["treatment"], *window.split(":")) for row in ROWS for window in row["windows"].split()]
every_treatment = pytest.mark.parametrize("row", ROWS, ids=lambda row: row["treatment"])


@cache
def shipped() -> Catalogue:
    return read_catalogue(ROOT / "config", ROOT / "templates", {"GLOW_BOOKING_SECRET": "whsec_bmV3"})


def protocol(treatment: str) -> Protocol:
    return shipped().protocols[treatment]


def raised(treatment: str, hours: float, reply: str, language: str = "en") -> tuple[str, ...]:
    example = Example(hours * HOUR, reply, (), language)
    return flags_raised(protocol(treatment), example, shipped().vocabularies[language])


def reported(treatment: str, symptom: str, since: timedelta) -> list[str]:
    at = after(since / HOUR)
    understanding = Understanding("a bit", "en", "", Question.FREE)
    report = Report("report", symptom, Severity.MILD, None, at, "message", "", "a bit", "test")
    return [one.label for one in find(News(an_episode(), protocol(treatment), understanding, (report,), at))]


def test_all_of_them_are_shipped_and_nothing_else() -> None:
    assert {row["treatment"] for row in ROWS} == set(shipped().protocols)


@every_treatment
def test_texts_go_when_the_table_says(row: dict[str, str]) -> None:
    plans = protocol(row["treatment"]).check_ins
    assert [plan.after / HOUR for plan in plans if not late(plan)] == list(map(int, row["texts"].split()))
    assert [plan.after / HOUR for plan in plans if late(plan)] == list(map(int, row["late_texts"].split()))


@pytest.mark.parametrize(("treatment", "symptom", "lengths"), WINDOWS)
def test_a_symptom_is_expected_until_its_last_instant_and_not_a_minute_longer(
    treatment: str, symptom: str, lengths: str
) -> None:
    typical, window = (int(hours) * HOUR for hours in lengths.split("-"))
    expected = protocol(treatment).expected[symptom]
    assert (expected.typical, expected.window) == (typical, window)
    assert reported(treatment, symptom, window) == []
    assert reported(treatment, symptom, window + MINUTE) == [f"persisting: {symptom}"]


@every_treatment
def test_it_is_worked_out_by_examples_and_says_where_its_numbers_come_from(row: dict[str, str]) -> None:
    found = protocol(row["treatment"])
    assert len(found.examples) >= 5
    assert any(example.flags for example in found.examples)
    assert not all(example.flags for example in found.examples)
    assert all(source.split(" ", 1)[1].startswith("https://") or " http://" in source for source in found.sources)
    assert found.sources


@every_treatment
@pytest.mark.parametrize("language", ["en", "es", "it"])
def test_every_question_fits_two_parts_in_every_language(row: dict[str, str], language: str) -> None:
    words = shipped().texts.words[language]
    asked = {plan.ask for plan in protocol(row["treatment"]).check_ins if not late(plan)}
    assert all(words.listed(ask) for ask in asked)
    assert a_clinic().name not in "".join(words.listed(ask) for ask in asked)


@pytest.mark.parametrize("treatment", ["dermal_filler", "lip_filler"])
def test_filler_asks_for_colour_and_pain_on_the_day_itself_and_not_the_next_morning(treatment: str) -> None:
    first = protocol(treatment).check_ins[0]
    assert (first.after, first.ask, first.remind_after) == (5 * HOUR, ("redness", "pain"), None)
    assert first.stale_after < 8 * HOUR


@pytest.mark.parametrize("step", ["day-7", "day-14"])
def test_toxin_asks_for_drooping_and_swallowing_and_for_no_redness_after_three_days(step: str) -> None:
    plan = protocol("botulinum_toxin").plan(step)
    assert plan is not None
    assert plan.ask == ("drooping", "swallowing")


@pytest.mark.parametrize(
    ("language", "reply"), [("en", "1 1 and a blister"), ("en", "1 0 blisters"), ("es", "1 1 y una ampolla")]
)
def test_a_blister_is_expected_after_tattoo_removal_alone(language: str, reply: str) -> None:
    assert raised("tattoo_removal", 72, reply, language) == ()
    assert "alarm_sign: blister_ulcer_necrosis" in raised("laser_hair_ipl", 24, reply, language)


@pytest.mark.parametrize(
    ("hours", "reply"),
    [
        (337, "0 0 but i still have blisters"),
        (72, "1 1 and the scab has turned black"),
        (72, "blisters, and an open sore"),
        (72, "a blister and the skin is dying"),
    ],
)
def test_what_is_no_blister_or_comes_too_late_is_for_a_person_all_the_same(hours: float, reply: str) -> None:
    assert "alarm_sign: blister_ulcer_necrosis" in raised("tattoo_removal", hours, reply)


def test_a_lump_after_filler_is_judged_at_two_weeks_but_not_what_comes_with_it() -> None:
    assert raised("dermal_filler", 120, "no redness, no pain, there is a lump") == ()
    assert raised("dermal_filler", 120, "there is a lump and yellow pus") == ("alarm_sign: pus_discharge",)
    assert "alarm_sign: nodules_lumps" in raised("dermal_filler", 337, "there is a lump")
    assert "alarm_sign: nodules_lumps" in raised("mesotherapy", 120, "there is a lump")


@pytest.mark.parametrize(
    ("hours", "reply", "is_expected"),
    [
        (72, "0 0 but blisters", True),
        (400, "0 0 but blisters", False),
        (72, "0 0 but the skin has turned black", False),
        (None, "0 0 but blisters", True),
    ],
)
def test_the_command_line_reads_what_a_treatment_expects_as_the_service_does(
    hours: float | None, reply: str, *, is_expected: bool
) -> None:
    found = understand(reply, protocol="tattoo_removal", hours=hours, config=ROOT / "config")
    assert (not found["alarm_signs"]) is is_expected
