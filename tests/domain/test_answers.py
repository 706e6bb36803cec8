"""What is said back: one text, by what matters most, and a promise that is kept in opening hours."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time

import pytest

from followup.domain.answers import promise
from followup.domain.clinic import Hours
from followup.domain.conversation import on_reply
from followup.domain.flag import Reason
from followup.domain.message import Kind
from followup.domain.triage import without_words
from followup.domain.understanding.values import Urgency
from kit.builders import (
    HOUR,
    LONDON,
    a_clinic,
    a_patient,
    a_reply,
    after,
    an_episode,
    circumstances,
    queued,
    vocabularies,
    with_asked,
)

ASKED = with_asked(an_episode(), "day-1")
BREATHLESS = "I can't breathe"
OFFICE = Hours(dict.fromkeys(range(5), (time(9), time(18))))


def said(text: str, *sent: tuple[Kind, datetime], hours: float = 25, language: str | None = None) -> list[str]:
    around = circumstances(sent=sent, patient=a_patient(language=language))
    decision = on_reply(ASKED, around, a_reply(text, after(hours)), vocabularies(), after(hours))
    return [message.kind.value for message in queued(decision)]


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("0", ["thanks"]),
        ("3 0", ["flagged"]),
        ("call me", ["flagged"]),
        ("HELP", ["safety"]),
        (BREATHLESS, ["safety"]),
        (f"3 0 {BREATHLESS}", ["safety"]),
        ("redness 1", ["ask_rest"]),
        ("redness 3", ["flagged"]),
        ("1", ["clarify"]),
        ("thanks", []),
        ("wrong number", []),
        ("STOP", []),
        ("START", []),
    ],
)
def test_one_text_by_what_matters_most(text: str, kinds: list[str]) -> None:
    assert said(text) == kinds


def test_a_second_safety_text_within_a_quarter_of_an_hour_says_nothing_new() -> None:
    assert said(BREATHLESS, (Kind.SAFETY, after(24.9))) == []
    assert said(BREATHLESS, (Kind.SAFETY, after(24.7))) == ["safety"]


def test_the_safety_text_goes_though_other_answers_were_many() -> None:
    assert said(BREATHLESS, *[(Kind.THANKS, after(24))] * 6) == ["safety"]
    assert said("0", *[(Kind.THANKS, after(24))] * 6) == []


def test_even_the_safety_text_goes_only_a_few_times_a_day() -> None:
    assert said(BREATHLESS, *[(Kind.SAFETY, after(20))] * 4) == []


def test_check_ins_and_reminders_are_no_answers_and_silence_nobody() -> None:
    assert said("0", *[(Kind.ASK, after(24))] * 9) == ["thanks"]


def test_each_answer_names_the_reply_it_answers_so_that_a_repeat_meets_the_same_text() -> None:
    decisions = [
        on_reply(ASKED, circumstances(), a_reply("0", after(25)), vocabularies(), after(at)) for at in (25, 26)
    ]
    assert len({queued(decision)[0].id for decision in decisions}) == 1


def test_a_patient_is_answered_in_their_language() -> None:
    around = circumstances(patient=a_patient(language="es-MX"))
    [text] = queued(on_reply(ASKED, around, a_reply("0", after(25)), vocabularies(), after(25)))
    assert "gracias" in text.body.lower()


@pytest.mark.parametrize(
    ("said_at", "urgency", "by"),
    [
        (datetime(2026, 1, 12, 9, 0, tzinfo=UTC), Urgency.NOW, datetime(2026, 1, 12, 10, 0, tzinfo=UTC)),
        (datetime(2026, 1, 12, 9, 5, tzinfo=UTC), Urgency.TODAY, datetime(2026, 1, 12, 13, 15, tzinfo=UTC)),
        (datetime(2026, 1, 12, 17, 0, tzinfo=UTC), Urgency.TODAY, datetime(2026, 1, 13, 12, 0, tzinfo=UTC)),
        (datetime(2026, 1, 16, 17, 0, tzinfo=UTC), Urgency.REVIEW, datetime(2026, 1, 19, 17, 0, tzinfo=UTC)),
        (datetime(2026, 1, 17, 3, 0, tzinfo=UTC), Urgency.TODAY, datetime(2026, 1, 19, 13, 0, tzinfo=UTC)),
    ],
)
def test_a_promise_counts_opening_hours_and_ends_on_a_quarter(
    said_at: datetime, urgency: Urgency, by: datetime
) -> None:
    finding = without_words(Reason.UNCLEAR, urgency, "", said_at, an_episode())
    assert promise(circumstances(clinic=a_clinic(opening_hours=OFFICE)), [finding], said_at) == by


def test_the_most_urgent_finding_sets_the_promise() -> None:
    at = datetime(2026, 1, 12, 9, 0, tzinfo=UTC)
    findings = [without_words(Reason.UNCLEAR, urgency, "", at, an_episode()) for urgency in Urgency]
    assert promise(circumstances(), findings, at) == at + HOUR


def test_a_clinic_that_never_opens_still_makes_a_promise() -> None:
    at = datetime(2026, 1, 12, 9, 0, tzinfo=UTC)
    assert promise(circumstances(clinic=a_clinic(opening_hours=Hours({}))), [], at) == at + 9 * HOUR


def test_a_promise_over_the_night_the_clocks_change_counts_open_hours_only() -> None:
    every_day = Hours(dict.fromkeys(range(7), (time(9), time(18))))
    evening = datetime(2026, 3, 28, 17, 0, tzinfo=UTC)
    finding = without_words(Reason.UNCLEAR, Urgency.TODAY, "", evening, an_episode())
    by = promise(circumstances(clinic=replace(a_clinic(), opening_hours=every_day)), [finding], evening)
    assert by.astimezone(LONDON).strftime("%d %H:%M") == "29 12:00"
