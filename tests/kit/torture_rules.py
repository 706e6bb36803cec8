"""A service whose next misfortune somebody else chooses, one step after the other: for Hypothesis."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from followup.sms import Accepted, Refused, TryLater, Unknown
from followup.store import migrate
from kit.hand_clock import MONDAY
from kit.torture_one_thread import in_one_thread
from kit.torture_simulation import GRID, Simulation
from kit.torture_treated import FIRST_CHECK_IN, phone_of
from kit.torture_world import ALARM, START, STOP, Typed, World

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from followup.sms import OutgoingText, SendOutcome

PATIENTS, DAYS = 2, 37
AT_MOST_APART = timedelta(hours=3)
ANSWERS_WITHIN = timedelta(hours=10)
ANSWERS = ("0 0", "1 0", "2 1", "3 0", "0 3", f"1 1 and {ALARM}")
LATE_ANSWERS = ("0", "1")


class Mood(StrEnum):
    """What the carrier makes of a text."""

    TAKES = "takes it and says so"
    BUSY = "has no time"
    REFUSES = "does not take it and does not say so"
    SILENT = "takes it and does not say so"


@dataclass
class RuledWorld(World):
    """The same carrier, in the mood that it is put into; patients who type when they are told to."""

    mood: Mood = Mood.TAKES
    asked: dict[str, tuple[datetime, bool]] = field(default_factory=dict)

    async def send(self, text: OutgoingText) -> SendOutcome:
        if self._is_blocked(text.phone):
            return Refused(21610, "HTTP 400")
        match self.mood:
            case Mood.BUSY:
                return TryLater(20429)
            case Mood.REFUSES:
                return Unknown("HTTP 500")
            case Mood.SILENT:
                self._take(text)
                return Unknown("cut")
            case Mood.TAKES:
                return Accepted(self._take(text))

    def _make_up_mind(self, phone: str, *, is_late: bool) -> None:
        self.asked[phone] = (self.clock(), is_late)

    def type_soon(self, phone: str, text: str) -> None:
        """In a minute the patient types that, unless there is something else to type; it may be lost on its way."""
        if any(isinstance(what, Typed) and what.phone == phone for _, _, what in self._later):
            return
        self.asked.pop(phone, None)
        typed = Typed(f"SM{next(self._serials):032x}", self.clock(), phone, text)
        self._plan(timedelta(minutes=1), typed)


@cache
def _migrated() -> Path:
    file = Path(tempfile.mkdtemp(prefix="followup-rules-")) / "migrated.db"
    asyncio.run(migrate(f"sqlite:///{file}"))
    return file


class Aftercare(RuleBasedStateMachine):
    """Two patients' weeks, a carrier, a clock and a process that may die at its next commits."""

    simulation: Simulation
    world: RuledWorld

    def __init__(self) -> None:
        super().__init__()
        self.quick: AbstractContextManager[None] = in_one_thread()
        self.quick.__enter__()
        self.runner = asyncio.Runner()
        self.room = tempfile.TemporaryDirectory(prefix="followup-rules-")
        shutil.copy(_migrated(), Path(self.room.name) / "followup.db")

    @initialize(seed=st.integers(0, 2**16))
    def treated(self, seed: int) -> None:
        """Everybody has been treated, and is to be asked within hours."""
        url = f"sqlite:///{self.room.name}/followup.db"
        self.simulation = Simulation(url, PATIENTS, DAYS, seed, crash_rate=0, spread=AT_MOST_APART)
        self.world = RuledWorld(self.simulation.clock, Random(f"world {seed}"))  # noqa: S311 - repeatable on purpose
        self.simulation.world = self.world
        self.runner.run(self.simulation.begin())
        self.runner.run(self.simulation.move_to(MONDAY + FIRST_CHECK_IN - GRID))

    @rule(steps=st.sampled_from((1, 3, 12, 37, 144, 288, 576)))
    def time_passes(self, steps: int) -> None:
        """Minutes to a day, in which the worker slept; then it beats."""
        self.runner.run(self.simulation.move_to(self.simulation.clock() + GRID * steps))
        self.runner.run(self.simulation.beat())

    @rule(times=st.integers(1, 4))
    def next_things_happen(self, times: int) -> None:
        """The clock moves to whatever is due next, and then again."""
        for _ in range(times):
            self.next_thing_happens()

    def next_thing_happens(self) -> None:
        """One of them."""
        self.runner.run(self.simulation._move(MONDAY + timedelta(days=DAYS)))
        self.runner.run(self.simulation.beat())

    @rule()
    def carrier_is_asked(self) -> None:
        """What it has and we have not comes in."""
        self.runner.run(self.simulation.beat(asks_carrier=True))

    @rule(mood=st.sampled_from(Mood))
    def carrier_is(self, mood: Mood) -> None:
        """From now on."""
        self.world.mood = mood

    @rule(patient=st.integers(0, PATIENTS - 1), answer=st.integers(0, 5))
    def patient_answers(self, patient: int, answer: int) -> None:
        """If there is a question, and it is not from long ago."""
        asked_at, is_late = self.world.asked.get(phone_of(patient), (MONDAY - timedelta(days=9), False))
        if self.simulation.clock() - asked_at <= ANSWERS_WITHIN:
            texts = LATE_ANSWERS if is_late else ANSWERS
            self.world.type_soon(phone_of(patient), texts[answer % len(texts)])

    @rule(patient=st.integers(0, PATIENTS - 1))
    def patient_stops(self, patient: int) -> None:
        """Wants no more texts."""
        self.world.type_soon(phone_of(patient), STOP)

    @rule(patient=st.integers(0, PATIENTS - 1))
    def patient_wants_texts_again(self, patient: int) -> None:
        """Whether it is known here or not, and whatever was lost on the way before."""
        self.world.type_soon(phone_of(patient), START)

    @rule(commits=st.integers(1, 6), is_before=st.booleans())
    def will_crash(self, commits: int, *, is_before: bool) -> None:
        """At one of the next commits."""
        fuse = self.simulation.fuse
        fuse.at, fuse.is_before = fuse.commits + commits, is_before

    @rule()
    def restarts(self) -> None:
        """Killed while nothing was under way."""
        self.runner.run(self.simulation._restart())

    @invariant()
    def nobody_was_asked_twice(self) -> None:
        """At no moment."""
        if hasattr(self, "simulation"):
            broken = [*self.simulation.twice(), *self.world.texted_after_stop]
            assert not broken, broken

    def teardown(self) -> None:
        """The carrier comes to its senses, the weeks go by; then every promise is looked at."""
        try:
            if hasattr(self, "simulation"):
                self.world.mood = Mood.TAKES
                self.runner.run(self.simulation.beat(asks_carrier=True))
                self.runner.run(self.simulation.go_on(max(MONDAY, self.simulation.clock()) + timedelta(days=DAYS)))
                broken = self.runner.run(self.simulation.end()).broken
                assert not broken, broken
        finally:
            self.runner.close()
            self.room.cleanup()
            self.quick.__exit__(None, None, None)
