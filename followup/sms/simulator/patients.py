"""Patients who answer by a script: pure functions, so that a seed always tells the same story.

In each tuple of answers the first is the plain one, digits as asked; it is also what the patient types when our text
says that the first answer was not understood.
"""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

Answers = tuple[str, ...]

# The wording of templates/sms. Every question there offers 0 for "no", and nothing else we send does.
ASKS = re.compile(r"\b0 (if|for|no|si)\b", re.IGNORECASE)
ASKS_LATE = re.compile(r"\b(lump|bulto)\b", re.IGNORECASE)
ASKS_AGAIN = re.compile(r"not understood|no lo entendimos", re.IGNORECASE)
REMINDS = re.compile(r"no reply yet|sin respuesta", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Answer:
    """What the patient types, how much later, and with how many photos."""

    text: str
    after: timedelta
    media: int = 0


@dataclass(frozen=True, slots=True)
class Persona:
    """One kind of patient: what they type about their skin from which day on, and what after four weeks.

    An empty tuple is silence. overlooks: only a reminder gets an answer.
    """

    skin: Mapping[int, Answers]
    late: Answers = ("0", "no", "0 thanks", "None")
    language: str = "en"
    quickest: timedelta = timedelta(minutes=4)
    slowest: timedelta = timedelta(minutes=90)
    overlooks: bool = False
    photos: int = 0


PERSONAS: Mapping[str, Persona] = MappingProxyType(
    {
        "well": Persona(
            skin={
                0: ("1 0", "0 0", "0", "mild redness, no swelling", "1 1", "a little red, no swelling"),
                3: ("0", "0 0", "no redness, no swelling", "none"),
            }
        ),
        "slow": Persona(  # redness lingers past the expected 48 hours
            skin={
                0: ("2 1", "2 2", "moderate redness and mild swelling"),
                3: ("2 0", "1 0", "still moderate redness, no swelling"),
                7: ("0", "0 0"),
            }
        ),
        "worsening": Persona(
            skin={
                0: ("1 1", "mild redness, mild swelling"),
                3: ("2 3", "the swelling is getting worse, 2 3", "worse than before, severe swelling"),
                7: ("3 3", "severe redness and severe swelling, much worse"),
            },
            slowest=timedelta(minutes=30),
        ),
        "frightened": Persona(
            skin={
                0: (
                    "1 3",
                    "my lips are swollen and I can't breathe properly",
                    "one cheek has gone white and blotchy and it hurts a lot",
                    "I can't see properly out of my left eye",
                    "there is pus coming out and I have a fever",
                ),
                3: ("1 1", "a bit better now, mild redness, mild swelling"),
                7: ("0",),
            },
            quickest=timedelta(minutes=1),
            slowest=timedelta(minutes=10),
            photos=1,
        ),
        "silent": Persona(skin={0: ()}, late=()),
        "forgetful": Persona(skin={0: ("1 0", "1 1", "mild redness"), 3: ("0", "none")}, overlooks=True),
        "wrong number": Persona(
            skin={0: ("wrong number", "Who is this?", "you have the wrong person, I never had a treatment")},
            late=("wrong number",),
        ),
        "stop": Persona(skin={0: ("STOP", "stop", "Stop")}, late=("STOP",)),
        "polite stop": Persona(
            skin={0: ("0 0", "1 0"), 3: ("please don't text me any more", "no more texts please")}, late=("0",)
        ),
        "spanish": Persona(
            skin={
                0: ("1 0", "0 0", "un poco roja, sin hinchazón", "rojez leve, nada de hinchazón"),
                3: ("0", "0 0", "nada", "ninguna"),
            },
            late=("0", "no", "no, nada"),
            language="es",
        ),
        "chatty": Persona(
            skin={
                0: (
                    "1 1",
                    "Hiya!! thx for asking :) tiny bit of rednes and its a bit puffy but im not worried xx",
                    "ooh hello, bit pink still, swelllng is going down nicly, lovely staff btw!",
                ),
                3: ("0", "all gone now thank u so much!!", "Nothing to report, no rednes no swelling :)"),
            },
            late=("0", "nope all good thanks x"),
        ),
        "late lump": Persona(
            skin={0: ("1 0", "1 1"), 3: ("0", "0 0")},
            late=("1", "there's a new hard lump on my left cheek", "1 - a small lump, sore when I press it"),
        ),
    }
)


def answer(persona: Persona, text: str, day: int, seed: int) -> Answer | None:
    """What this patient types to this text of ours, `day` days after treatment; None for nothing."""
    if not ASKS.search(text) or (persona.overlooks and not (REMINDS.search(text) or ASKS_AGAIN.search(text))):
        return None
    answers = persona.late if ASKS_LATE.search(text) else _on_day(persona.skin, day)
    if not answers:
        return None
    chance = zlib.crc32(f"{seed}/{day}/{text}".encode())
    words = answers[0] if ASKS_AGAIN.search(text) else answers[chance % len(answers)]
    is_plain = words == answers[0]
    return Answer(words, _pause(persona, chance), 0 if is_plain else persona.photos)


def _on_day(skin: Mapping[int, Answers], day: int) -> Answers:
    return skin[max(first for first in skin if first <= max(day, 0))]


def _pause(persona: Persona, chance: int) -> timedelta:
    thousandths = chance // 7 % 1000
    return persona.quickest + (persona.slowest - persona.quickest) * thousandths / 1000
