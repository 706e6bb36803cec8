"""When check-ins are asked, reminded, missed and dropped: each once, never at night, never in a burst."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from followup.domain import events as e
from followup.domain.clinic import BookingSource, Hours, SmsRules
from followup.domain.decision import Decision
from followup.domain.enrolment import planned
from followup.domain.episode import Completion, EpisodeState
from followup.domain.inputs import Act, Outcome, ReviewAct
from followup.domain.message import Kind
from followup.domain.protocol import CheckInPlan
from followup.domain.review import on_review
from followup.domain.schedule import on_wake
from kit.builders import (
    ALWAYS,
    CORE,
    DAY,
    DAYTIME,
    HOUR,
    LONDON,
    NEW_YORK,
    NO_CAPS,
    TREATED,
    Lived,
    a_clinic,
    a_patient,
    a_protocol,
    after,
    after_events,
    an_episode,
    circumstances,
    decided,
    flags,
    queued,
    states,
    with_asked,
)

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

QUESTIONS = (Kind.ASK, Kind.ASK_LATE)
UNASKED = (*QUESTIONS, Kind.REMIND, Kind.REMIND_LATE, Kind.WELCOME)
CHANGES = [(3, 6), (3, 7), (3, 27), (3, 28), (10, 23), (10, 24), (10, 30), (10, 31)]
WEEKENDS_OFF = Hours(dict.fromkeys(range(5), (time(9), time(18))))


def caps(**rules: object) -> SmsRules:
    return replace(NO_CAPS, **rules)  # type: ignore[arg-type] # a column of rules per test


def lived(hours: float = 24 * 40, **changes: object) -> Lived:
    return Lived(an_episode(), circumstances(**changes)).until(after(hours))


def test_a_silent_patient_is_asked_reminded_once_and_noted_each_time() -> None:
    story = lived()
    assert [(at, kind.value, step) for at, kind, step in story.texts()] == [
        (after(24), "ask", "day-1"),
        (after(27), "remind", "day-1"),
        (after(72), "ask", "day-3"),
        (after(75), "remind", "day-3"),
        (after(168), "ask", "day-7"),
        (after(171), "remind", "day-7"),
        (after(672), "ask_late", "day-28"),
        (after(675), "remind_late", "day-28"),
    ]
    assert set(states(story.episode).values()) == {"missed"}
    [silent] = story.episode.flags
    assert (silent.reason, silent.times_raised, silent.urgency) == ("silent", 4, "review")


def test_a_plan_is_over_when_its_last_flag_is_closed() -> None:
    story = lived()
    [silent] = story.episode.flags
    assert story.episode.state is EpisodeState.ACTIVE
    closed = on_review(
        story.episode, ReviewAct(silent.id, Act.CLOSE, "nurse", silent.version, Outcome.REASSURED), after(800)
    )
    assert isinstance(closed, Decision)
    assert closed.wake_at == after(800)
    story.take(closed, after(800))
    over = story.until(after(801), after(800)).episode
    assert over.state is EpisodeState.FINISHED
    [shut] = over.flags
    again = on_review(over, ReviewAct(shut.id, Act.REOPEN, "nurse", shut.version), after(802))
    assert isinstance(again, Decision)
    assert decided(over, again).state is EpisodeState.ACTIVE


def test_the_end_of_a_treatment_nobody_spoke_of_is_taken_for_done() -> None:
    planned_one = an_episode(state=EpisodeState.PLANNED, completion=None)
    assert on_wake(planned_one, circumstances(), after(0.4)).wake_at == after(0.5)
    story = Lived(planned_one, circumstances()).until(after(1))
    assert story.episode.completion is Completion.INFERRED


def test_a_source_that_says_so_is_waited_for() -> None:
    patient_source = a_clinic(sources=(BookingSource("native", "native", complete_after=None),))
    planned_one = an_episode(state=EpisodeState.PLANNED, completion=None)
    assert on_wake(planned_one, circumstances(clinic=patient_source), after(900)).wake_at is None


@pytest.mark.parametrize("state", [EpisodeState.ON_HOLD, EpisodeState.CANCELLED, EpisodeState.FINISHED])
def test_a_plan_that_does_not_run_sends_nothing(state: EpisodeState) -> None:
    decision = on_wake(with_asked(an_episode(state=state), "day-1"), circumstances(), after(73))
    assert queued(decision) == []


def test_a_check_in_at_night_moves_to_the_morning() -> None:
    night = an_episode(treated_until=after(11), check_ins=planned("episode", a_protocol(), after(11)))
    story = Lived(night, circumstances()).until(after(48))
    assert story.texts(*QUESTIONS)[0][0] == datetime(2026, 1, 14, 9, 0, tzinfo=UTC)


def test_a_check_in_never_moves_across_the_next_one() -> None:
    protocol = a_protocol(CheckInPlan("evening", 11 * HOUR, CORE), CheckInPlan("morning", 22.5 * HOUR, CORE))
    episode = an_episode(protocol)
    story = Lived(episode, circumstances(protocol=protocol)).until(after(30))
    assert states(story.episode)["evening"] == "dropped"
    assert [step for _, _, step in story.texts(*QUESTIONS)] == ["morning"]
    assert [flag.reason.value for flag in story.episode.flags] == ["not_sent"]


def test_a_clinic_that_texts_day_and_night_asks_to_the_minute() -> None:
    night = an_episode(treated_until=after(16), check_ins=planned("episode", a_protocol(), after(16)))
    story = Lived(night, circumstances(clinic=a_clinic(sending_hours=ALWAYS))).until(after(41))
    assert story.texts()[0][0] == after(40)


@pytest.mark.parametrize("zone", [LONDON, NEW_YORK], ids=str)
@pytest.mark.parametrize("treated", [datetime(2026, month, day, 16, 30, tzinfo=UTC) for month, day in CHANGES])
def test_no_text_leaves_at_night_on_the_days_the_clocks_change(zone: ZoneInfo, treated: datetime) -> None:
    episode = an_episode(treated_until=treated, check_ins=planned("episode", a_protocol(), treated))
    story = Lived(episode, circumstances(zone=zone)).until(treated + 30 * DAY, start=treated)
    shown = [at.astimezone(zone).time() for at, *_ in story.texts()]
    assert len(shown) == 8
    assert all(time(9) <= at < time(20) for at in shown)


def test_what_an_outage_made_stale_is_dropped_and_shown_and_never_sent_in_a_burst() -> None:
    story = Lived(an_episode(), circumstances()).until(after(169), start=after(168.5))
    assert story.texts() == [(after(168.5), Kind.ASK, "day-7")]
    assert states(story.episode) == {"day-1": "dropped", "day-3": "dropped", "day-7": "asked", "day-28": "scheduled"}
    [shown] = story.episode.flags
    assert (shown.reason, shown.times_raised) == ("not_sent", 2)


@pytest.mark.parametrize(("late", "asked"), [(9.9, True), (12, False)])
def test_a_question_is_of_use_for_twelve_hours(late: float, asked: bool) -> None:  # noqa: FBT001 - a column
    decision = on_wake(an_episode(), circumstances(clinic=a_clinic(sending_hours=ALWAYS)), after(24 + late))
    assert bool(queued(decision)) is asked


def test_a_question_counts_as_missed_at_the_latest_when_the_next_one_falls_due() -> None:
    twice_a_day = a_protocol(CheckInPlan("one", DAY, CORE), CheckInPlan("two", DAY + 8 * HOUR, CORE))
    story = Lived(an_episode(twice_a_day), circumstances(protocol=twice_a_day)).until(after(33))
    assert [(at, event.step) for at, event in story.events if isinstance(event, e.CheckInMissed)] == [
        (after(32), "one")
    ]


def test_an_answered_question_is_not_reminded() -> None:
    answered = after_events(with_asked(an_episode(), "day-1"), e.CheckInAnswered("day-1", after(25)))
    assert Lived(answered, circumstances()).until(after(71), start=after(25)).texts() == []


def test_a_question_that_was_asked_again_after_an_unclear_reply_is_not_reminded_too() -> None:
    clarified = after_events(with_asked(an_episode(), "day-1"), e.CheckInClarified("day-1", after(25)))
    story = Lived(clarified, circumstances()).until(after(50), start=after(25))
    assert story.texts() == []
    assert states(story.episode)["day-1"] == "missed"


def test_a_reminder_in_the_evening_waits_for_the_morning() -> None:
    late = an_episode(treated_until=after(8), check_ins=planned("episode", a_protocol(), after(8)))
    story = Lived(late, circumstances()).until(after(60))
    assert story.texts(Kind.REMIND)[0][0] == datetime(2026, 1, 14, 9, 0, tzinfo=UTC)


def test_silence_after_something_worrying_is_for_today() -> None:
    worrying = after_events(with_asked(an_episode(), "day-1"), _flag())
    decision = on_wake(worrying, circumstances(), after(49))
    assert flags(decision) == ["silent/today"]


def _flag() -> e.Event:
    decision = on_wake(an_episode(), circumstances(patient=a_patient(phone=None)), after(1))
    return decision.events[0]


@pytest.mark.parametrize(
    ("changes", "why"),
    [({"phone": None}, "no phone"), ({"consent": None}, "no consent"), ({"consent": "withdrawn"}, "no consent")],
)
def test_without_a_phone_or_consent_staff_are_told_at_once_and_nothing_is_sent(
    changes: dict[str, str], why: str
) -> None:
    story = lived(patient=a_patient(**changes))
    assert story.texts() == []
    at, first = next((at, event) for at, event in story.events if isinstance(event, e.FlagRaised))
    assert at == TREATED
    assert (first.flag.reason, why in first.flag.evidence.rule) == ("needs_details", True)
    assert {check_in.why for check_in in story.episode.check_ins} == {why}


def test_a_phone_that_comes_while_a_question_is_of_use_is_asked_it() -> None:
    story = Lived(an_episode(), circumstances(patient=a_patient(phone=None))).until(after(25))
    assert states(story.episode)["day-1"] == "scheduled"
    known = Lived(story.episode, circumstances()).until(after(26), start=after(26))
    assert known.texts() == [(after(26), Kind.ASK, "day-1")]


def test_after_an_opt_out_nothing_is_sent_and_what_falls_due_is_shown_once() -> None:
    story = lived(patient=a_patient(opted_out_at=after(1)))
    assert story.texts() == []
    assert set(states(story.episode).values()) == {"dropped"}
    assert [(flag.reason.value, flag.times_raised) for flag in story.episode.flags] == [("opted_out", 1)]


@pytest.mark.parametrize(("welcome", "texts"), [(True, ["welcome", "ask"]), (False, ["ask"])])
def test_a_welcome_goes_once_and_only_where_the_clinic_wants_it(welcome: bool, texts: list[str]) -> None:  # noqa: FBT001 - a column
    story = lived(25, clinic=a_clinic(sms=caps(welcome=welcome)))
    assert [kind.value for _, kind, _ in story.texts()] == texts


def test_a_welcome_that_could_only_go_the_next_morning_does_not_go() -> None:
    night = an_episode(treated_until=after(11), check_ins=planned("episode", a_protocol(), after(11)))
    story = Lived(night, circumstances(clinic=a_clinic(sms=caps(welcome=True)))).until(after(30), start=after(11))
    assert story.texts(Kind.WELCOME) == []


# Caps


def test_one_text_a_day_makes_the_reminder_wait_for_the_next() -> None:
    story = lived(60, clinic=a_clinic(sms=caps(per_day=1)))
    assert story.texts(Kind.REMIND) == [(datetime(2026, 1, 14, 9, 0, tzinfo=UTC), Kind.REMIND, "day-1")]


def test_two_questions_to_one_phone_keep_their_distance() -> None:
    around = circumstances(clinic=a_clinic(sms=caps(min_gap=HOUR)), sent=[(Kind.ASK, after(23.5))])
    story = Lived(an_episode(), around).until(after(25))
    assert story.texts()[0][0] == after(24.5)


def test_answers_to_the_patients_own_texts_count_against_no_cap() -> None:
    rules = caps(per_day=1, per_week=1, min_gap=HOUR)
    around = circumstances(clinic=a_clinic(sms=rules), sent=[(Kind.THANKS, after(23.9)), (Kind.STAFF, after(23.9))])
    assert Lived(an_episode(), around).until(after(24)).texts()[0][0] == after(24)


def test_a_text_of_exactly_a_week_ago_counts_no_more() -> None:
    around = circumstances(clinic=a_clinic(sms=caps(per_week=1)), sent=[(Kind.ASK, after(24) - 7 * DAY)])
    assert Lived(an_episode(), around).until(after(24)).texts()[0][0] == after(24)


def test_a_week_that_is_full_of_other_texts_drops_the_question_and_shows_it() -> None:
    around = circumstances(clinic=a_clinic(sms=caps(per_week=1)), sent=[(Kind.ASK, after(20))])
    story = Lived(an_episode(), around).until(after(60))
    assert story.texts() == []
    assert [flag.reason.value for flag in story.episode.flags] == ["not_sent"]


@pytest.mark.parametrize("rules", [caps(per_day=1), caps(per_week=2)], ids=["a day", "a week"])
def test_a_reminder_never_costs_the_next_check_in(rules: SmsRules) -> None:
    daily = a_protocol(CheckInPlan("day-1", DAY, CORE), CheckInPlan("day-2", 2 * DAY, CORE))
    story = Lived(an_episode(daily), circumstances(protocol=daily, clinic=a_clinic(sms=rules))).until(after(100))
    assert [step for _, _, step in story.texts(*QUESTIONS)] == ["day-1", "day-2"]


@settings(deadline=None)
@given(
    treated=st.datetimes(datetime(2026, 2, 1), datetime(2026, 12, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - hypothesis adds the zone
    zone=st.sampled_from([LONDON, NEW_YORK]),
    hours=st.sampled_from([DAYTIME, ALWAYS, WEEKENDS_OFF]),
    per_day=st.integers(0, 2),
    per_week=st.integers(0, 4),
    gap=st.sampled_from([timedelta(0), HOUR, 5 * HOUR]),
    welcome=st.booleans(),
    answers=st.sets(st.sampled_from(["day-1", "day-3", "day-7", "day-28"])),
)
def test_every_check_in_is_asked_once_or_shown_and_caps_and_hours_hold(
    treated: datetime,
    zone: ZoneInfo,
    hours: Hours,
    per_day: int,
    per_week: int,
    gap: timedelta,
    welcome: bool,  # noqa: FBT001 - drawn
    answers: set[str],
) -> None:
    rules = caps(per_day=per_day, per_week=per_week, min_gap=gap, welcome=welcome)
    clinic = a_clinic(sms=rules, sending_hours=hours)
    episode = an_episode(treated_until=treated, check_ins=planned("episode", a_protocol(), treated))
    story = _answering(Lived(episode, circumstances(clinic=clinic, zone=zone)), treated, answers)
    texts = story.texts(*UNASKED)
    assert all(hours.open_at(at, zone) for at, *_ in texts)
    assert len({(kind, step) for _, kind, step in texts}) == len(texts)
    times = [at for at, *_ in texts]
    assert all(later - earlier >= gap for earlier, later in pairwise(times))
    asked = {step for _, kind, step in texts if kind in QUESTIONS}
    dropped = {event.step for _, event in story.events if isinstance(event, e.CheckInDropped)}
    assert asked | dropped == set(states(story.episode))
    assert asked & dropped == set()
    assert not dropped or any(flag.reason == "not_sent" for flag in story.episode.flags)
    is_open = any(flag.is_open for flag in story.episode.flags)
    assert story.episode.state is (EpisodeState.ACTIVE if is_open else EpisodeState.FINISHED)
    _assert_caps(times, per_day, per_week, zone)


def _answering(story: Lived, start: datetime, answers: set[str]) -> Lived:
    """Lives on, and answers some questions ten minutes after they were asked."""
    now, end = start, start + 40 * DAY
    while now <= end:
        decision = on_wake(story.episode, story.circumstances, now)
        story.take(decision, now)
        for step in {event.step for event in decision.events if isinstance(event, e.CheckInAsked)} & answers:
            story.episode = after_events(story.episode, e.CheckInAnswered(step, now + timedelta(minutes=10)))
            now += timedelta(minutes=10)
            decision = replace(decision, wake_at=now + timedelta(seconds=1))
        if decision.wake_at is None:
            break
        assert decision.wake_at > now, "it would never sleep"
        now = decision.wake_at
    return story


def _assert_caps(times: list[datetime], per_day: int, per_week: int, zone: ZoneInfo) -> None:
    for at in times:
        day = [one for one in times if one.astimezone(zone).date() == at.astimezone(zone).date()]
        week = [one for one in times if at - 7 * DAY < one <= at]
        assert not per_day or len(day) <= per_day
        assert not per_week or len(week) <= per_week
