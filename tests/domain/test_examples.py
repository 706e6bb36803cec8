"""A protocol's worked examples are judged by the same rules as patients' replies."""

from __future__ import annotations

import pytest

from followup.domain.examples import flags_raised
from followup.domain.protocol import Example
from followup.domain.understanding.values import Question
from kit.builders import DAY, HOUR, a_protocol, vocabularies

MINUTE = HOUR / 60


@pytest.mark.parametrize(
    ("at", "reply", "flags"),
    [
        (24 * HOUR, "2 1", ()),
        (48 * HOUR, "1 0", ()),
        (48 * HOUR + MINUTE, "1 0", ("persisting: redness",)),
        (72 * HOUR, "2 2", ("persisting: redness", "persisting: swelling")),
        (24 * HOUR, "3 0", ("severe: redness",)),
        (72 * HOUR, "0", ()),
        (24 * HOUR, "I can't breathe", ("alarm_sign: breathing_difficulty",)),
        (24 * HOUR, "call me", ("asked_for_contact",)),
        (24 * HOUR, "qwxz vbnm", ("unclear",)),
    ],
)
def test_an_example_raises_the_flags_a_first_reply_would(at: object, reply: str, flags: tuple[str, ...]) -> None:
    example = Example(at, reply, flags)  # type: ignore[arg-type] # a length of time
    assert flags_raised(a_protocol(), example, vocabularies()["en"]) == flags


@pytest.mark.parametrize(("reply", "flags"), [("0", ()), ("1", ("alarm_sign: nodules_lumps",))])
def test_the_question_of_weeks_later_has_its_own_digits(reply: str, flags: tuple[str, ...]) -> None:
    example = Example(28 * DAY, reply, flags, question=Question.LATE_0_1)
    assert flags_raised(a_protocol(), example, vocabularies()["en"]) == flags


def test_what_a_protocol_calls_harmless_raises_nothing() -> None:
    protocol = a_protocol(harmless_signs=frozenset({"breathing_difficulty"}))
    example = Example(24 * HOUR, "I can't breathe", ())
    assert "alarm_sign: breathing_difficulty" not in flags_raised(protocol, example, vocabularies()["en"])
