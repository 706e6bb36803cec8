"""Lengths and times as a nurse reads them, and words for every state there is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from followup.domain.episode import EpisodeState
from followup.domain.flag import Evidence, Flag, Reason
from followup.domain.inputs import Outcome
from followup.domain.message import Kind, MessageState
from followup.domain.understanding.values import Urgency
from followup.web import wording
from kit.builders import a_clinic

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("length", "said"),
    [(0, "0 min"), (0.5, "30 min"), (47.5, "47 h 30 min"), (48, "2 d"), (74.25, "3 d 2 h 15 min"), (-2, "-2 h")],
)
def test_a_length_is_told_in_days_only_from_two_days_on(length: float, said: str) -> None:
    assert wording.hours(length) == said


def test_evidence_is_told_in_hours_as_protocols_are_written_to_the_minute() -> None:
    assert wording.plain_hours(48 + 1 / 60) == "48 h 1 min"
    assert wording.plain_hours(72) == "72 h"


@pytest.mark.parametrize(
    ("minutes", "said"),
    [
        (0, "just now"),
        (1, "1 min"),
        (119, "119 min"),
        (120, "2 h"),
        (47 * 60, "47 h"),
        (49 * 60, "2 d"),
        (-5, "just now"),
    ],
)
def test_how_long_ago_is_told_in_one_unit(minutes: int, said: str) -> None:
    assert wording.ago(NOON - timedelta(minutes=minutes), NOON) == said


def test_a_clock_time_is_the_clinics() -> None:
    assert wording.clock(NOON, ZoneInfo("Europe/London")) == "Wed 1 Jul, 13:00"


def test_there_are_words_for_every_code() -> None:
    assert set(wording.URGENCIES) == set(Urgency)
    assert set(wording.REASONS) == set(Reason)
    assert set(wording.OUTCOMES) == set(Outcome)
    assert set(wording.EPISODE_STATES) == set(EpisodeState)
    assert set(wording.MESSAGE_STATES) == set(MessageState)
    assert set(wording.KINDS) == set(Kind)


def test_no_words_promise_that_the_desk_watches_over_anybody() -> None:
    said = str([vars(wording)[name] for name in ("REASONS", "OUTCOMES", "EPISODE_STATES", "SECTIONS")]).lower()
    assert not [word for word in ("monitor", "detect", "diagnos", "normal") if word in said]


@pytest.mark.parametrize(
    ("minutes", "said"),
    [
        (0, "promised in 1 h"),
        (45, "promised in 15 min"),
        (60, "promised in 0 min"),
        (150, "1 h 30 min over the promise"),
    ],
)
def test_how_long_an_urgent_flag_has_until_the_promise_to_the_patient(minutes: int, said: str) -> None:
    flag = Flag("f", Reason.SEVERE, Urgency.NOW, "redness", NOON, NOON, Evidence("", "", NOON))
    assert wording.promise(flag, a_clinic(), NOON + timedelta(minutes=minutes)) == said
