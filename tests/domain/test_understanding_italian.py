"""Italian: a language added without code, small, whose unread remainder goes to a person."""

from __future__ import annotations

import pytest

from followup.domain.understanding import Asked, Question, SignState, Understanding, read
from kit.understood import vocabulary


def understood(text: str, *, hours: float = 24) -> Understanding:
    return read(text, vocabulary("it"), Asked(Question.COMBINED_0_3, hours_since_treatment=hours))


def severities(text: str) -> dict[str, str]:
    return {heard.symptom: str(heard.severity) for heard in understood(text).symptoms if heard.severity}


def signs(text: str, *, hours: float = 24) -> list[str]:
    return [one.sign for one in understood(text, hours=hours).alarm_signs if one.state is SignState.NOW]


def wishes(text: str) -> list[str]:
    return [str(heard.intent) for heard in understood(text).intents]


def handling(text: str) -> str:
    return str(understood(text).handling)


@pytest.mark.parametrize("text", ["1 0", "uno e zero", "rossore 1 gonfiore 0", "gonfiore zero, rossore 1"])
def test_numbers_are_read(text: str) -> None:
    assert severities(text) == {"redness": "mild", "swelling": "none"}


@pytest.mark.parametrize("text", ["tutto bene", "tutto a posto grazie", "nessun problema", "benissimo"])
def test_an_all_clear_is_read(text: str) -> None:
    assert severities(text) == {"redness": "none", "swelling": "none", "overall": "none"}
    assert handling(text) == "auto"


def test_symptoms_are_read_with_degree_and_denial() -> None:
    assert severities("un po' rossa ma non gonfia") == {"redness": "mild", "swelling": "none"}
    assert severities("è sparito il gonfiore, c'è ancora un po' di rossore") == {
        "swelling": "none",
        "redness": "mild",
    }


@pytest.mark.parametrize(
    ("text", "sign"),
    [
        ("non riesco a respirare", "breathing_difficulty"),
        ("ho le labbra gonfie", "face_lip_tongue_swelling"),
        ("ho l'orticaria", "hives_rash"),
        ("ho 38,5 di febbre", "fever_chills"),
        ("esce del pus", "pus_discharge"),
        ("il rossore si allarga", "spreading_redness"),
        ("dolore insopportabile", "severe_pain"),
        ("la pelle è bianca e fredda", "blanching_mottling"),
        ("vedo doppio", "vision_change"),
        ("sono svenuta", "faintness"),
        ("ho una vescica", "blister_ulcer_necrosis"),
        ("sono al pronto soccorso", "other_urgent"),
    ],
)
def test_alarm_signs_are_heard(text: str, sign: str) -> None:
    assert sign in signs(text)
    assert handling(text) == "human"


def test_a_denied_sign_is_none() -> None:
    assert signs("non ho febbre") == []


@pytest.mark.parametrize("text", ["non scrivetemi più", "basta messaggi", "STOP"])
def test_who_wants_no_more_texts_is_left_alone(text: str) -> None:
    assert wishes(text) == ["opt_out"]
    assert handling(text) == "auto"


def test_who_wants_a_call_gets_a_person() -> None:
    assert wishes("chiamatemi per favore") == ["callback_request"]


@pytest.mark.parametrize(
    "text", ["la guancia mi sembra strana", "tutto bene ma ho un coso che sporge", "gli occhi mi danno noia"]
)
def test_what_the_few_words_do_not_cover_goes_to_a_person(text: str) -> None:
    assert handling(text) == "human"
