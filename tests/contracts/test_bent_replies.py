"""Replies written another way: no greeting, typo, picture or odd space hides a danger or calms a complaint."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from followup.domain.understanding import Asked, Question, read
from followup.domain.understanding.as_json import reading
from kit.builders import vocabularies
from kit.reply_scores import Judged, handled

SETS = sorted((Path(__file__).parent / "replies").glob("dev_*.jsonl"))
CALM = {"en": " Otherwise all good", "es": " Por lo demás todo bien"}
GREETING = {"en": "Hi there, ", "es": "Hola, "}
THANKS = {"en": " thanks x", "es": " gracias"}
WIDE = str.maketrans("0123456789", "".join(chr(0xFF10 + digit) for digit in range(10)))
Bend = Callable[[str, str], str]


def _full_stop(text: str) -> str:
    return text if text.rstrip()[-1:] in {".", "!", "?"} else f"{text}."


BENDS: dict[str, Bend] = {
    "otherwise all good": lambda text, language: _full_stop(text) + CALM[language],
    "a greeting": lambda text, language: GREETING[language] + text,
    "thanks": lambda text, language: _full_stop(text) + THANKS[language],
    "an emoji": lambda text, _: f"{text} 🙂",
    "upper case": lambda text, _: text.upper(),
    "full-width digits": lambda text, _: text.translate(WIDE),
    "non-breaking spaces": lambda text, _: text.replace(" ", "\N{NO-BREAK SPACE}"),
    "two lines": lambda text, language: f"{GREETING[language]}\n\n{text}\n",
}


def rows(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def read_as(item: dict[str, Any], text: str) -> Judged:
    context = item["context"]
    asked = Asked(
        Question(context["question"]),
        hours_since_treatment=context["hours_since_treatment"],
        media_count=context["media_count"],
    )
    return Judged(item, reading(read(text, vocabularies()[item["lang"]], asked)))


@pytest.mark.parametrize("bend", BENDS)
@pytest.mark.parametrize("file", SETS, ids=lambda file: file.stem)
def test_an_alarm_sign_is_heard_however_the_reply_is_written(file: Path, bend: str) -> None:
    bent = [(item, BENDS[bend](item["text"], item["lang"])) for item in rows(file) if item["reading"]["red_flags"]]
    assert [text for item, text in bent if handled(read_as(item, text).read) != "human"] == []


@pytest.mark.parametrize("bend", BENDS)
@pytest.mark.parametrize("file", SETS, ids=lambda file: file.stem)
def test_a_complaint_is_never_turned_into_an_all_clear(file: Path, bend: str) -> None:
    straight = [read_as(item, item["text"]) for item in rows(file)]
    worries = [row.item for row in straight if row.is_worry()]
    bent = [(item, BENDS[bend](item["text"], item["lang"])) for item in worries]
    assert [text for item, text in bent if read_as(item, text).is_quiet()] == []


@pytest.mark.parametrize("file", SETS, ids=lambda file: file.stem)
def test_a_letter_typed_twice_or_left_out_leaves_no_danger_to_the_service(file: Path) -> None:
    dangers = [item for item in rows(file) if item["reading"]["red_flags"]]
    misspelt = [(item, text) for item in dangers for text in _typos(item["text"])]
    assert [text for item, text in misspelt if handled(read_as(item, text).read) == "auto"] == []


def _typos(text: str) -> Iterator[str]:
    """The longest words misspelt, one at a time, in three ways."""
    words = text.split(" ")
    longest = sorted(range(len(words)), key=lambda place: -len(words[place]))[:3]
    for place in longest:
        word = words[place]
        middle = len(word) // 2
        for other in (
            word[:middle] + word[middle + 1 :],
            word[:middle] + word[middle : middle + 1] + word[middle:],
            word[:middle] + word[middle : middle + 2][::-1] + word[middle + 2 :],
        ):
            yield " ".join([*words[:place], other, *words[place + 1 :]])
