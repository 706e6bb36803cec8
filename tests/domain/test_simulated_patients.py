"""Scripted patients: the same seed tells the same story."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from followup.sms.simulator.patients import PERSONAS, answer

ASK = (
    "Glow Clinic: redness/colour change and swelling now? 0 if neither, or two digits in order: 0 no 1 mild 2 moderate"
)
REMIND = "Glow Clinic: no reply yet. redness and swelling now? 0 if neither, or two digits in order: 0 no 1 mild"
CLARIFY = "Glow Clinic: sorry, not understood. redness? 0 if none, or one digit in order: 0 no 1 mild 2 moderate"
LATE = "Glow Clinic: any NEW lump, sore or skin colour change where treated? Reply 0 for none, 1 if there is."
TEMPLATES = Path(__file__).parents[2] / "templates" / "sms"
QUESTIONS = frozenset({"ask", "ask_late", "ask_rest", "clarify", "clarify_late", "remind", "remind_late"})
EVERYBODY = sorted(PERSONAS)


def everything(name: str, text: str, day: int) -> set[str]:
    said = (answer(PERSONAS[name], text, day, seed) for seed in range(200))
    return {one.text for one in said if one is not None}


@pytest.mark.parametrize("name", EVERYBODY)
def test_the_same_seed_says_the_same(name: str) -> None:
    for day in (1, 3, 7, 28):
        assert answer(PERSONAS[name], ASK, day, 7) == answer(PERSONAS[name], ASK, day, 7)


@pytest.mark.parametrize("path", sorted(TEMPLATES.glob("*/*.txt")), ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_patients_answer_questions_and_nothing_else(path: Path) -> None:
    text = path.read_text().replace("{none}", "neither").replace("{clinic}", "Glow").replace("{phone}", "+442079460000")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    assert (answer(PERSONAS["well"], lines[0], 1, 1) is not None) is (path.stem in QUESTIONS)


@pytest.mark.parametrize("name", EVERYBODY)
def test_nobody_answers_at_once_or_after_the_reminder_was_due(name: str) -> None:
    for seed in range(100):
        said = answer(PERSONAS[name], REMIND, 1, seed)
        assert said is None or timedelta(minutes=1) <= said.after < timedelta(hours=3)


def test_silence_is_silence() -> None:
    assert all(everything("silent", text, day) == set() for text in (ASK, REMIND, LATE) for day in (1, 3, 28))


def test_the_forgetful_answer_only_a_reminder() -> None:
    assert everything("forgetful", ASK, 1) == set()
    assert everything("forgetful", REMIND, 1) != set()


def test_slow_redness_is_still_there_on_day_three_and_gone_after_a_week() -> None:
    assert {"2 0", "1 0"} <= everything("slow", ASK, 3)
    assert everything("slow", ASK, 7) <= {"0", "0 0"}


def test_the_frightened_use_their_own_words_and_may_send_a_photo() -> None:
    said = [answer(PERSONAS["frightened"], ASK, 1, seed) for seed in range(50)]
    assert any(one and "breathe" in one.text for one in said)
    assert any(one and one.media for one in said)


def test_a_lump_comes_only_after_four_weeks() -> None:
    assert "1" in everything("late lump", LATE, 28)
    assert not any("lump" in words for day in (1, 3, 7) for words in everything("late lump", ASK, day))


def test_digits_and_words_are_mixed() -> None:
    said = everything("well", ASK, 1)
    assert any(words[0].isdigit() for words in said)
    assert any(words[0].isalpha() for words in said)


def test_not_understood_is_answered_with_digits() -> None:
    assert everything("chatty", CLARIFY, 1) == {"1 1"}


def test_the_spanish_write_spanish() -> None:
    assert PERSONAS["spanish"].language == "es"
    assert any("hinchazón" in words for words in everything("spanish", "¿piel roja? 0 si ninguna", 1))
