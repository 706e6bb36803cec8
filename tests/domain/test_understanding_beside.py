"""Words of danger beside everyday words: what is no alarm is none, and nothing everyday hides what is one."""

from __future__ import annotations

import pytest

from followup.domain.understanding import Asked, Handling, Intent, Question, Severity, SignState, Understanding, read
from kit.understood import vocabulary

COMBINED = Asked(Question.COMBINED_0_3, hours_since_treatment=96)
FREE = Asked(Question.FREE, hours_since_treatment=96)


def told(text: str, language: str = "en", asked: Asked = COMBINED) -> Understanding:
    return read(text, vocabulary(language), asked)


def signs(text: str, language: str = "en") -> dict[str, SignState]:
    return {one.sign: one.state for one in told(text, language).alarm_signs}


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("ingrown toenail is oozing again", "en"),
        ("blister on my heel from new shoes, face good", "en"),
        ("my tattoo is weeping, different place", "en"),
        ("my finger is black, trapped it", "en"),
        ("el tatuaje me supura pero la cara tranquila", "es"),
        ("nearly fainted when i saw the bill", "en"),
        ("the film was so scary my heart was pounding", "en"),
        ("my little boy has chickenpox blisters everywhere so im up all night", "en"),
        ("my boss has a boil on his neck", "en"),
        ("mi padre ve doble por las cataratas, yo bien", "es"),
        ("i always faint at blood tests but was fine this time", "en"),
        ("i keep checking for pus like a weirdo", "en"),
        ("is dizziness a side effect?", "en"),
        ("labios normales, hinchazón leve", "es"),
        ("no se ha corrido la rojez", "es"),
    ],
)
def test_an_ailment_elsewhere_a_picture_or_somebody_elses_is_no_alarm(text: str, language: str) -> None:
    assert signs(text, language) == {}


@pytest.mark.parametrize(
    ("text", "language", "sign"),
    [
        ("pus comes out when i press it with my finger", "en", "pus_discharge"),
        ("lump as big as my thumb nail on my cheek", "en", "nodules_lumps"),
        ("pus on my knee where you injected", "en", "pus_discharge"),
        ("after the sauna a white cold patch appeared on my cheek", "en", "blanching_mottling"),
        ("i used to get cold sores and now theres blisters by my lip", "en", "blister_ulcer_necrosis"),
        ("there is a rash on my stomach that was not there before the injections", "en", "hives_rash"),
        ("felt faint when i saw the pus", "en", "pus_discharge"),
        ("my wife had her treatment yesterday and her lips are huge", "en", "face_lip_tongue_swelling"),
        ("spin class was fine. chest is tight now", "en", "breathing_difficulty"),
        ("fever? no. pus? yes", "en", "pus_discharge"),
        ("nope cant breathe", "en", "breathing_difficulty"),
        ("theres pus, no redness", "en", "pus_discharge"),
        ("no blisters or anything shivering", "en", "fever_chills"),
        ("rojez desaparecida - me duele el pecho", "es", "other_urgent"),
        ("hinchazón ninguna me desmayé", "es", "faintness"),
        ("como si tuviera una cortina negra en el ojo", "es", "vision_change"),
        ("tengo fiebre 39 and feel rubbish", "en", "fever_chills"),
    ],
)
def test_nothing_everyday_hides_a_danger(text: str, language: str, sign: str) -> None:
    assert sign in signs(text, language)


def test_a_sign_of_the_first_day_that_has_gone_is_told_as_gone() -> None:
    assert signs("hives on day one, gone now") == {"hives_rash": SignState.RESOLVED}


@pytest.mark.parametrize(
    "text", ["red, swollen no", "itchy on the left, isnt swollen", "some redness though isnt warm"]
)
def test_an_absence_past_a_comma_says_nothing_of_what_stood_before_it(text: str) -> None:
    first = told(text).symptoms[0]
    assert first.severity is not Severity.NONE


@pytest.mark.parametrize("text", ["zero and one please", "lovely day. 0-1"])
def test_two_numbers_stay_two_numbers_whatever_stands_beside_them(text: str) -> None:
    assert {one.symptom: one.severity for one in told(text).symptoms if one.symptom != "overall"} == {
        "redness": Severity.NONE,
        "swelling": Severity.MILD,
    }


@pytest.mark.parametrize(("text", "language"), [("ok thank you", "en"), ("ok", "en"), ("vale gracias", "es")])
def test_an_ok_to_a_question_of_numbers_says_nothing_of_the_skin(text: str, language: str) -> None:
    assert told(text, language).symptoms == ()


def test_an_ok_to_how_is_your_skin_is_an_answer() -> None:
    assert {one.severity for one in told("ok thank you", asked=FREE).symptoms} == {Severity.NONE}


@pytest.mark.parametrize(
    ("text", "language"),
    [("STOP, it's bleeding", "en"), ("STOP it's bleeding and wont stop", "en"), ("BAJA no para de sangrar", "es")],
)
def test_a_stop_set_apart_is_honoured_and_the_rest_is_read(text: str, language: str) -> None:
    got = told(text, language)
    assert got.wants(Intent.OPT_OUT)
    assert got.handling is Handling.HUMAN


@pytest.mark.parametrize(
    "text", ["stop it hurts", "it wont stop itching", "STOP IT HURTS SO MUCH", "CANCEL my slot on friday"]
)
def test_a_stop_within_the_sentence_is_no_opt_out(text: str) -> None:
    assert not told(text).wants(Intent.OPT_OUT)


def test_lips_that_are_not_swollen_are_no_swelling() -> None:
    assert told("no tengo los labios hinchados", "es").symptoms == ()


@pytest.mark.parametrize("text", ["1" * 500, "፰", "\ud91b3፰/1", "no " * 3000, "\u0663 \u0661"])
def test_digits_of_any_script_and_length_never_stop_the_reader(text: str) -> None:
    assert told(text).text == text
