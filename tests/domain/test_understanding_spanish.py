"""Spanish as patients of Spain and of Latin America text it."""

from __future__ import annotations

import pytest

from followup.domain.understanding import Asked, Question, SignState, Understanding, read
from kit.understood import vocabulary


def understood(text: str, *, hours: float = 24) -> Understanding:
    return read(text, vocabulary("es"), Asked(Question.COMBINED_0_3, hours_since_treatment=hours))


def severities(text: str) -> dict[str, str]:
    return {heard.symptom: str(heard.severity) for heard in understood(text).symptoms if heard.severity}


def signs(text: str, *, hours: float = 24) -> list[str]:
    return [one.sign for one in understood(text, hours=hours).alarm_signs if one.state is SignState.NOW]


def wishes(text: str) -> list[str]:
    return [str(heard.intent) for heard in understood(text).intents]


def handling(text: str) -> str:
    return str(understood(text).handling)


@pytest.mark.parametrize(
    "text", ["1 0", "uno y cero", "rojez 1 hinchazón 0", "hinchada 0, roja 1", "cero hinchazón y rojez 1"]
)
def test_numbers_are_read_in_digits_and_words_and_names_win_over_the_order(text: str) -> None:
    assert severities(text) == {"redness": "mild", "swelling": "none"}


@pytest.mark.parametrize(
    "text",
    [
        "toy un poko inchada",
        "hinchadita",
        "inchado un poquito",
        "me hinche levemente",
        "hinchasón leve",
        "imflamada un pelin",
    ],
)
def test_a_word_is_known_misspelt_unaccented_diminished_and_in_either_gender(text: str) -> None:
    assert severities(text) == {"swelling": "mild"}


@pytest.mark.parametrize(
    "text",
    [
        "no estoy roja",
        "nada de rojez",
        "rojez ninguna",
        "ni rastro de rojez",
        "ya no se me nota la rojez",
        "cero rojez",
    ],
)
def test_a_denial_counts_before_and_after_the_symptom(text: str) -> None:
    assert severities(text) == {"redness": "none"}


def test_neither_nor_denies_both() -> None:
    assert severities("ni roja ni hinchada") == {"redness": "none", "swelling": "none"}
    assert severities("sin rojez ni inflamación") == {"redness": "none", "swelling": "none"}


def test_a_verb_before_its_subject_governs_it_and_not_the_symptom_before() -> None:
    assert severities("la rojez sigue pero se fue la hinchazón") == {
        "redness": "present-unspecified",
        "swelling": "none",
    }


def test_what_is_said_of_now_wins_over_earlier() -> None:
    assert severities("ayer estaba hinchada, hoy ya no") == {"swelling": "none"}
    assert severities("me dolía mucho, ahora apenas me duele") == {"pain": "mild"}


def test_yes_and_if_are_told_apart_by_their_accent() -> None:
    assert severities("sí, me duele un poco") == {"pain": "mild"}
    assert handling("¿si me duele qué tomo?") == "human"


def test_a_number_word_before_a_noun_is_no_severity() -> None:
    assert severities("me salieron dos granitos") == {"bumps": "present-unspecified"}


@pytest.mark.parametrize(
    ("text", "sign"),
    [
        ("no me llega el aire", "breathing_difficulty"),
        ("siento que me aprietan el cuello", "breathing_difficulty"),
        ("no puedo tragar ni la saliva", "breathing_difficulty"),
        ("el labio se me puso como una salchicha", "face_lip_tongue_swelling"),
        ("no puedo abrir el ojo de lo inflamado", "face_lip_tongue_swelling"),
        ("me llené de ronchas por las piernas", "hives_rash"),
        ("tirito debajo de tres cobijas", "fever_chills"),
        ("tengo calentura de 38.5", "fever_chills"),
        ("el pinchazo suelta una agüita amarilla", "pus_discharge"),
        ("lo rojo ya me llega a la oreja", "spreading_redness"),
        ("tengo una raya colorada en el brazo", "spreading_redness"),
        ("no aguanto el dolor", "severe_pain"),
        ("el dolor no se va ni con ibuprofeno", "severe_pain"),
        ("la mejilla está blanca y helada", "blanching_mottling"),
        ("se me ve como una red morada en la piel", "blanching_mottling"),
        ("veo nublado con un ojo", "vision_change"),
        ("se me doblan las piernas y todo gira", "faintness"),
        ("se me abrió un hueco en la piel", "blister_ulcer_necrosis"),
        ("se me tuerce la boca", "other_urgent"),
        ("estoy en urgencias", "other_urgent"),
    ],
)
def test_alarm_signs_are_heard_by_what_they_mean(text: str, sign: str) -> None:
    assert sign in signs(text)
    assert handling(text) == "human"


@pytest.mark.parametrize("added", ["todo lo demás genial", "un saludo", "jajaja", "gracias por escribir", "0 0"])
def test_nothing_kind_said_beside_an_alarm_sign_hides_it(added: str) -> None:
    assert signs(f"me falta el aire, {added}") == ["breathing_difficulty"]
    assert signs(f"{added}. Me falta el aire") == ["breathing_difficulty"]


@pytest.mark.parametrize(
    "text",
    [
        "no tengo fiebre",
        "sin pus ni mal olor",
        "ni mareos ni escalofríos",
        "me muero de sueño",
        "me pica la curiosidad",
        "mi perro tiene una ampolla",
        "de niña tuve urticaria",
        "y si me sale pus?",
        "respiro perfectamente",
    ],
)
def test_what_is_denied_supposed_long_ago_or_a_figure_of_speech_is_no_alarm_sign(text: str) -> None:
    assert signs(text) == []


def test_a_lump_in_the_first_days_is_a_bump_and_later_an_alarm_sign() -> None:
    assert signs("un bultito bajo la piel", hours=24) == []
    assert signs("un bultito bajo la piel", hours=400) == ["nodules_lumps"]


@pytest.mark.parametrize(
    "text",
    [
        "BAJA",
        "baja por favor",
        "no me escriban más",
        "no me mandéis más mensajes",
        "dejen de mandar mensajes",
        "quiero darme de baja",
        "bórrenme de su lista",
    ],
)
def test_who_wants_no_more_texts_is_left_alone(text: str) -> None:
    assert "opt_out" in wishes(text)
    assert handling(text) == "auto"


@pytest.mark.parametrize("text", ["la hinchazón baja", "no para de picar", "ya paró el dolor"])
def test_words_for_stopping_are_verbs_too(text: str) -> None:
    assert "opt_out" not in wishes(text)


@pytest.mark.parametrize(
    "text",
    ["no puedo con esto", "me encuentro mal", "estoy asustada", "la cara me hace cosas raras", "tengo un zurullo"],
)
def test_what_may_hide_something_goes_to_a_person(text: str) -> None:
    assert handling(text) == "human"


def test_an_everyday_word_is_not_bent_into_a_symptom() -> None:
    assert understood("conclusión robo abogado").symptoms == ()
    assert signs("conclusión invasión abogado") == []
