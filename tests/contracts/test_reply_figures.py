"""The developer sets are read as well as patients need it; the bounds are those for texts nobody has seen."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from followup.cli.understand import Reader, understand_lines
from kit.reply_scores import PRESENT, SYMPTOMS, UNMENTIONED, Judged, figures

HERE = Path(__file__).parent
CONFIG = HERE.parents[1] / "config"
AT_LEAST = {
    "red_flag_escalated": (0.995, 0.98),
    "red_flag_recall": (0.95, 0.95),
    "red_flag_precision": (0.95, 0.95),
    "severity_within_one_if_given": (0.97, 0.95),
    "symptom_detection": (0.95, 0.93),
    "trend": (0.8, 0.75),
    "intent": (0.9, 0.88),
    "opt_out_recall": (1.0, 1.0),
    "coverage": (0.85, 0.85),
    "auto_exact": (0.93, 0.92),
}
ON_UNSEEN = {
    "red_flag_escalated": (0.995, 0.98),
    "red_flag_recall": (0.9, 0.85),
    "opt_out_recall": (1.0, 1.0),
    "coverage": (0.85, 0.85),
    "auto_exact": (0.93, 0.92),
}
"""For practice texts: half of each set was worked with, half held back while words and rules were written."""
PRACTICE = [(place, half, language) for place, language in enumerate(("en", "es")) for half in ("worked", "held")]
OPEN = "other-symptoms-open"
AT_MOST = {"hard_negative_false_alarm": (0.1, 0.1), "false_all_clear": (0.005, 0.01)}


def judged(name: str) -> list[Judged]:
    """Each labelled reply of a set beside its reading."""
    lines = (HERE / "replies" / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    answers = understand_lines(lines, Reader(CONFIG))
    return [Judged(opened(json.loads(line)), answer["reading"]) for line, answer in zip(lines, answers, strict=True)]


def opened(item: dict[str, Any]) -> dict[str, Any]:
    """An item that is labelled for signs, wishes and handling only: any reading of its other symptoms will do."""
    if OPEN in item["tags"]:
        for symptom in set(SYMPTOMS) - set(item["reading"]["symptoms"]):
            item["must_be"].append({"field": f"{symptom}.severity", "any_of": [*PRESENT, "none", UNMENTIONED]})
            item["must_be"].append({"field": f"{symptom}.trend", "any_of": ["better", "same", "worse", UNMENTIONED]})
    return item


@pytest.mark.parametrize(("place", "half", "language"), PRACTICE)
def test_practice_texts_are_read_as_safely_as_the_developer_sets(place: int, half: str, language: str) -> None:
    got = figures(judged(f"practice_{half}_{language}"))
    short = {name: got[name] for name, bounds in ON_UNSEEN.items() if got[name] < bounds[place]}
    much = {name: got[name] for name, bounds in AT_MOST.items() if got[name] > bounds[place]}
    assert (short, much) == ({}, {})


@pytest.mark.parametrize(("place", "language"), [(0, "en"), (1, "es")])
def test_every_figure_of_a_language_holds_its_bound(place: int, language: str) -> None:
    got = figures(judged(f"dev_{language}"))
    short = {name: got[name] for name, bounds in AT_LEAST.items() if got[name] < bounds[place]}
    much = {name: got[name] for name, bounds in AT_MOST.items() if got[name] > bounds[place]}
    assert (short, much) == ({}, {})


def test_a_reader_that_says_nothing_fails_every_bound_that_matters() -> None:
    nothing = {"symptoms": {}, "red_flags": [], "intents": [], "needs_human": False, "clarify": False}
    got = figures([Judged(row.item, nothing) for row in judged("dev_es")])
    assert got["red_flag_escalated"] == got["red_flag_recall"] == got["opt_out_recall"] == 0
    assert got["false_all_clear"] == 1


def test_a_reader_that_alarms_at_everything_fails_too() -> None:
    rows = judged("dev_es")
    got = figures([Judged(row.item, {**row.read, "red_flags": ["fever_chills"]}) for row in rows])
    assert got["hard_negative_false_alarm"] == 1
    assert got["coverage"] == 0
    assert got["red_flag_precision"] < AT_LEAST["red_flag_precision"][1]
