"""Numbers in every dress."""

from __future__ import annotations

import pytest

from followup.domain.understanding import Question
from kit.understood import handling, severities, signs, understood

ONE_NONE = {"redness": "mild", "swelling": "none"}


@pytest.mark.parametrize(
    "text",
    [
        "1 0",
        "1,0",
        "1/0",
        "1-0",
        "1 and 0",
        "one and zero",
        "One, nil",
        "1️⃣0️⃣",
        "\uff11 \uff10",
        "1\u00a00",
        "R1 S0",
        "s0 r1",
        "10",
    ],
)
def test_two_digits_are_redness_then_swelling_unless_they_are_named(text: str) -> None:
    assert severities(text) == ONE_NONE


def test_names_win_over_the_order() -> None:
    assert severities("swelling 2 redness 1") == {"swelling": "moderate", "redness": "mild"}
    assert severities("1 for swelling 3 for redness") == {"swelling": "mild", "redness": "severe"}


def test_a_single_nought_is_none_of_both_and_any_other_single_digit_is_asked_again() -> None:
    assert severities("0") == {"redness": "none", "swelling": "none"}
    assert (severities("2"), handling("2")) == ({}, "clarify")
    assert handling("3") == "human"


def test_a_range_takes_its_upper_end() -> None:
    assert severities("redness 1-2, swelling 0") == {"redness": "moderate", "swelling": "none"}
    assert severities("redness 1 or 2") == {"redness": "moderate"}


@pytest.mark.parametrize("text", ["5 2", "redness 4", "redness 7/10", "redness 7 out of 10", "6"])
def test_a_number_off_the_scale_goes_to_a_person(text: str) -> None:
    assert handling(text) == "human"


def test_a_mark_out_of_ten_is_never_read_as_two_digits() -> None:
    assert severities("8 out of 10 pain") == {"pain": "severe"}
    assert signs("8/10 pain") == ["severe_pain"]


@pytest.mark.parametrize(
    "text", ["slightly red for 2 days", "took 2 paracetamol, slightly red", "slightly red since 3pm"]
)
def test_times_doses_and_counts_are_no_severities(text: str) -> None:
    assert severities(text) == {"redness": "mild"}


def test_two_days_numbers_in_one_text_are_told_apart() -> None:
    assert severities("it was 3 2 yesterday, now 1 1") == {"redness": "mild", "swelling": "mild"}


@pytest.mark.parametrize(
    ("text", "is_fever"), [("37.2", False), ("38.4", True), ("temp 101.5", True), ("temp 98.2", False)]
)
def test_a_temperature_is_a_fever_from_38_degrees(text: str, is_fever: bool) -> None:  # noqa: FBT001 - a row of a table
    assert (signs(text) == ["fever_chills"]) is is_fever


def test_numbers_say_nothing_where_none_were_offered() -> None:
    assert str(understood("1 0", question=Question.FREE).handling) == "clarify"


def test_a_letter_names_a_symptom_only_beside_a_number() -> None:
    assert severities("lips r sore") == {"pain": "present-unspecified"}
