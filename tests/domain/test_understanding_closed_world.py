"""By itself the service acts only where every word is accounted for; and no text upsets it."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from followup.domain.understanding import Handling, Severity
from kit.understood import handling, severities, understood

LONGEST = 1600
MOST_SECONDS = 0.5
"""Ten times what it takes on a quiet machine; a reader that is not linear takes minutes."""


@pytest.mark.parametrize("text", ["bit red and zorbly", "1 0 asdfgh", "banana", "redness 1, my aunt's llama sang"])
def test_a_word_nobody_knows_goes_to_a_person(text: str) -> None:
    assert handling(text) == "human"
    assert understood(text).unread


@pytest.mark.parametrize("text", ["", "??", "...", "hmm", "so so", "not sure", "yes", "red or not"])
def test_what_says_nothing_certain_is_never_left_to_the_service(text: str) -> None:
    assert handling(text) != "auto"


@pytest.mark.parametrize("text", ["redness 1 redness none", "no swelling, swelling 2"])
def test_a_contradiction_is_never_left_to_the_service(text: str) -> None:
    assert handling(text) != "auto"


@pytest.mark.parametrize("text", ["all good but im worried", "1 0 but it looks weird", "not good", "feel awful"])
def test_unease_goes_to_a_person(text: str) -> None:
    assert handling(text) == "human"


@pytest.mark.parametrize("text", ["very red", "3 1", "redness 3", "super itchy", "like a balloon"])
def test_whatever_is_severe_goes_to_a_person(text: str) -> None:
    assert handling(text) == "human"


def test_the_same_text_is_always_understood_the_same() -> None:
    assert understood("bit red, no swelling") == understood("bit red, no swelling")


def test_every_word_of_a_complaint_survives_thanks_and_greetings() -> None:
    assert severities("Hi, very swollen, thanks x")["swelling"] == "severe"


@given(st.text(max_size=LONGEST))
@settings(max_examples=150, deadline=None)
def test_any_text_is_read_without_a_crash_and_its_spans_are_words_of_it(text: str) -> None:
    got = understood(text)
    spans = [
        *got.unread,
        *(span for part in (got.symptoms, got.alarm_signs, got.intents) for one in part for span in one.spans),
    ]
    assert all(text[span.start : span.end] == span.words for span in spans)


WORDS = (
    "red",
    "no",
    "1",
    "cant breathe",
    "skin",
    "white",
    "swelingx",
    "was",
    "but",
    ",",
    ".",
    "it is",
    "lips",
    "hurts more",
)


@given(st.lists(st.sampled_from(WORDS), max_size=400))
@settings(max_examples=60, deadline=None)
def test_any_row_of_our_own_words_is_read_without_a_crash(words: list[str]) -> None:
    assert understood(" ".join(words)[:LONGEST]).handling


@pytest.mark.parametrize(
    "word", ["red ", "cant breathe ", "1 2 ", "swelingx ", "no fever or ", "eye ", "qz", "?!", "it is "]
)
def test_the_longest_text_takes_no_longer_than_its_length_deserves(word: str) -> None:
    understood("swelingx")  # the index of spellings is made at the first misspelling
    text = (word * LONGEST)[:LONGEST]
    began = time.process_time()  # of this process alone: the machine may have other work
    understood(text)
    assert time.process_time() - began < MOST_SECONDS


COMPLAINTS = (
    "very red",
    "my face is swollen",
    "redness is worse",
    "swelling 1",
    "still a bit puffy",
    "it has got redder",
    "its itchy",
)
ALL_CLEARS = (
    "all good",
    "no fever",
    "no pain",
    "none",
    "no",
    "0",
    "nothing else",
    "not sore",
    "it was fine yesterday",
    "breathing fine",
)
JOINS = (" ", ", ", ". ", " and ", " but ", " so ", "\n")


@pytest.mark.parametrize("complaint", COMPLAINTS)
@pytest.mark.parametrize("clear", ALL_CLEARS)
def test_no_all_clear_beside_a_complaint_takes_it_back_unseen(complaint: str, clear: str) -> None:
    for join in JOINS:
        for text in (f"{clear}{join}{complaint}", f"{complaint}{join}{clear}"):
            got = understood(text)
            is_there = any((heard.severity or Severity.PRESENT) is not Severity.NONE for heard in got.symptoms)
            assert is_there or got.handling is not Handling.AUTO, text
