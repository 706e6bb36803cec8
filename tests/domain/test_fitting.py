"""What fits into the texts a clinic allows itself: the questions first, a reminder only where it costs none."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING

import pytest

from followup.catalogue.problems import Problems
from followup.catalogue.protocols import read_protocols
from followup.domain import events as e
from followup.domain.clinic import Clinic, Hours, SmsRules
from followup.domain.enrolment import planned
from followup.domain.fitting import without_room
from followup.domain.protocol import CheckInPlan
from kit.builders import CORE, ROOT, Lived, a_clinic, a_protocol, an_episode, circumstances

if TYPE_CHECKING:
    from followup.domain.protocol import Protocol

SHIPPED = {read.protocol.id: read.protocol for read in read_protocols(ROOT / "config" / "protocols", Problems())}
HOURS = Hours({**dict.fromkeys(range(6), (time(9), time(20))), 6: (time(12), time(20))})
FILLERS = {"dermal_filler", "lip_filler"}
MONDAY = datetime(2026, 1, 12, tzinfo=UTC)


def clinic(per_day: int, per_week: int) -> Clinic:
    return a_clinic(sms=SmsRules("simulator", "+447400123456", per_day=per_day, per_week=per_week), sending_hours=HOURS)


def left_out(protocol: Protocol, per_day: int = 1, per_week: int = 3) -> dict[str, datetime]:
    return dict(without_room(circumstances(protocol=protocol, clinic=clinic(per_day, per_week))))


@pytest.mark.parametrize("name", sorted(SHIPPED))
def test_one_text_a_day_and_three_a_week_hold_every_question_of_the_plans_we_ship(name: str) -> None:
    assert left_out(SHIPPED[name]) == {}


def test_what_is_said_not_to_fit_does_not() -> None:
    found = left_out(SHIPPED["mesotherapy"], 1, 2)
    assert list(found) == ["day-7"]
    assert silent(SHIPPED["mesotherapy"], found["day-7"], clinic(1, 2))["day-7"] == "dropped"


def test_two_questions_of_one_day_do_not_fit_into_one_text_a_day() -> None:
    plans = (CheckInPlan("hour-2", timedelta(hours=2), CORE), CheckInPlan("hour-6", timedelta(hours=6), CORE))
    protocol = a_protocol(*plans)
    assert list(left_out(protocol)) == ["hour-6"]
    assert left_out(protocol, 2, 3) == {}


@pytest.mark.parametrize("name", sorted(FILLERS))
@pytest.mark.parametrize(("hour", "first"), [(10, "missed"), (14, "missed"), (15, "dropped"), (19, "dropped")])
def test_what_is_asked_of_filler_on_its_day_takes_nothing_from_the_next(name: str, hour: int, first: str) -> None:
    states = silent(SHIPPED[name], MONDAY.replace(hour=hour))
    assert states.pop("hour-5") == first
    assert set(states.values()) == {"missed"}


@pytest.mark.parametrize("name", sorted(set(SHIPPED) - FILLERS))
@pytest.mark.parametrize("hours", [9, 13, 19, 4 * 24 + 11, 5 * 24 + 17])
def test_a_patient_who_never_answers_is_asked_every_question_all_the_same(name: str, hours: int) -> None:
    states = silent(SHIPPED[name], MONDAY + timedelta(hours=hours))
    assert set(states.values()) == {"missed"}


@pytest.mark.parametrize("name", sorted(set(SHIPPED) - FILLERS))
def test_with_two_a_day_and_six_a_week_each_question_has_its_reminder(name: str) -> None:
    lived = life(SHIPPED[name], MONDAY.replace(hour=10), clinic(2, 6))
    reminded = [event.step for _, event in lived.events if isinstance(event, e.CheckInReminded)]
    assert reminded == [plan.step for plan in SHIPPED[name].check_ins if plan.remind_after is not None]


def silent(protocol: Protocol, ends: datetime, of: Clinic | None = None) -> dict[str, str]:
    """Where each check-in stands in the end, of a patient who never answers."""
    return {one.step: one.state.value for one in life(protocol, ends, of or clinic(1, 3)).episode.check_ins}


def life(protocol: Protocol, ends: datetime, of: Clinic) -> Lived:
    episode = an_episode(protocol, treated_until=ends, check_ins=planned("episode", protocol, ends))
    last = max(plan.after for plan in protocol.check_ins)
    return Lived(episode, circumstances(protocol=protocol, clinic=of)).until(
        ends + last + timedelta(days=3), start=ends
    )
