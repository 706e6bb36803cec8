"""Each language, found by its folder: its words are whole, its examples hold, and the developer set stays read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from followup.catalogue.problems import Problems
from followup.catalogue.vocabularies import read_vocabularies, run_examples
from followup.cli.understand import Reader, understand, understand_lines

HERE = Path(__file__).parent
CONFIG = HERE.parents[1] / "config"
LANGUAGES = sorted(folder.name for folder in (CONFIG / "vocabulary").iterdir() if folder.is_dir())
REPLY_SETS = sorted((HERE / "replies").glob("dev_*.jsonl"))
PRESENT = {"mild", "moderate", "severe", "present-unspecified"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_language_names_every_symptom_and_every_alarm_sign_and_reads_its_own_examples(language: str) -> None:
    problems = Problems()
    vocabularies = read_vocabularies(CONFIG / "vocabulary", problems, [language])
    assert problems.found == []
    assert run_examples(vocabularies, CONFIG / "vocabulary") == []


def judged(file: Path) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Each labelled reply of a set beside its reading."""
    lines = file.read_text(encoding="utf-8").splitlines()
    gold = [json.loads(line) for line in lines]
    read = understand_lines(lines, Reader(CONFIG))
    return [(item, answer["reading"]) for item, answer in zip(gold, read, strict=True)]


def is_a_worry(item: dict[str, Any]) -> bool:
    """Whether a careful nurse would want to know: an alarm sign, a complaint, a change for the worse."""
    reading = item["reading"]
    loose = {rule["field"] for rule in item["must_be"] if PRESENT.isdisjoint(rule.get("any_of", PRESENT))}
    loose |= {rule["field"] for rule in item["must_be"] if {"none", "unmentioned"} & set(rule.get("any_of", ()))}
    complaints = (
        one["severity"] in PRESENT and f"{name}.severity" not in loose
        for name, one in reading["symptoms"].items()
        if name != "other"
    )
    return bool(reading["red_flags"]) or any(complaints)


def is_quiet(reading: dict[str, Any]) -> bool:
    """Whether nobody would hear of it: no person, no question back, nothing recorded as there."""
    severities = {one["severity"] for one in reading["symptoms"].values()}
    trends = {one["trend"] for one in reading["symptoms"].values()}
    by_itself = not (reading["needs_human"] or reading["clarify"] or reading["red_flags"])
    return by_itself and severities.isdisjoint(PRESENT) and "worse" not in trends


@pytest.mark.parametrize("file", REPLY_SETS, ids=lambda file: file.stem)
def test_every_danger_of_the_developer_set_reaches_a_person(file: Path) -> None:
    missed = [
        item["text"]
        for item, reading in judged(file)
        if item["reading"]["red_flags"] and not (reading["needs_human"] or reading["red_flags"])
    ]
    assert missed == []


@pytest.mark.parametrize("file", REPLY_SETS, ids=lambda file: file.stem)
def test_no_worry_of_the_developer_set_is_read_as_an_all_clear_or_as_nothing(file: Path) -> None:
    assert [item["text"] for item, reading in judged(file) if is_a_worry(item) and is_quiet(reading)] == []


@pytest.mark.parametrize("file", REPLY_SETS, ids=lambda file: file.stem)
def test_nine_dangers_of_ten_are_named_and_few_harmless_texts_alarm(file: Path) -> None:
    rows = judged(file)
    dangers = [reading for item, reading in rows if item["reading"]["red_flags"]]
    harmless = [reading for item, reading in rows if "hard-negative" in item["tags"]]
    assert sum(bool(reading["red_flags"]) for reading in dangers) >= 0.9 * len(dangers)
    assert sum(bool(reading["red_flags"]) for reading in harmless) <= 0.1 * len(harmless)


def test_a_single_reply_is_explained_with_words_and_rules() -> None:
    got = understand("bit red, no swelling", hours=24, config=CONFIG)
    assert got["handling"] == "auto"
    assert got["symptoms"][0] == {
        "symptom": "redness",
        "severity": "mild",
        "trend": "unmentioned",
        "because": [{"words": "bit red", "rule": "degree", "start": 0, "end": 7}],
    }


def test_an_unknown_language_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match='no vocabulary for "eng", did you mean "en"'):
        understand("all good", language="eng", config=CONFIG)
