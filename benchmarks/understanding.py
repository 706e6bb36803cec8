"""How long a reply takes to be understood.

    .venv/bin/python benchmarks/understanding.py

Reads the developer sets ten times over and prints, for each language, how long its words take to load and to be made
ready, the median and the 99th percentile of one reply, and a text of 10,000 characters. Processor time, so that what
else runs on the machine counts for little.
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
    """How long each text takes, sorted."""
    asked = Asked(Question.COMBINED_0_3, hours_since_treatment=24)
    found = []
    for text in texts:
        began = time.process_time()
        read(text, vocabulary, asked)
        found.append(milliseconds(began))
    return sorted(found)


def report(language: str) -> str:
    """One language's figures in a line."""
    lines = (SETS / f"dev_{language}.jsonl").read_text(encoding="utf-8").splitlines()
    texts = [json.loads(line)["text"] for line in lines]
    vocabulary, loaded, prepared = load(language)
    spent(texts, vocabulary)
    each = spent(texts * TIMES, vocabulary)
    long = spent([(" ".join(texts) * 10)[:LONG]] * 3, vocabulary)[0]
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
