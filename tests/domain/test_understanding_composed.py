"""Replies put together from statements whose truth is known: what is there is never read as gone, no danger is lost."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from followup.domain.understanding import Asked, Handling, Question, Severity, read
from kit.builders import vocabularies

if TYPE_CHECKING:
    from collections.abc import Iterator

    from followup.domain.understanding import Understanding

LANGUAGES = ("en", "es")
EACH = 400
NAMES = {
    "en": {
        "redness": ("red", "redness"),
        "swelling": ("swollen", "swelling"),
        "itching": ("itchy", "itching"),
        "bruising": ("bruised", "bruising"),
        "pain": ("sore", "pain"),
        "warmth": ("warm", "warmth"),
    },
    "es": {
        "redness": ("roja", "rojez"),
        "swelling": ("hinchada", "hinchazón"),
        "itching": ("me pica", "picor"),
        "bruising": ("con moratones", "moratones"),
        "pain": ("dolorida", "dolor"),
        "warmth": ("caliente", "calor"),
    },
}
"""Each symptom as it is said of something, and by its name."""
THERE = {
    "en": [
        "{0}",
        "still {0}",
        "a bit {0}",
        "{1} yes",
        "some {1}",
        "very {0}",
        "{1} mild",
        "{1}: 2",
        "its {0}",
        "{0} on the left",
    ],
    "es": [
        "{0}",
        "sigue {0}",
        "un poco {0}",
        "{1} sí",
        "algo de {1}",
        "muy {0}",
        "{1} leve",
        "{1}: 2",
        "{0} a la izquierda",
    ],
}
GONE = {
    "en": [
        "no {1}",
        "{1} none",
        "not {0}",
        "{1} gone",
        "{1} no",
        "{0} no",
        "{1}: 0",
        "without {1}",
        "isnt {0}",
        "{1} zero",
    ],
    "es": [
        "sin {1}",
        "no hay {1}",
        "nada de {1}",
        "{1} no",
        "{0} no",
        "{1}: 0",
        "{1} ninguna",
        "{1} nada",
        "no está {0}",
    ],
}
JOINS = {
    "en": [", ", ". ", " but ", "; ", "\n", ", but ", " - ", " though "],
    "es": [", ", ". ", " pero ", "; ", "\n", ", pero ", " - ", " aunque "],
}
DANGERS = {
    "en": [
        "ive got a fever",
        "theres pus",
        "cant breathe",
        "my lips are swollen",
        "im dizzy",
        "hives on my arms",
        "theres a blister on my cheek",
        "throat is tight",
        "i fainted",
        "white patch on my nose",
        "my chest hurts",
        "pus? yes",
    ],
    "es": [
        "tengo fiebre",
        "sale pus",
        "no puedo respirar",
        "labios hinchados",
        "estoy mareada",
        "ronchas en los brazos",
        "se me cierra la garganta",
        "me desmayé",
        "veo doble",
        "una mancha blanca en la nariz",
        "me duele el pecho",
        "¿pus? sí",
    ],
}
HARMLESS = {
    "en": [
        "no redness",
        "swelling none",
        "no lumps",
        "0 0",
        "all good",
        "breathing fine",
        "not itchy",
        "redness gone",
        "fever? no",
        "thanks",
    ],
    "es": [
        "sin rojez",
        "hinchazón ninguna",
        "sin bultos",
        "0 0",
        "todo bien",
        "respiro bien",
        "no me pica",
        "¿fiebre? no",
        "gracias",
    ],
}


def understood(text: str, language: str, question: Question) -> Understanding:
    return read(text, vocabularies()[language], Asked(question, hours_since_treatment=96))


def complaints(language: str) -> Iterator[tuple[str, set[str], Question]]:
    """Texts of two or three statements, the symptoms that are there, and what was asked."""
    chance = random.Random(f"complaints {language}")  # noqa: S311 - texts to try, no secrets
    for _ in range(EACH):
        parts: list[str] = []
        there: set[str] = set()
        for symptom in chance.sample(sorted(NAMES[language]), chance.choice((2, 2, 3))):
            is_there = chance.random() < 0.5
            there |= {symptom} if is_there else set()
            said = chance.choice((THERE if is_there else GONE)[language]).format(*NAMES[language][symptom])
            parts.append(said if not parts else chance.choice(JOINS[language]) + said)
        yield "".join(parts), there, chance.choice((Question.COMBINED_0_3, Question.FREE))


def dangers(language: str) -> Iterator[tuple[str, Question]]:
    """Texts with one danger somewhere among harmless statements."""
    chance = random.Random(f"dangers {language}")  # noqa: S311 - texts to try, no secrets
    for _ in range(EACH):
        parts = [chance.choice(HARMLESS[language]) for _ in range(chance.choice((1, 2, 3)))]
        parts.insert(chance.randrange(len(parts) + 1), chance.choice(DANGERS[language]))
        text = parts[0] + "".join(chance.choice(JOINS[language]) + part for part in parts[1:])
        yield text, chance.choice((Question.COMBINED_0_3, Question.FREE))


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_symptom_that_is_there_is_settled_as_gone(language: str) -> None:
    wrong = []
    for text, there, question in complaints(language):
        got = understood(text, language, question)
        gone = {one.symptom for one in got.symptoms if one.severity is Severity.NONE}
        wrong += [text] if got.handling is Handling.AUTO and gone & there else []
    assert wrong == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_danger_among_denials_and_all_clears_always_reaches_a_person(language: str) -> None:
    lost = [
        text for text, asked in dangers(language) if understood(text, language, asked).handling is not Handling.HUMAN
    ]
    assert lost == []
