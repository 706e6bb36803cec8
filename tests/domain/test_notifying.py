"""Whom staff's flags are told to off-screen, and when."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from followup.domain import events as e
from followup.domain.clinic import Hours, NotifyRule
from followup.domain.evolve import evolve
from followup.domain.flag import Evidence, Flag, Reason
from followup.domain.inputs import Outcome
from followup.domain.notifying import (
    AGAIN_AFTER,
    LEASE,
    PAUSES,
    Look,
    Notice,
    NoticeState,
    body_of,
    contact_of,
    on_failed,
    on_look,
    on_told,
    on_turn,
    rules_of,
    title_of,
)
from followup.domain.understanding.values import Urgency
from kit.builders import a_clinic, an_episode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from followup.domain.clinic import Clinic

MONDAY = datetime(2026, 1, 12, 10, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
NURSE, LEAD, CHAT = "json://nurse", "json://lead", "json://chat"
NAMES = {contact_of(url): url.removeprefix("json://") for url in (NURSE, LEAD, CHAT)}
WEEKDAYS = Hours(dict.fromkeys(range(5), (time(9), time(18))))


def rule(minutes: float, *urls: str, urgency: str = "now") -> NotifyRule:
    return NotifyRule(urgency, minutes * MINUTE, urls)


CHAIN = (rule(0, NURSE), rule(10, LEAD), rule(60, CHAT, urgency="today"))


def clinic_with(*rules: NotifyRule) -> Clinic:
    return a_clinic(notify=rules, opening_hours=WEEKDAYS)


def a_flag(urgency: Urgency = Urgency.NOW, at: datetime = MONDAY, **changes: Any) -> Flag:
    flag = Flag("f1", Reason.ALARM_SIGN, urgency, "fever", at, at, Evidence("I burn", "fever", at), waits_since=at)
    return replace(flag, **changes)


def look(clinic: Clinic, flag: Flag, minutes: float, known: Sequence[Notice] = ()) -> Look:
    return on_look(clinic, "e1", flag, known, MONDAY + minutes * MINUTE)


def told(found: Look) -> list[tuple[str, int]]:
    """Who is told, and the how manieth time it is."""
    return [(NAMES[one.contact], one.number) for one in found.notices if one.state is NoticeState.DUE]


def minutes_until(at: datetime | None) -> float | None:
    return None if at is None else (at - MONDAY) / MINUTE


def after(flag: Flag, *events: Any) -> Flag:
    """The flag after these events."""
    episode = replace(an_episode(), flags=(flag,))
    for event in events:
        episode = evolve(episode, event)
    return episode.flags[0]


def test_an_urgent_flag_goes_to_the_first_contact_at_once_and_to_the_next_after_its_minutes() -> None:
    clinic = clinic_with(*CHAIN)
    first = look(clinic, a_flag(), 0)
    assert told(first) == [("nurse", 1)]
    assert minutes_until(first.look_at) == 10
    assert told(look(clinic, a_flag(), 9.99, first.notices)) == []
    second = look(clinic, a_flag(), 10, first.notices)
    assert told(second) == [("lead", 2)]


def test_the_last_contact_of_an_urgent_flag_is_told_again_until_somebody_deals_with_it() -> None:
    clinic = clinic_with(*CHAIN)
    known = (*look(clinic, a_flag(), 10).notices,)
    assert minutes_until(look(clinic, a_flag(), 10, known).look_at) == 10 + AGAIN_AFTER / MINUTE
    again = look(clinic, a_flag(), 40, known)
    assert told(again) == [("lead", 3)]
    assert minutes_until(again.look_at) == 70
    assert told(look(clinic, a_flag(), 40.5, (*known, *again.notices))) == []


def test_what_was_missed_while_we_were_down_is_told_once_to_each() -> None:
    clinic = clinic_with(*CHAIN)
    assert told(look(clinic, a_flag(), 60 * 12)) == [("nurse", 1), ("lead", 2)]


def test_the_same_contact_in_two_rules_that_are_both_due_is_told_once() -> None:
    clinic = clinic_with(rule(0, NURSE), rule(5, NURSE, LEAD))
    both = look(clinic, a_flag(), 5)
    assert told(both) == [("nurse", 1), ("lead", 1)]
    assert told(look(clinic, a_flag(), 6, both.notices)) == []


def test_a_later_notice_takes_the_place_of_one_that_could_not_be_told() -> None:
    clinic = clinic_with(rule(0, NURSE))
    first = look(clinic, a_flag(), 0)
    later = look(clinic, a_flag(), 30, first.notices)
    assert told(later) == [("nurse", 2)]
    assert [one.state for one in later.notices if one.id == first.notices[0].id] == [NoticeState.NEEDLESS]


def test_less_urgent_flags_wait_for_opening_hours_and_urgent_ones_do_not() -> None:
    clinic = clinic_with(rule(0, NURSE), rule(60, CHAT, urgency="today"))
    friday = datetime(2026, 1, 16, 17, 30, tzinfo=UTC)
    assert len(on_look(clinic, "e1", a_flag(at=friday + 6 * 60 * MINUTE), (), friday + 6 * 60 * MINUTE).notices) == 1
    found = on_look(clinic, "e1", a_flag(Urgency.TODAY, friday), (), friday + 60 * MINUTE)
    assert found.notices == ()
    assert found.look_at == datetime(2026, 1, 19, 9, 30, tzinfo=UTC)


def test_less_urgent_flags_are_told_to_each_contact_once() -> None:
    clinic = clinic_with(rule(0, CHAT, urgency="today"))
    found = look(clinic, a_flag(Urgency.TODAY), 0)
    assert (told(found), found.look_at) == ([("chat", 1)], None)


@pytest.mark.parametrize(
    "event",
    [
        e.FlagClaimed("f1", "ann", MONDAY),
        e.FlagAcknowledged("f1", "ann", MONDAY),
        e.FlagAssigned("f1", "ann", MONDAY, "bob"),
        e.FlagClosed("f1", "ann", MONDAY, Outcome.REASSURED, ""),
    ],
)
def test_a_flag_that_somebody_dealt_with_before_its_minute_is_never_told(event: Any) -> None:
    flag, clinic = after(a_flag(), event), clinic_with(*CHAIN)
    assert look(clinic, flag, 600) == Look()
    first = look(clinic, a_flag(), 0).notices[0]
    assert on_turn(first, flag, MONDAY, MONDAY).state is NoticeState.NEEDLESS


def test_reading_or_noting_something_is_not_dealing_with_it() -> None:
    flag = after(a_flag(), e.NoteAdded("f1", "ann", MONDAY + MINUTE, "hm"))
    assert flag.waits_since == MONDAY


def test_a_patient_who_repeats_it_does_not_put_off_the_next_contact() -> None:
    again = e.FlagRepeated("f1", Urgency.NOW, Evidence("still", "fever", MONDAY), MONDAY + 9 * MINUTE)
    assert after(a_flag(), again).waits_since == MONDAY


def test_a_flag_that_is_raised_again_after_it_was_seen_is_told_again_and_says_so() -> None:
    clinic = clinic_with(*CHAIN)
    known = look(clinic, a_flag(), 0).notices
    at = MONDAY + 120 * MINUTE
    again = e.FlagRepeated("f1", Urgency.NOW, Evidence("still", "fever", at), at)
    flag = after(a_flag(), e.FlagClaimed("f1", "ann", MONDAY), again)
    assert flag.waits_since == at
    found = look(clinic, flag, 120, known)
    assert told(found) == [("nurse", 2)]
    assert title_of(found.notices[0], flag, clinic) == "Glow Clinic: now, alarm sign, again (2nd)"


def test_a_flag_that_becomes_more_urgent_starts_with_the_first_contact_of_the_new_urgency() -> None:
    at = MONDAY + 120 * MINUTE
    flag = after(a_flag(Urgency.REVIEW), e.FlagRepeated("f1", Urgency.NOW, Evidence("worse", "fever", at), at))
    assert told(look(clinic_with(*CHAIN), flag, 120)) == [("nurse", 1)]


def test_a_flag_put_aside_is_quiet_until_then_but_an_urgent_one_never() -> None:
    until = MONDAY + 60 * MINUTE
    aside = e.FlagSnoozed("f1", "ann", MONDAY, until)
    clinic = clinic_with(rule(0, NURSE), rule(0, CHAT, urgency="today"))
    flag = after(a_flag(Urgency.TODAY), aside)
    assert (told(look(clinic, flag, 30)), look(clinic, flag, 30).look_at) == ([], until)
    assert told(look(clinic, flag, 60)) == [("chat", 1)]
    assert told(look(clinic, after(a_flag(), aside), 30)) == [("nurse", 1)]
    again = e.FlagRepeated("f1", Urgency.TODAY, Evidence("still", "fever", MONDAY), MONDAY + 5 * MINUTE)
    assert after(a_flag(Urgency.TODAY), aside, again).waits_since == MONDAY + 5 * MINUTE


def test_a_reopened_flag_waits_again() -> None:
    closed = e.FlagClosed("f1", "ann", MONDAY, Outcome.REASSURED, "")
    reopened = e.FlagReopened("f1", "ann", MONDAY + MINUTE, "")
    assert after(a_flag(), closed, reopened).waits_since == MONDAY + MINUTE


def test_the_words_name_the_clinic_the_urgency_and_the_reason_and_nothing_of_the_patient() -> None:
    clinic, flag = clinic_with(*CHAIN), a_flag()
    notice = look(clinic, flag, 0).notices[0]
    assert title_of(notice, flag, clinic) == "Glow Clinic: now, alarm sign"
    assert body_of(notice, "https://x.example/") == "A flag waits for you: https://x.example/episodes/e1#flag-f1"
    second = replace(notice, number=2)
    assert body_of(second, "https://x.example").startswith("Nobody has dealt with this flag yet: ")


@pytest.mark.parametrize(("number", "said"), [(2, "2nd"), (3, "3rd"), (4, "4th"), (11, "11th"), (21, "21st")])
def test_a_repeat_says_the_how_manieth_it_is(number: int, said: str) -> None:
    clinic, flag = clinic_with(*CHAIN), a_flag()
    notice = replace(look(clinic, flag, 0).notices[0], number=number)
    assert title_of(notice, flag, clinic).endswith(f", again ({said})")


def test_a_contact_that_does_not_take_it_is_tried_again_ever_more_slowly_and_without_end() -> None:
    notice = look(clinic_with(*CHAIN), a_flag(), 0).notices[0]
    waits = []
    for _ in range(len(PAUSES) + 3):
        notice = on_turn(notice, a_flag(), MONDAY, MONDAY)
        assert notice.hands_off_until == MONDAY + LEASE
        notice = on_failed(notice, "not taken", MONDAY, MONDAY, is_final=False)
        assert notice.hands_off_until
        waits.append(notice.hands_off_until - MONDAY)
    assert waits == [*PAUSES, *[PAUSES[-1]] * 3]
    assert on_failed(notice, "no address", MONDAY, MONDAY, is_final=True).state is NoticeState.FAILED
    assert on_told(notice, MONDAY).state is NoticeState.TOLD


def test_the_same_rules_are_known_again_and_others_are_not() -> None:
    assert rules_of(clinic_with(*CHAIN)) == rules_of(clinic_with(*CHAIN))
    assert rules_of(clinic_with(*CHAIN)) != rules_of(clinic_with(*CHAIN[:2]))
