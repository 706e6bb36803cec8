"""Texts nobody would write, read for as long as you like: what must hold of every text is checked on each.

    .venv/bin/python benchmarks/fuzz_reading.py --minutes 60 --seed 1

Never a crash; the same reading twice; every part's words stand in the text where it says they do; time that grows no
faster than the text; an alarm sign never hidden by harmless words around it, a typing mistake or another dress of the
same letters; a complaint never turned into an all-clear. Prints what did not hold and how many texts were read; the
exit code is 1 if anything failed. The same seed gives the same texts.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from followup.catalogue.problems import Problems
from followup.catalogue.vocabularies import read_vocabularies
from followup.domain.understanding import Asked, Handling, Question, Severity, Trend, read

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from followup.domain.understanding import Span, Understanding
    from followup.domain.vocabulary import Vocabulary

ROOT = Path(__file__).parents[1]
SETS = ROOT / "tests" / "contracts" / "replies"
HARMLESS = {
    "en": [
        "hi there",
        "otherwise all good",
        "thanks x",
        "hope you are well",
        "sorry for the late reply",
        "1 0",
        "lovely day",
    ],
    "es": [
        "hola",
        "por lo demás todo bien",
        "gracias",
        "espero que estéis bien",
        "perdón por la tardanza",
        "1 0",
        "buen día",
    ],
}
ALIKE = {"a": "а", "e": "е", "o": "о", "i": "і", "c": "с", "p": "р", "x": "х", "y": "у"}  # noqa: RUF001 - that is the point
BIDI = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200f\u200e"
UNSEEN = "\u200b\u200c\u200d\u2060\ufeff\u00ad"
MARKS = "\u0300\u0301\u0302\u0303\u0308\u0327\u0336\u20e3\ufe0f"
ASTRAL = (0x1F300, 0x1FAFF)
HIGHEST = 0x10FFFF
SURROGATES = range(0xD800, 0xE000)
MILLI = 1000
MOST_PER_CHARACTER = 0.02
"""Milliseconds of processor time; ten thousand characters take 30 to 50 ms."""
FREE_OF_CHARGE = 25.0
"""Milliseconds any text may take."""
MOST_SHOWN = 200


@dataclass(slots=True)
class Findings:
    """What did not hold, by what it was, with a few texts each."""

    counts: Counter[str] = field(default_factory=Counter)
    shown: dict[str, list[str]] = field(default_factory=dict)
    read: int = 0
    slowest: float = 0.0

    def add(self, what: str, text: str, of: str = "") -> None:
        """One text for which it did not hold; `of` is the text it was made from."""
        self.counts[what] += 1
        texts = self.shown.setdefault(what, [])
        if len(texts) < MOST_SHOWN:
            texts.append(f"{text!r} of {of!r}" if of else repr(text))


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads texts and checks what holds of each by itself."""

    vocabularies: Mapping[str, Vocabulary]
    findings: Findings

    def read(self, text: str, language: str, asked: Asked) -> Understanding | None:
        """The understanding, or None if it crashed."""
        began = time.process_time()
        try:
            got = read(text, self.vocabularies[language], asked)
        except Exception as error:  # noqa: BLE001 - every crash is a finding
            self.findings.add(f"crash: {type(error).__name__}: {error}", text)
            return None
        took = (time.process_time() - began) * MILLI
        self.findings.read += 1
        self.findings.slowest = max(self.findings.slowest, took)
        if took > FREE_OF_CHARGE + MOST_PER_CHARACTER * len(text):
            self._time_again(text, language, asked)
        for span in _spans(got):
            if text[span.start : span.end] != span.words:
                self.findings.add("words that do not stand where it says", text)
        return got

    def _time_again(self, text: str, language: str, asked: Asked) -> None:
        """Slow once may be the machine's doing: three times is the reader's."""
        took = []
        for _ in range(3):
            began = time.process_time()
            read(text, self.vocabularies[language], asked)
            took.append((time.process_time() - began) * MILLI)
        if min(took) > FREE_OF_CHARGE + MOST_PER_CHARACTER * len(text):
            self.findings.add("slower than its length allows", text[:300])


def _spans(got: Understanding) -> Iterator[Span]:
    heard = (
        [one.spans for one in got.symptoms]
        + [one.spans for one in got.alarm_signs]
        + [one.spans for one in got.intents]
    )
    yield from (span for spans in (*heard, got.unread) for span in spans if span.words)


def is_quiet(got: Understanding) -> bool:
    """Whether nobody would hear of it: handled alone, and nothing recorded as there or worse."""
    present = any(one.severity not in {None, Severity.NONE} for one in got.symptoms)
    return got.handling is Handling.AUTO and not present and not any(one.trend is Trend.WORSE for one in got.symptoms)


def any_letters(chance: random.Random) -> str:
    """A row of characters from all of Unicode."""
    kinds: list[Callable[[], str]] = [
        lambda: chr(chance.randrange(32, 127)),
        lambda: chr(chance.randrange(HIGHEST + 1)),
        lambda: chance.choice(BIDI + UNSEEN + MARKS),
        lambda: chr(chance.randrange(*ASTRAL)),
        lambda: chr(chance.choice(SURROGATES)),
        lambda: chance.choice("0123456789/.,-:+ \n\t"),
    ]
    return "".join(chance.choice(kinds)() for _ in range(chance.randrange(80)))


def giant(chance: random.Random, words: Sequence[str]) -> str:
    """Words without end: one letter, one word or one mark over and over."""
    unit = chance.choice(
        [chance.choice(words), chance.choice("aeR0.'-\u0301"), chance.choice(words) + ",", "a'" * 3, "no "]
    )
    return (unit + chance.choice(["", " ", ".", "\n"])) * chance.randrange(1, 4000)


def spliced(chance: random.Random, texts: Sequence[str]) -> str:
    """Two texts cut anywhere and put together, with words dropped, doubled and moved."""
    one, other = chance.choice(texts), chance.choice(texts)
    words = (one[: chance.randrange(len(one) + 1)] + " " + other[chance.randrange(len(other) + 1) :]).split()
    for _ in range(chance.randrange(4)):
        if not words:
            break
        place = chance.randrange(len(words))
        words[place : place + 1] = chance.choice([[], [words[place]] * 2, [chance.choice(words), words[place]]])
    return " ".join(words)


def dressed(chance: random.Random, text: str) -> str:
    """The same letters another way: nothing a person would see as another text."""
    ways: list[Callable[[str], str]] = [
        str.upper,
        lambda said: said.replace(" ", chance.choice(["\u00a0", "  ", "\u2003", "\u202f"])),
        lambda said: "".join(chr(ord(one) + 0xFEE0) if "!" <= one <= "~" else one for one in said),
        lambda said: _sprinkled(chance, said, UNSEEN),
        lambda said: _sprinkled(chance, said, BIDI),
        lambda said: said.replace("'", chance.choice("\u2018\u2019\u02bc`")),
        lambda said: f"\n\n{said}\n",
        lambda said: f"{said} {chr(chance.randrange(0x1F600, 0x1F640))}",
    ]
    return chance.choice(ways)(text)


def surrounded(chance: random.Random, text: str, language: str) -> str:
    """The text with a harmless sentence before or after it."""
    said = chance.choice(HARMLESS[language])
    return f"{said}. {text}" if chance.random() < 0.5 else f"{text.rstrip()}. {said}"


def mistyped(chance: random.Random, text: str) -> str:
    """One letter of one longer word left out, doubled, swapped or replaced by one that looks the same."""
    words = text.split(" ")
    long = [place for place, word in enumerate(words) if len(word) > 5]
    if not long:
        return text
    place = chance.choice(long)
    word = words[place]
    at = chance.randrange(1, len(word) - 1)
    words[place] = chance.choice(
        [
            word[:at] + word[at + 1 :],
            word[:at] + word[at] + word[at:],
            word[: at - 1] + word[at] + word[at - 1] + word[at + 1 :],
            word[:at] + ALIKE.get(word[at], word[at]) + word[at + 1 :],
        ]
    )
    return " ".join(words)


def _sprinkled(chance: random.Random, text: str, marks: str) -> str:
    place = chance.randrange(len(text) + 1)
    return text[:place] + chance.choice(marks) + text[place:]


@dataclass(frozen=True, slots=True)
class Fuzz:
    """One language's labelled replies, and the texts made from them."""

    reader: Reader
    language: str
    items: Sequence[Mapping[str, Any]]

    def round(self, chance: random.Random) -> None:
        """One text of each kind."""
        texts = [str(item["text"]) for item in self.items]
        asked = self._asked(chance.choice(self.items))
        for text in (any_letters(chance), spliced(chance, texts), _sprinkled(chance, spliced(chance, texts), MARKS)):
            self.reader.read(text, self.language, asked)
        if chance.random() < 0.02:
            self.reader.read(giant(chance, chance.choice(texts).split() or ["a"]), self.language, asked)
        self._same_twice(spliced(chance, texts), asked)
        self._bent(chance, chance.choice(self.items))

    def _asked(self, item: Mapping[str, Any]) -> Asked:
        context = item["context"]
        return Asked(Question(context["question"]), hours_since_treatment=context["hours_since_treatment"])

    def _same_twice(self, text: str, asked: Asked) -> None:
        first, second = (self.reader.read(text, self.language, asked) for _ in range(2))
        if first != second:
            self.reader.findings.add("two readings of one text", text)

    def _bent(self, chance: random.Random, item: Mapping[str, Any]) -> None:
        """A danger or a complaint as labelled, bent: it must stay with a person, it must not become quiet."""
        text, asked = str(item["text"]), self._asked(item)
        straight = self.reader.read(text, self.language, asked)
        if straight is None:
            return
        kinds = {
            "dressed": dressed(chance, text),
            "surrounded": surrounded(chance, text, self.language),
            "mistyped": mistyped(chance, text),
        }
        for kind, bent in kinds.items():
            got = self.reader.read(bent, self.language, asked)
            if got is None:
                continue
            if straight.live_signs and got.handling is Handling.AUTO:
                self.reader.findings.add(f"alarm sign hidden when {kind}", bent, text)
            if straight.live_signs and kind != "mistyped" and not got.alarm_signs:
                self.reader.findings.add(f"alarm sign no longer named when {kind}", bent, text)
            if _complains(straight) and is_quiet(got):
                self.reader.findings.add(f"complaint made quiet when {kind}", bent, text)


def _complains(got: Understanding) -> bool:
    is_there = any(one.severity not in {None, Severity.NONE} for one in got.symptoms)
    return bool(got.live_signs) or is_there or any(one.trend is Trend.WORSE for one in got.symptoms)


def load(findings: Findings) -> list[Fuzz]:
    """Every language that has a labelled set."""
    files: dict[str, list[Path]] = {}
    for file in sorted(SETS.glob("*.jsonl")):
        files.setdefault(file.stem.rsplit("_", 1)[-1], []).append(file)
    vocabularies = read_vocabularies(ROOT / "config" / "vocabulary", Problems(), list(files))
    reader = Reader(vocabularies, findings)
    return [
        Fuzz(reader, language, [json.loads(line) for file in some for line in file.read_text("utf-8").splitlines()])
        for language, some in files.items()
    ]


def main() -> int:
    """Fuzz for so many minutes; 1 if anything did not hold."""
    parser = argparse.ArgumentParser(
        description="Read random and bent replies and check what must hold of all of them."
    )
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    findings = Findings()
    chance = random.Random(given.seed)  # noqa: S311 - texts to try, no secrets
    languages = load(findings)
    until = time.monotonic() + given.minutes * 60
    while time.monotonic() < until:
        for language in languages:
            language.round(chance)
    sys.stdout.write(
        f"{findings.read:,} texts read with seed {given.seed}; the slowest took {findings.slowest:.0f} ms\n"
    )
    for what, count in findings.counts.most_common():
        sys.stdout.write(f"{count} x {what}\n")
        sys.stdout.writelines(f"    {text}\n" for text in findings.shown[what])
    return 1 if findings.counts else 0


if __name__ == "__main__":
    sys.exit(main())
