"""What staff are told beside the rounds about a flag that waits: mentions, older flags, and quiet while put aside."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest

from followup.domain import events as e
from followup.domain.clinic import MENTIONED, Hours, NotifyRule
from followup.domain.evolve import evolve
from followup.domain.flag import Evidence, Flag, Reason
from followup.domain.inputs import Act
from followup.domain.notifying import (
    NoticeState,
    body_of,
    contact_of,
    is_older,
    on_look,
    on_mention,
    on_start,
    on_turn,
    title_of,
    told_of,
)
from followup.domain.understanding.values import Urgency
from kit.builders import a_clinic, an_episode

MONDAY = datetime(2026, 1, 12, 10, 0, tzinfo=UTC)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
WEEKDAYS = Hours(dict.fromkeys(range(5), (time(9), time(18))))
NURSE, LEAD, PAGER = "json://nurse", "json://lead", "json://pager"
RULES = (
    NotifyRule("now", 0 * MINUTE, (NURSE,)),
    NotifyRule("now", 10 * MINUTE, (LEAD,)),
    NotifyRule("today", HOUR, (NURSE,)),
    NotifyRule(MENTIONED, 0 * MINUTE, (PAGER, NURSE), person="nia@glow.example"),
    NotifyRule(MENTIONED, 0 * MINUTE, (NURSE,)),
)
CLINIC = a_clinic(notify=RULES, opening_hours=WEEKDAYS)


def a_flag(urgency: Urgency = Urgency.TODAY, at: datetime = MONDAY, **changes: Any) -> Flag:
    flag = Flag("f1", Reason.SEVERE, urgency, "redness", at, at, Evidence("3", "severe", at), waits_since=at)
    return replace(flag, **changes)


def happened(flag: Flag, *events: e.Event) -> Flag:
    episode = an_episode(flags=(flag,))
    for event in events:
        episode = evolve(episode, event)
    return episode.flags[0]


def snoozed(flag: Flag, until: datetime) -> Flag:
    return happened(flag, e.FlagSnoozed(flag.id, "ana", MONDAY, until))


def told_at(flag: Flag, now: datetime) -> list[datetime]:
    return [notice.due_at for notice in on_look(CLINIC, "episode", flag, (), now).notices]


@pytest.mark.parametrize("dealt_with", [{}, {"owner": "ana"}, {"acknowledged_by": "ana", "acknowledged_at": MONDAY}])
def test_nobody_is_told_while_a_flag_is_put_aside_and_they_are_when_that_ends(dealt_with: dict[str, Any]) -> None:
    flag = snoozed(a_flag(**dealt_with), MONDAY + 4 * HOUR)
    assert told_at(flag, MONDAY + 4.9 * HOUR) == []
    assert told_at(flag, MONDAY + 5 * HOUR) == [MONDAY + 5 * HOUR]


def test_a_notice_on_its_way_when_the_flag_is_put_aside_is_needless() -> None:
    [notice] = on_look(CLINIC, "episode", a_flag(), (), MONDAY + HOUR).notices
    assert on_turn(notice, snoozed(a_flag(), MONDAY + 4 * HOUR), MONDAY + HOUR, MONDAY).state is NoticeState.NEEDLESS


def test_a_claim_that_is_undone_while_it_is_put_aside_does_not_wake_it() -> None:
    flag = snoozed(a_flag(), MONDAY + 4 * HOUR)
    claimed = happened(flag, e.FlagClaimed(flag.id, "ana", MONDAY, MONDAY + MINUTE))
    assert claimed.waits_since is None
    undone = happened(claimed, e.FlagActUndone(flag.id, "ana", MONDAY, Act.CLAIM))
    assert undone.waits_since == MONDAY + 4 * HOUR


def test_what_waited_before_anybody_was_to_be_told_is_told_of_in_one_notice() -> None:
    started = MONDAY + 2 * HOUR
    old = a_flag(Urgency.NOW)
    assert is_older(old, started)
    assert on_look(CLINIC, "episode", old, (), started + HOUR, started).notices == ()
    [notice] = on_start(CLINIC, "episode", old, 12, started)
    assert notice.contact == contact_of(NURSE)
    assert title_of(notice, old, CLINIC) == "Glow Clinic: now, 12 flags already waiting"
    assert body_of(notice, "https://x/").endswith("https://x/")
    assert on_turn(notice, old, started, MONDAY).tries == 1


def test_what_happens_to_an_older_flag_makes_it_told() -> None:
    started, later = MONDAY + 2 * HOUR, MONDAY + 3 * HOUR
    old = a_flag(Urgency.NOW)
    again = happened(old, e.FlagRepeated(old.id, Urgency.NOW, old.evidence, later))
    taken = happened(old, e.FlagClaimed(old.id, "ana", later, later), e.FlagActUndone(old.id, "ana", later, Act.CLAIM))
    for flag in (again, taken):
        assert not is_older(flag, started)
        assert on_look(CLINIC, "episode", flag, (), later + 10 * MINUTE, started).notices
    assert not is_older(a_flag(at=started), started)
    assert not is_older(old, None)


def test_a_clinic_has_somebody_told_of_the_urgencies_it_names() -> None:
    assert told_of(CLINIC) == {"now", "today"}
    assert told_of(a_clinic()) == frozenset()


def test_a_mention_is_told_once_to_each_contact_that_is_for_it() -> None:
    flag = a_flag(mentioned=("nia@glow.example", "cal@glow.example"))
    notices = on_mention(CLINIC, "episode", flag, flag.mentioned, MONDAY)
    assert [(one.mentioned, one.contact) for one in notices] == [
        ("nia@glow.example", contact_of(PAGER)),
        ("nia@glow.example", contact_of(NURSE)),
        ("cal@glow.example", contact_of(NURSE)),
    ]
    assert title_of(notices[0], flag, CLINIC) == "Glow Clinic: a note mentions nia@glow.example"
    assert body_of(notices[0], "https://x") == "A colleague wrote something for you: https://x/episodes/episode#flag-f1"


@pytest.mark.parametrize(("urgency", "waits"), [(Urgency.NOW, 0), (Urgency.REVIEW, 10)])
def test_a_mention_at_night_waits_for_the_morning_unless_the_flag_cannot(urgency: Urgency, waits: float) -> None:
    night = MONDAY + 13 * HOUR
    notices = on_mention(CLINIC, "episode", a_flag(urgency), ("cal@glow.example",), night)
    assert [one.due_at for one in notices] == [night + waits * HOUR]


def test_a_mention_that_was_read_is_not_told_and_none_counts_as_a_round() -> None:
    flag = a_flag(Urgency.NOW, mentioned=("cal@glow.example",))
    notices = on_mention(CLINIC, "episode", flag, flag.mentioned, MONDAY)
    assert on_turn(notices[0], flag, MONDAY, MONDAY).state is NoticeState.DUE
    assert on_turn(notices[0], replace(flag, mentioned=()), MONDAY, MONDAY).state is NoticeState.NEEDLESS
    look = on_look(CLINIC, "episode", flag, notices, MONDAY)
    assert [(one.number, one.state) for one in look.notices] == [(1, NoticeState.DUE)]
