"""What cannot wait, whatever else the reply says; and what only sounds like it."""

from __future__ import annotations

import pytest

from followup.domain.understanding import SignState
from kit.understood import handling, signs, understood

SPOKEN = {
    "breathing_difficulty": "i cant get my breath",
    "face_lip_tongue_swelling": "my tongue is too big for my mouth",
    "hives_rash": "ive come out in itchy lumps all over my back",
    "fever_chills": "shivering and cant get warm",
    "pus_discharge": "yellow stuff is coming out of it",
    "spreading_redness": "the red bit is creeping down my neck",
    "severe_pain": "painkillers arent touching it",
    "blanching_mottling": "the patch has gone white and cold",
    "vision_change": "everything went blurry in my left eye",
    "faintness": "i nearly passed out",
    "nodules_lumps": "hard lump under my cheek",
    "blister_ulcer_necrosis": "the scab has turned black",
    "other_urgent": "my words are coming out slurred",
}
every_sign = pytest.mark.parametrize(("sign", "text"), SPOKEN.items())


@every_sign
def test_a_sign_is_named_and_goes_to_a_person(sign: str, text: str) -> None:
    assert sign in signs(text, hours=200)
    assert handling(text) == "human"


@every_sign
@pytest.mark.parametrize(
    "dress",
    [
        "{}, otherwise all good",
        "1 0 {}",
        "hi lovely, {} x",
        "STOP. {}",
        "redness 0 swelling 0 but {}",
        "{} 😊",
        "no redness. {}",
    ],
)
def test_nothing_around_it_hides_a_sign(sign: str, text: str, dress: str) -> None:
    assert sign in signs(dress.format(text), hours=200)


@every_sign
def test_no_dress_hides_a_sign(sign: str, text: str) -> None:
    wide = "".join(chr(ord(letter) + 0xFEE0) if "!" <= letter <= "~" else letter for letter in text)
    for dressed in (text.upper(), text.replace(" ", "\u00a0"), wide, text.replace(" ", "  ")):
        assert sign in signs(dressed, hours=200)


@pytest.mark.parametrize(
    "text",
    [
        "no trouble breathing, bit pink",
        "no fever or chills",
        "fever? no",
        "havent had any blisters",
        "without any pus",
        "i didnt faint this time",
        "not spreading",
        "no rash anywhere",
    ],
)
def test_a_denied_sign_is_not_reported(text: str) -> None:
    assert signs(text) == []


def test_a_denial_that_reaches_on_over_a_comma_leaves_a_doubt_for_a_person() -> None:
    heard = understood("no fever, pus").alarm_signs
    assert [(one.sign, one.state) for one in heard] == [("pus_discharge", SignState.POSSIBLY_NEGATED)]
    assert handling("no fever, pus") == "human"


@every_sign
@pytest.mark.parametrize(
    "clear", ["no redness", "no swelling at all", "not red", "no pain", "all fine", "my husband is fine"]
)
def test_a_denial_of_something_else_never_takes_a_sign_with_it(sign: str, text: str, clear: str) -> None:
    for both in (f"{clear} {text}", f"{text} {clear}", f"{clear}, {text}", f"{text} and {clear}"):
        assert handling(both) == "human", both
    assert sign in signs(f"{clear}. {text}", hours=200)


def test_a_denial_reaches_a_list_only_through_an_or() -> None:
    assert signs("no redness or fever") == []
    assert signs("no redness fever") == ["fever_chills"]
    assert handling("no pus fever") == "human"


def test_a_denial_does_not_reach_over_a_but() -> None:
    assert signs("no fever but pus") == ["pus_discharge"]


@pytest.mark.parametrize(
    "text", ["cant stop shivering", "never felt pain like it", "not only swollen lips but hives too"]
)
def test_a_no_that_denies_nothing_is_known(text: str) -> None:
    assert signs(text)


@pytest.mark.parametrize(
    "text",
    [
        "what if i get a fever",
        "if it blisters ill ring you",
        "my dog has hives",
        "my friend had hers done and got an infection",
        "had hives as a child",
        "the leaflet said look out for pus",
    ],
)
def test_what_is_supposed_long_ago_or_of_others_is_no_sign_and_still_seen_by_a_person(text: str) -> None:
    assert (signs(text), handling(text)) == ([], "human")


@pytest.mark.parametrize(
    "text", ["my mum (your patient) has a fever", "my wife says her lips are swelling, you treated her today"]
)
def test_who_writes_for_the_patient_counts_as_the_patient(text: str) -> None:
    assert signs(text)


def test_who_only_noticed_it_is_not_who_has_it() -> None:
    assert signs("my husband says my lips are swollen") == ["face_lip_tongue_swelling"]


@pytest.mark.parametrize(
    "text",
    [
        "results took my breath away",
        "netflix and chill, skin good",
        "faint redness only",
        "nearly died laughing",
        "pain free",
        "black and blue on one side",
        "tongue in cheek haha",
    ],
)
def test_a_figure_of_speech_is_no_sign(text: str) -> None:
    assert signs(text) == []


def test_words_that_take_a_signs_meaning_away_leave_a_doubt_for_a_person() -> None:
    assert (signs("out of breath laughing"), handling("out of breath laughing")) == ([], "human")


def test_a_sign_that_has_gone_needs_a_person_and_is_not_reported_as_there() -> None:
    heard = understood("was dizzy right after, fine since").alarm_signs
    assert [(one.sign, one.state) for one in heard] == [("faintness", SignState.RESOLVED)]
    assert handling("was dizzy right after, fine since") == "human"


def test_lumps_are_a_sign_only_three_days_after_treatment() -> None:
    assert signs("hard lump in my cheek", hours=5) == []
    assert signs("hard lump in my cheek", hours=73) == ["nodules_lumps"]


def test_each_sign_carries_its_words_and_its_rule() -> None:
    heard = understood("1 0 and my tongue is swelling").alarm_signs[0]
    span = heard.spans[0]
    assert "tongue" in span.words
    assert span.rule
    assert "1 0 and my tongue is swelling"[span.start : span.end] == span.words
