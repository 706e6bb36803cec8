"""Whatever happens in whatever order: a crash, a carrier's mood, a clock, a patient. No promise is broken."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from kit import torture_simulation
from kit.torture_rules import Aftercare, Mood
from kit.torture_wrong_sends import send_then_mark

if TYPE_CHECKING:
    from followup.flows.services import Services

PATIENT: dict[str, Any] = {"deadline": None, "suppress_health_check": list(HealthCheck), "database": None}


@pytest.mark.timeout(300)
def test_some_orders_of_misfortunes_break_no_promise() -> None:
    short = settings(max_examples=5, stateful_step_count=20, derandomize=True, **PATIENT)
    run_state_machine_as_test(Aftercare, settings=short)


@pytest.mark.torture
@pytest.mark.timeout(6 * 3600)
def test_two_thousand_orders_of_fifty_misfortunes_break_no_promise() -> None:
    run_state_machine_as_test(Aftercare, settings=settings(max_examples=2000, stateful_step_count=50, **PATIENT))


def a_carrier_that_says_nothing() -> None:
    """It takes what is due in the first days, and nobody hears so."""
    state = Aftercare()
    try:
        state.treated(seed=0)
        state.carrier_is(Mood.SILENT)
        for _ in range(30):
            state.next_thing_happens()
            state.nobody_was_asked_twice()
    finally:
        state.teardown()


@pytest.mark.timeout(300)
def test_the_same_rules_find_a_service_that_sends_before_it_marks(monkeypatch: pytest.MonkeyPatch) -> None:
    a_carrier_that_says_nothing()

    async def careless(services: Services) -> int:
        await send_then_mark(services)
        return 0  # it would be asked again at once, for what the carrier had no time for

    # What is wrong on purpose stands in the place of what is right.
    monkeypatch.setattr(torture_simulation, "send_messages", careless)
    with pytest.raises(AssertionError, match="went twice"):
        a_carrier_that_says_nothing()


@pytest.mark.timeout(300)
def test_a_question_that_was_held_up_for_days_is_shown_as_not_asked_and_not_as_silence() -> None:
    state = Aftercare()
    try:
        state.treated(seed=6925)
        state.next_things_happen(times=4)
        state.time_passes(steps=576)
        state.time_passes(steps=288)
        state.carrier_is(Mood.BUSY)
        state.time_passes(steps=576)
        state.next_things_happen(times=3)
        state.time_passes(steps=288)
    finally:
        state.teardown()
