"""What people tell beside the answer: life goes through, and what could hide a danger in everyday words does not."""

from __future__ import annotations

import pytest

from kit.understood import handling, severities, signs, wishes


@pytest.mark.parametrize(
    "text",
    [
        "went to the pub last night and nobody noticed a thing! 0 0",
        "school run done, face fine",
        "off to a wedding so no make up today, 1 0",
        "No redness, thank you. Kind regards, Margaret",
        "thanks again to Priya, all good",
    ],
)
def test_life_beside_a_report_needs_nobody(text: str) -> None:
    assert handling(text) == "auto"


def test_an_all_clear_of_something_else_is_none_of_the_skin() -> None:
    assert (handling("the wedding was great"), severities("the wedding was great")) == ("clarify", {})


@pytest.mark.parametrize("text", ["a face like a wedding cake, 1 0", "all good but skin is like a curry"])
def test_what_skin_is_likened_to_is_no_longer_harmless(text: str) -> None:
    assert handling(text) == "human"


@pytest.mark.parametrize(
    ("settled", "open_still"),
    [
        ("dog passed out on my lap. 1 0", "dog passed out on my lap"),
        ("my sister has hives, mine is fine", "my sister has hives. 1 0"),
        ("had hives as a child, nothing now", "had hives after my last treatment, nothing now"),
        ("short of breath only because i ran for the bus lol, 0 1", "short of breath after the stairs, 0 1"),
    ],
)
def test_a_sign_that_is_none_of_hers_needs_a_person_unless_she_tells_all_of_her_own(
    settled: str, open_still: str
) -> None:
    assert (handling(settled), signs(settled)) == ("auto", [])
    assert handling(open_still) == "human"


@pytest.mark.parametrize("text", ["1 0. cant do that thing with my own hand", "all good. could not do it for long"])
def test_what_she_cannot_do_goes_to_a_person_however_plain_its_words(text: str) -> None:
    assert handling(text) == "human"


def test_what_a_denial_leaves_out_is_there() -> None:
    assert signs("no swelling apart from my lips") == ["face_lip_tongue_swelling"]
    assert handling("no redness apart from my chin") == "clarify"


def test_what_is_denied_takes_no_meaning_away() -> None:
    assert signs("the pain is getting worse each day not better") == ["severe_pain"]


@pytest.mark.parametrize("text", ["is paracetamol ok", "does this look ok?", "is skin meant to be normal"])
def test_ok_in_a_question_is_no_answer(text: str) -> None:
    assert (wishes(text), severities(text)) == (["question"], {})


@pytest.mark.parametrize("text", ["good thanks, you?", "all fine, how are you?"])
def test_a_question_out_of_politeness_wants_no_answer(text: str) -> None:
    assert ("question" in wishes(text), handling(text)) == (False, "auto")


def test_wanting_it_all_to_stop_is_no_opt_out() -> None:
    text = "i just want it all to stop, theres no point in me"
    assert (wishes(text), signs(text)) == ([], ["other_urgent"])
