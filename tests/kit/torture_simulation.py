"""Weeks of many patients in one process, with crashes: time, carrier and chance are handed in; an oracle looks on."""

from __future__ import annotations

import asyncio
import hashlib
from collections import Counter
from contextlib import AsyncExitStack, nullcontext
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import pairwise
from random import Random
from typing import TYPE_CHECKING

from sqlalchemy import select

from followup.domain.message import Direction, Kind
from followup.flows.accept import accept
from followup.flows.drain_inbox import drain_inbox
from followup.flows.reconcile import look_for_unknown, reconcile
from followup.flows.send_messages import send_messages
from followup.flows.services import Services
from followup.flows.wake_episodes import wake_episodes
from followup.sms.twilio.hooks import make_hooks
from followup.store import StoreUnavailableError, migrate, open_store
from followup.store.tables import check_ins, flags, messages
from kit.hand_clock import MONDAY, HandClock
from kit.torture_ahead import next_due, stopped, waiting
from kit.torture_crash import CrashedError, Fuse, fused
from kit.torture_one_thread import in_one_thread
from kit.torture_treated import FIRST_CHECK_IN, catalogue, phone_of, treat
from kit.torture_world import ALARM, FORM, STOP, WISHES, World

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from kit.torture_world import Post, Typed

GRID = timedelta(minutes=5)
"""Things that happen within the same five minutes are dealt with together."""
ASKS_CARRIER = timedelta(hours=1)
LONGEST_MOVE = timedelta(hours=12)
"""A worker never sleeps for longer than the carrier is asked about."""
CRASHES = 0.01
"""How likely a crash is at one of the next commits, each time the clock moves."""
WINDOW = timedelta(hours=48)
"""How long the sample protocol expects redness and swelling."""
EXCUSED = frozenset({"not_sent", "opted_out", "unreachable", "needs_details"})
OR = " or "
TEXTED = (Kind.ASK, Kind.ASK_LATE)


@dataclass(frozen=True)
class Verdict:
    """What a run came to: what was promised and did not hold, in words; and a name for all that happened."""

    broken: Sequence[str]
    trace: str
    texts: int
    replies: int
    flags: int
    crashes: int


@dataclass
class Simulation:
    """One clinic's weeks. Everything random comes from `random`."""

    url: str
    patients: int
    days: int
    seed: int
    clock: HandClock = field(default_factory=lambda: HandClock(MONDAY))
    fuse: Fuse = field(default_factory=Fuse)
    crashes: int = 0
    crash_rate: float = CRASHES
    spread: timedelta = timedelta(days=5)
    services: Services = field(init=False)
    _treated: dict[str, datetime] = field(default_factory=dict)
    _life: AsyncExitStack = field(default_factory=AsyncExitStack)

    def __post_init__(self) -> None:
        self.random = Random(self.seed)  # noqa: S311 - repeatable on purpose
        self.world = World(self.clock, Random(f"world {self.seed}"))  # noqa: S311 - repeatable on purpose

    async def run(self) -> Verdict:
        """All of it, from the treatments to the last check-in's end."""
        await self.begin()
        await self.go_on(MONDAY + timedelta(days=self.days))
        return await self.end()

    async def begin(self) -> None:
        """A service, and patients who were treated in the days before they are first asked."""
        await migrate(self.url)
        await self._start()
        for number in range(self.patients):
            at = MONDAY + timedelta(minutes=self.random.randint(0, self.spread // timedelta(minutes=1)))
            self._treated[phone_of(number)] = at
            await treat(self.services.store, [number], at + FIRST_CHECK_IN)

    async def go_on(self, end: datetime) -> None:
        """Until then, with a crash now and then."""
        asked_at = self.clock()
        while self.clock() < end:
            await self._move(end)
            self._perhaps_crash()
            is_time = self.clock() - asked_at >= ASKS_CARRIER
            asked_at = self.clock() if is_time else asked_at
            await self.beat(asks_carrier=is_time)

    async def beat(self, *, asks_carrier: bool = False) -> None:
        """What there is to do, until it is done or the process is dead; then there is a new one."""
        try:
            await self._beat()
            if asks_carrier:
                await reconcile(self.services)
        except (CrashedError, StoreUnavailableError):  # what waits for a shared commit hears of the crash so
            await self._restart()

    async def end(self) -> Verdict:
        """What it came to."""
        verdict = await self._judge()
        await self._life.aclose()
        return verdict

    async def _start(self) -> None:
        store = await open_store(self.url, wall=self.clock)
        self._life.push_async_callback(store.close)
        glow = catalogue().clinics["glow"]
        # It reminds on the same day: more happens that may go wrong.
        clinics = {"glow": replace(glow, sms=replace(glow.sms, per_second=1e6, per_day=2, per_week=6))}
        self.services = Services(
            store=fused(store, self.fuse),
            catalogue=replace(catalogue(), clinics=clinics),
            adapters={},
            hooks={"simulator": make_hooks(["none"])},
            gateways={"simulator": self.world},
            clock=self.clock,
            wall=self.clock,
            public_url="http://127.0.0.1:1",
            secret_key="none",
            nudge=lambda: None,
        )
        await reconcile(self.services)  # as every worker does first

    async def _restart(self) -> None:
        self.crashes += 1
        await self._life.aclose()
        self.fuse.at, self.fuse.is_blown = 0, False
        await self._start()

    def _perhaps_crash(self) -> None:
        if self.random.random() < self.crash_rate:
            self.fuse.at = self.fuse.commits + self.random.randint(1, 4)
            self.fuse.is_before = self.random.random() < 0.5

    async def _move(self, end: datetime) -> None:
        """To the next thing that happens, on the grid."""
        async with self.services.store.reading() as tx:
            falls_due = await next_due(tx, self.clock())
        instants = [at for at in (falls_due, self.world.next_at()) if at is not None]
        next_at = max(min([*instants, end, self.clock() + LONGEST_MOVE]), self.clock() + timedelta(seconds=1))
        await self.move_to(MONDAY + GRID * -(-(next_at - MONDAY) // GRID))

    async def move_to(self, at: datetime) -> None:
        """It is then; and what the service knew of who wants no texts before it did anything."""
        self.clock.now = at
        async with self.services.store.reading() as tx:
            self.world.known_stopped = await stopped(tx)

    async def _beat(self) -> None:
        """What the worker does until nothing is left to do; what has come to the door meanwhile came at once."""
        # Kept or not, the carrier never comes back: after a crash, what it has is fetched.
        came = [self._take_in(post) for post in self.world.happened()]
        for kept in await asyncio.gather(*came, return_exceptions=True):
            if isinstance(kept, BaseException) and not isinstance(kept, StoreUnavailableError):
                raise kept
        while await self._beat_once():
            pass

    async def _take_in(self, post: Post) -> None:
        await accept(self.services, clinic="", door=post.door, key=post.key, body=post.body, headers=FORM)

    async def _beat_once(self) -> int:
        """It asks what there is, as the worker does, and looks for what is unknown, where there is any."""
        async with self.services.store.reading() as tx:
            found, is_in_doubt = await waiting(tx, self.clock())
        if is_in_doubt:
            await look_for_unknown(self.services)
            async with self.services.store.reading() as tx:
                found, _ = await waiting(tx, self.clock())
        done = await drain_inbox(self.services) if found.inbox else 0
        if found.episodes or done:
            done += await wake_episodes(self.services)
        if found.messages or done:
            done += await send_messages(self.services)
        return done

    async def _judge(self) -> Verdict:
        """The promises, held against what the world saw and not against what we believe."""
        async with self.services.store.reading() as tx:
            raised = await tx.rows(select(flags.c.episode_id, flags.c.reason, flags.c.subject))
            asked = await tx.rows(select(check_ins.c.episode_id, check_ins.c.step, check_ins.c.state))
            sent = messages.c.kind.in_(TEXTED)
            rows = await tx.rows(select(messages.c.id, messages.c.episode_id, messages.c.step).where(sent))
            replies = await tx.rows(select(messages.c.carrier_id).where(messages.c.direction == Direction.IN))
            known = await stopped(tx)
        heard = Counter(sid for (sid,) in replies)
        reasons: dict[str, set[str]] = {}
        for episode, reason, subject in raised:
            reasons.setdefault(episode, set()).update({str(reason), f"{reason}: {subject}"})
        broken = [
            *self.twice(),
            *(f"{phone} was texted after STOP" for phone in self.world.texted_after_stop),
            *(f"{phone} said STOP last, and is not known to" for phone in sorted(self.world.stopped - known)),
            *(f"reply {one.sid} is there {heard[one.sid]} times" for one in self.world.typed if heard[one.sid] != 1),
            *self._unasked(asked, {(episode, step): name for name, episode, step in rows}, reasons),
            *(f"no flag {flag!r} for {one.text!r} of {one.phone}" for one, flag in self._due_flags(reasons)),
        ]
        trace = hashlib.sha256(repr((self.world.taken, self.world.typed, sorted(map(str, raised)))).encode())
        counts = (len(self.world.taken), len(self.world.typed), len(raised))
        return Verdict(broken, trace.hexdigest(), *counts, self.crashes)

    def twice(self) -> Sequence[str]:
        """Texts that went twice within hours."""
        # The carrier may say that a text did not arrive: then it goes once more, hours later, on purpose.
        again = [name for name, times in Counter(one.message for one in self.world.taken).items() if times > 1]
        return [f"{name} went twice" for name in again if self._is_too_soon(name)]

    def _is_too_soon(self, name: str) -> bool:
        times = [one.at for one in self.world.taken if one.message == name]
        return any(later - sooner < timedelta(hours=2) for sooner, later in pairwise(times))

    def _unasked(
        self, asked: Sequence[tuple[str, str, object]], texts: dict[tuple[str, str], str], reasons: dict[str, set[str]]
    ) -> Sequence[str]:
        """Each check-in is over, was asked once, or staff see why not; and silence is shown."""
        went = {one.message for one in self.world.taken}
        broken = []
        for episode, step, state in asked:
            known = reasons.get(episode, set())
            if str(state) in {"scheduled", "asked"}:
                broken.append(f"{episode} {step} is still {state}")
            if texts.get((episode, step)) not in went and not known & EXCUSED:
                broken.append(f"{episode} {step} was neither asked nor shown")
            if str(state) == "missed" and "silent" not in known:
                broken.append(f"{episode} {step} was missed and nobody knows")
        return broken

    def _due_flags(self, reasons: dict[str, set[str]]) -> list[tuple[Typed, str]]:
        """Flags that a simple reader of digits would raise and that are not there."""
        numbers = {phone_of(number): f"{number:032x}" for number in range(self.patients)}
        return [
            (one, flag)
            for one in self.world.typed
            for flag in self._oracle(one)
            if not reasons.get(numbers[one.phone], set()) & set(flag.split(OR))
        ]

    def _oracle(self, typed: Typed) -> set[str]:
        if typed.text in WISHES:
            return {"opted_out"} if typed.text == STOP else set()
        since = typed.at - self._treated[typed.phone]
        if since > timedelta(days=27):
            # Where the plan was answered and done before, a bare number may mean anything: a person reads it.
            again = OR + "unclear" if self._has_answered_late(typed) else ""
            return {f"alarm_sign: nodules_lumps{again}"} if typed.text.startswith("1") else set()
        found = {"alarm_sign"} if ALARM in typed.text else set()
        if len(typed.text.split()) == 1:
            return found
        for name, digit in zip(("redness", "swelling"), typed.text.split()[:2], strict=True):
            if digit == "3":
                found.add(f"severe: {name}")
            if digit != "0" and since > WINDOW:
                found.add(f"persisting: {name}")
        return found

    def _has_answered_late(self, typed: Typed) -> bool:
        """Whether this is another answer to the last question: a text that is sent again is answered again."""
        late = self._treated[typed.phone] + timedelta(days=27)
        mine = (one for one in self.world.typed if one.phone == typed.phone and one.sid != typed.sid)
        return any(late < one.at <= typed.at for one in mine)


async def simulate(
    directory: Path, *, patients: int, days: int, seed: int, name: str = "", is_quick: bool = True
) -> Verdict:
    """One run on SQLite; is_quick: without the driver's thread and its waits, which change nothing but the time."""
    url = f"sqlite:///{directory}/simulation-{seed}{name}.db"
    with in_one_thread() if is_quick else nullcontext():
        return await Simulation(url, patients, days, seed).run()
