"""What moved when a plan moved, told in words: the time, the treatment, or only the wording it follows."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from followup.domain import events as e
from followup.domain.decision import Decision
from followup.domain.plan_move import on_plan_move
from followup.store.event_json import event_body
from followup.store.journal import JournalLine
from followup.web.journal_words import tell, with_changes
from kit.builders import HOUR, TREATED, a_protocol, after, an_episode

if TYPE_CHECKING:
    from collections.abc import Sequence

NOON = datetime(2026, 1, 12, 12, 0, tzinfo=UTC)
EPISODE = an_episode(protocol_digest="one", service_name="meso")


def line(event: e.Event) -> JournalLine:
    return JournalLine(1, NOON, type(event).__name__, event_body(event), "", "")


def told(*events: e.Event) -> Sequence[str]:
    lines = with_changes([line(e.EpisodeOpened(EPISODE)), *map(line, events)])
    words = [tell(one.event, one.body) for one in lines]
    return [f"{one.title}: {', '.join(one.notes)}" if one.notes else one.title for one in words if one][1:]


def moved(**changes: Any) -> e.EpisodeMoved:
    said: dict[str, Any] = {
        "treated_from": EPISODE.treated_from,
        "treated_until": TREATED,
        "check_ins": (),
        "protocol_id": EPISODE.protocol_id,
        "protocol_version": "1",
        "service_name": "meso",
        "protocol_digest": "one",
    }
    return e.EpisodeMoved(**{**said, **changes})


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"treated_until": after(1)}, "The treatment's time changed"),
        ({"treated_from": after(-2)}, "The treatment's time changed"),
        ({"protocol_id": "other", "service_name": "lipo"}, "It is another treatment than before: lipo"),
        (
            {"protocol_version": "2", "protocol_digest": "two"},
            "The plan moved to another wording of its protocol: version 2",
        ),
        ({"protocol_digest": "two"}, "The plan moved to another wording of its protocol: version 1"),
        ({}, "The booking was read again: the plan is as it was"),
    ],
)
def test_what_moved_is_said(changes: dict[str, Any], words: str) -> None:
    assert told(moved(**changes)) == [words]


def test_a_plan_that_staff_moved_to_a_new_wording_does_not_say_that_the_time_changed() -> None:
    newer = a_protocol(version="2", digest="two")
    decision = on_plan_move(EPISODE, newer, after(1))
    assert isinstance(decision, Decision)
    assert told(*decision.events) == ["The plan moved to another wording of its protocol: version 2"]


def test_each_move_is_told_against_the_one_before() -> None:
    later = moved(treated_until=TREATED + HOUR)
    again = moved(treated_until=TREATED + HOUR, protocol_version="2", protocol_digest="two")
    assert told(later, again)[1] == "The plan moved to another wording of its protocol: version 2"
