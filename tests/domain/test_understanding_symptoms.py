"""How much of which symptom, and where it is going."""

from __future__ import annotations

import pytest

from kit.understood import handling, severities, trends


@pytest.mark.parametrize(
    ("text", "severity"),
    [
        ("a bit red", "mild"),
        ("hardly any redness", "mild"),
        ("pinkish", "mild"),
        ("no more than a hint of redness", "mild"),
        ("quite red", "moderate"),
        ("really red", "severe"),
        ("red as a beetroot", "severe"),
        ("still red", "present-unspecified"),
        ("redness gone", "none"),
        ("not red any more", "none"),
        ("not too red", "mild"),
        ("the redness wont go down", "present-unspecified"),
        ("redness hasnt gone", "present-unspecified"),
        ("redness nearly gone", "mild"),
        ("less red", "present-unspecified"),
    ],
)
def test_a_degree_is_read_where_it_stands(text: str, severity: str) -> None:
    assert severities(text)["redness"] == severity


@pytest.mark.parametrize("text", ["no redness or swelling", "neither red nor swollen", "redness and swelling gone"])
def test_one_word_reaches_a_whole_list(text: str) -> None:
    assert severities(text) == {"redness": "none", "swelling": "none"}


def test_a_denial_ends_with_its_clause() -> None:
    assert severities("no swelling, a bit of redness") == {"swelling": "none", "redness": "mild"}
    assert severities("not sore just red") == {"pain": "none", "redness": "present-unspecified"}
    assert severities("couple of bruises but swelling nil")["bruising"] == "present-unspecified"


def test_an_answer_may_stand_before_or_after_its_symptom() -> None:
    assert severities("red yes swollen no") == {"redness": "present-unspecified", "swelling": "none"}
    assert severities("redness mild swelling moderate") == {"redness": "mild", "swelling": "moderate"}


def test_a_change_governs_its_own_symptom_only() -> None:
    assert trends("redness gone but swelling worse") == {"redness": "better", "swelling": "worse"}
    assert trends("redness same, swelling better") == {"redness": "same", "swelling": "better"}
    assert trends("less puffy but still red")["swelling"] == "better"


@pytest.mark.parametrize(
    "text", ["puffier than yesterday", "more swollen than last night", "swelling is getting worse"]
)
def test_more_of_it_is_worse_and_goes_to_a_person(text: str) -> None:
    assert (trends(text)["swelling"], handling(text)) == ("worse", "human")


def test_how_much_changed_is_not_how_much_there_is() -> None:
    assert severities("swelling has calmed down loads") == {"swelling": "present-unspecified"}


@pytest.mark.parametrize(
    "text", ["it was red last night but its fine now", "red yesterday, nothing today", "was red, gone now"]
)
def test_now_wins_over_earlier(text: str) -> None:
    assert severities(text)["redness"] == "none"


def test_only_earlier_says_nothing_of_now() -> None:
    assert (severities("red yesterday"), handling("red yesterday")) == ({}, "clarify")


@pytest.mark.parametrize(
    "text", ["all good", "nope all clear", "nothing to report", "none", "no", "skin looks great", "good to go"]
)
def test_an_all_clear_answers_both_questions(text: str) -> None:
    assert severities(text) == {"overall": "none", "redness": "none", "swelling": "none"}


@pytest.mark.parametrize(
    "text", ["breathing fine", "vision is fine", "no fever", "no pus no smell", "traffic was good"]
)
def test_a_statement_about_something_else_is_no_all_clear(text: str) -> None:
    assert severities(text) == {}


def test_an_all_clear_does_not_hide_a_complaint() -> None:
    assert severities("all fine except a bruise")["bruising"] == "present-unspecified"
    assert handling("all good but very swollen") == "human"


def test_a_no_about_another_place_denies_nothing() -> None:
    assert severities("right cheek red, left not") == {"redness": "present-unspecified"}


@pytest.mark.parametrize(
    "text", ["rednes 1 sweling 1", "REDNESS 1 SWELLING 1", "reddness 1 swellling 1", "redness 1 swelling 1 🙂"]
)
def test_spelling_and_dress_do_not_matter(text: str) -> None:
    assert severities(text) == {"redness": "mild", "swelling": "mild"}


@pytest.mark.parametrize(
    "text", ["no swelling, skin red", "no swelling and cheeks red", "no swelling, red", "no swelling and red"]
)
def test_a_denial_is_never_stretched_over_a_new_statement(text: str) -> None:
    assert severities(text)["redness"] != "none" or handling(text) != "auto"
