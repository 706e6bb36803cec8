"""How long a reply takes to be understood.

    .venv/bin/python benchmarks/understanding.py

Reads each reply of the developer sets ten times and keeps its shortest time, so that what else runs on the machine
counts for little; prints, for each language, how long its words take to load and to be made ready, the median and the
99th percentile of the replies, and a text of 10,000 characters. Processor time.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from followup.catalogue.problems import Problems
from followup.catalogue.vocabularies import read_vocabularies
from followup.domain.understanding import Asked, Question, read

if TYPE_CHECKING:
    from collections.abc import Sequence

    from followup.domain.vocabulary import Vocabulary

ROOT = Path(__file__).parents[1]
SETS = ROOT / "tests" / "contracts" / "replies"
TIMES = 10
LONG = 10_000
MILLI = 1000


def milliseconds(began: float) -> float:
    """Processor time since then."""
    return (time.process_time() - began) * MILLI


def load(language: str) -> tuple[Vocabulary, float, float]:
    """The words of a language, how long they take to load, and then to be made ready for misspellings."""
    began = time.process_time()
    vocabulary = read_vocabularies(ROOT / "config" / "vocabulary", Problems(), [language])[language]
    loaded = milliseconds(began)
    began = time.process_time()
    vocabulary.spellings.prepare()
    return vocabulary, loaded, milliseconds(began)


def spent(texts: Sequence[str], vocabulary: Vocabulary) -> list[float]:
    """How long each text takes at best, sorted."""
    asked = Asked(Question.COMBINED_0_3, hours_since_treatment=24)
    return sorted(min(once(text, vocabulary, asked) for _ in range(TIMES)) for text in texts)


def once(text: str, vocabulary: Vocabulary, asked: Asked) -> float:
    """How long it takes to read a text."""
    began = time.process_time()
    read(text, vocabulary, asked)
    return milliseconds(began)


def report(language: str) -> str:
    """One language's figures in a line."""
    lines = (SETS / f"dev_{language}.jsonl").read_text(encoding="utf-8").splitlines()
    texts = [json.loads(line)["text"] for line in lines]
    vocabulary, loaded, prepared = load(language)
    each = spent(texts, vocabulary)
    long = spent([(" ".join(texts) * 10)[:LONG]], vocabulary)[0]
    p50, p99 = each[len(each) // 2], each[len(each) * 99 // 100]
    return (
        f"{language}: load {loaded:.0f} ms, prepare {prepared:.0f} ms; {len(each)} replies: "
        f"p50 {p50:.2f} ms, p99 {p99:.2f} ms, most {each[-1]:.2f} ms; {LONG:,} characters {long:.1f} ms"
    )


def main() -> None:
    """Every language that has a developer set."""
    for file in sorted(SETS.glob("dev_*.jsonl")):
        sys.stdout.write(report(file.stem.removeprefix("dev_")) + "\n")


if __name__ == "__main__":
    main()
