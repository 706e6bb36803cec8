"""Staff read words, not codes."""

from __future__ import annotations

import re
from pathlib import Path

import followup.domain.understanding
from followup.domain.doubts import WORDS, in_words


def test_doubts_are_told_in_words() -> None:
    assert in_words(["not_well", "contradiction:redness", "not_well"]) == (
        "the patient does not feel well, contradicts itself about redness"
    )


def test_a_doubt_nobody_has_worded_is_spelt_out() -> None:
    assert in_words(["brand_new:pain"]) == "brand new pain"


def test_every_doubt_that_the_reader_adds_has_words() -> None:
    folder = Path(followup.domain.understanding.__file__).parent
    added = {
        code for file in folder.glob("*.py") for code in re.findall(r'doubts\.add\("(\w+)"\)', file.read_text("utf-8"))
    }
    assert added
    assert added <= set(WORDS)
