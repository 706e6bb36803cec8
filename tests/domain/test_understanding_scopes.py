"""What takes the meaning from an alarm sign, and what does not: denials, everyday causes, other people, habits."""

from __future__ import annotations

import pytest

from followup.domain.understanding import Asked, Handling, Question, SignState, Understanding, read
from kit.understood import vocabulary


def told(text: str, language: str = "en") -> Understanding:
    return read(text, vocabulary(language), Asked(Question.COMBINED_0_3, hours_since_treatment=24))


def named(text: str, language: str = "en") -> list[str]:
    return [sign.sign for sign in told(text, language).alarm_signs if sign.state is SignState.NOW]


@pytest.mark.parametrize(
    "text",
    [
        "my hands have an eczema rash like every winter, face fine",
        "dizzy for a second because i stood up too fast, nothing new",
        "pins and needles in my leg from sitting on it",
        "eyes streaming because of the onions",
        "hot flushes as always, skin ok",
        "the dizziness you warned me about never came",
        "never once felt dizzy",
        "my little boy is the one with the fever, 1 0",
    ],
)
def test_an_everyday_cause_a_habit_or_somebody_else_is_no_alarm(text: str) -> None:
    assert named(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "out of breath on the stairs and never been like this",
        "dizzy after coffee, worse than usual",
        "went to the gym and cant breathe since the injections",
        "rash on my legs from the treatment, had eczema all my life",
        "my calf is hot and swollen",
        "i have a cold white patch on my cheek",
        "passed out on the train",
    ],
)
def test_an_everyday_cause_explains_nothing_that_is_unusual_or_only_near_it(text: str) -> None:
    assert named(text)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("no pain got the chills", "en"),
        ("sin fiebre tengo pus", "es"),
        ("no mareos me sale pus", "es"),
        ("1 0 sin pus tengo fiebre", "es"),
        ("sin dolor tengo escalofríos", "es"),
        ("niente febbre ho pus", "it"),
        ("niente rossore ho la febbre", "it"),
    ],
)
def test_a_denial_of_one_thing_never_denies_the_next_for_certain(text: str, language: str) -> None:
    got = told(text, language)
    assert got.handling is Handling.HUMAN
    assert got.alarm_signs


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("no fever or pus", "en"),
        ("sin fiebre ni pus", "es"),
        ("no hay pus ni mal olor", "es"),
        ("né febbre né pus", "it"),
    ],
)
def test_a_list_of_denials_denies_all_of_it(text: str, language: str) -> None:
    assert told(text, language).alarm_signs == ()


@pytest.mark.parametrize("text", ["la rojez ha bajado al cuello", "la hinchazón ha bajado hasta el pecho"])
def test_what_has_gone_down_to_another_place_is_not_going_down(text: str) -> None:
    assert "spreading_redness" in named(text, "es")
    assert "spreading_redness" not in named("la rojez ha bajado mucho", "es")


@pytest.mark.parametrize(
    "text", ["was at the gym yesterday, today i cannot breathe", "had a coffee then my lips blew up"]
)
def test_something_harmless_that_came_before_explains_nothing(text: str) -> None:
    assert named(text)


@pytest.mark.parametrize("word", ["swollen", "swolen", "swole", "puffy", "oedema", "doughy", "hinchada"])
@pytest.mark.parametrize("place", ["tongue", "lips"])
def test_swelling_of_lips_or_tongue_is_an_alarm_in_whatever_word_it_is_said(place: str, word: str) -> None:
    assert "face_lip_tongue_swelling" in named(f"my {place} {word}")


@pytest.mark.parametrize("text", ["la lengua gordita", "labios inflamados", "los labios con edema", "labio hinchao"])
def test_in_spanish_too(text: str) -> None:
    assert "face_lip_tongue_swelling" in named(text, "es")
