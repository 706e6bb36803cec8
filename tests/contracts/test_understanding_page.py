"""The page for nurses tells the truth: each of its replies is handled as it says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from followup.domain.understanding import Asked, Question, read
from kit.understood import vocabulary

PAGE = Path(__file__).parents[2] / "docs" / "understanding.md"
ROWS = re.findall(r"^\| `(.+?)` \| .+ \| (auto|clarify|human) \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
SPANISH = {"roja todavía pero menos", "un poco hinchada y no me duele", "me falta el aire"}


def test_the_page_has_examples_of_each_kind() -> None:
    assert {handling for _, handling in ROWS} == {"auto", "clarify", "human"}
    assert {text for text, _ in ROWS} > SPANISH


@pytest.mark.parametrize(("text", "handling"), ROWS)
def test_a_reply_on_the_page_is_handled_as_it_says(text: str, handling: str) -> None:
    language = "es" if text in SPANISH else "en"
    asked = Asked(Question.COMBINED_0_3, hours_since_treatment=24)
    assert read(text, vocabulary(language), asked).handling == handling
