"""Workers killed at random points while the carrier fails, and what became of every check-in that was due."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections import Counter
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from random import Random
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from followup.domain.message import Direction, MessageState
from followup.sms.simulator.account import Direction as Way
from followup.sms.simulator.faults import NONE
from followup.sms.simulator.simulator import Simulator, make_simulator
from followup.store import migrate, open_store
from followup.store.house_tables import journal
from followup.store.tables import check_ins, flags, inbox, messages
from kit.story import _environment
from kit.torture_carrier import Mischief, answering
from kit.torture_nursery import SECONDS, WEB, WORKER, Nursery, a_port, open_nursery, unlimited_config
from kit.torture_treated import SECRET, phone_of, treat

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

    from followup.store import Store

EACH_LIFE = 3
"""Patients whose check-in falls due with each life."""
PAUSE = SECONDS["lease"] + SECONDS["settle"] + 3 * SECONDS["between_looks"] + 1
"""Long enough for the other worker to look for the text twice and to send it again."""
PATIENCE = 300.0
"""Seconds that the last life, which nobody kills, has to come to rest."""
IN_FLIGHT = (MessageState.QUEUED, MessageState.ATTEMPTING, MessageState.UNKNOWN)


@dataclass(frozen=True)
class Outcome:
    """What became of it all. duplicates: texts too many; lost: check-ins neither asked nor shown to staff."""

    kills: int
    check_ins: int
    texts: int
    duplicates: int
    lost: int
    shown: int
    replies: int
    replies_lost: int
    at_rest: bool
    seconds: float
    did: Counter[str]


def now() -> datetime:
    """The machine's time, which is what killed processes live by."""
    return datetime.now(UTC)


@dataclass
class Killing:
    """One run: a carrier that fails as its seed says, lives that are killed, and the store they share."""

    nursery: Nursery
    simulator: Simulator
    mischief: Mischief
    store: Store
    random: Random
    send: str
    on_many: bool
    kills: int = 0
    treated: int = 0
    lives: dict[tuple[str, ...], int] = field(default_factory=dict)

    async def run(self, kills: int) -> Outcome:
        """Kills so often, then lets everything come to rest, then counts."""
        return await self._run(kills, self._kill)

    async def pause(self, pauses: int) -> Outcome:
        """The same with processes that stand still past their lease and all looks, and then go on."""
        return await self._run(pauses, self._stop_for_a_while)

    async def _run(self, times: int, strike: Callable[[tuple[str, ...]], Awaitable[None]]) -> Outcome:
        began = time.perf_counter()
        for _ in range(times):
            await self._feed()
            await self._see_to_lives()
            await self._wait()
            await strike(self.random.choice(list(self.lives)))
            self.kills += 1
        await self._see_to_lives()
        at_rest = await self._rest()
        for parts in list(self.lives):
            await self._kill(parts)
        return await self._count(at_rest=at_rest, seconds=time.perf_counter() - began)

    async def _stop_for_a_while(self, parts: tuple[str, ...]) -> None:
        os.kill(self.lives[parts], signal.SIGSTOP)
        await asyncio.sleep(PAUSE)
        os.kill(self.lives[parts], signal.SIGCONT)

    async def _feed(self) -> None:
        await treat(self.store, range(self.treated, self.treated + EACH_LIFE), now())
        self.treated += EACH_LIFE

    async def _see_to_lives(self) -> None:
        for parts in ((WEB, WORKER), (WORKER,)) if self.on_many else ((WEB, WORKER),):
            if parts not in self.lives:
                self.lives[parts] = await self.nursery.begin(*parts, send=self.send)

    async def _wait(self) -> None:
        """Until any moment, or until just after the carrier was called: there the danger is greatest."""
        if self.random.random() < 0.4:
            await asyncio.sleep(self.random.uniform(0, 1.2))
            return
        self.mischief.called.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(2):
                await self.mischief.called.wait()
        await asyncio.sleep(self.random.uniform(0, 0.08))

    async def _kill(self, parts: tuple[str, ...]) -> None:
        await self.nursery.end(self.lives.pop(parts))

    async def _rest(self) -> bool:
        """Whether nothing is under way any more, within reason."""
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE):
                quiet = 0
                while quiet < 3:
                    await asyncio.sleep(0.4)
                    quiet = 0 if await self._is_busy() else quiet + 1
                return True
        return False

    async def _is_busy(self) -> bool:
        async with self.store.reading() as tx:
            waits = await tx.value(select(func.count()).where(inbox.c.outcome.is_(None)))
            out = messages.c.direction == Direction.OUT
            flying = await tx.value(select(func.count()).where(out, messages.c.state.in_(IN_FLIGHT)))
            scheduled = check_ins.c.state == "scheduled"
            unasked = await tx.value(select(func.count()).where(scheduled, check_ins.c.due_at <= now()))
            replies = await tx.value(select(func.count()).where(messages.c.direction == Direction.IN))
        return bool(waits or flying or unasked) or replies < len(self._typed())

    def _typed(self) -> list[str]:
        texts = [text for phone in self.simulator.phones() for text in self.simulator.conversation(phone)]
        return [text.sid for text in texts if text.direction is Way.INBOUND]

    async def _count(self, *, at_rest: bool, seconds: float) -> Outcome:
        got = Counter(
            (phone, text.body) for phone in self.simulator.phones() for text in self.simulator.texts_to(phone)
        )
        asked = {phone for phone, body in got if "redness" in body.lower()}
        shown = await self._shown()
        unasked = [number for number in range(self.treated) if phone_of(number) not in asked]
        lost = [number for number in unasked if f"{number:032x}" not in shown]
        typed, kept = self._typed(), await self._kept()
        return Outcome(
            kills=self.kills,
            check_ins=self.treated,
            texts=sum(got.values()),
            duplicates=sum(times - 1 for times in got.values()),
            lost=len(lost),
            shown=len(unasked) - len(lost),
            replies=len(typed),
            replies_lost=sum(kept[sid] != 1 for sid in typed),
            at_rest=at_rest,
            seconds=seconds,
            did=self.mischief.did,
        )

    async def _shown(self) -> set[str]:
        """Episodes about which staff read that something was not sent or cannot be."""
        reasons = ("not_sent", "unreachable", "needs_details")
        async with self.store.reading() as tx:
            found = await tx.rows(select(flags.c.episode_id).where(flags.c.reason.in_(reasons)))
        return {episode for (episode,) in found}

    async def _kept(self) -> Counter[str]:
        """How often each reply became a text of its episode, and was journalled."""
        async with self.store.reading() as tx:
            rows = await tx.rows(select(messages.c.carrier_id).where(messages.c.direction == Direction.IN))
            heard = await tx.value(select(func.count()).where(journal.c.event == "ReplyReceived"))
        assert heard == len(rows)
        return Counter(carrier_id for (carrier_id,) in rows)


@asynccontextmanager
async def open_killing(
    directory: Path,
    url: str,
    *,
    seed: int,
    send: str = "",
    with_faults: bool = True,
    with_receipts: bool = True,
    on_many: bool = False,
) -> AsyncIterator[Killing]:
    """Everything a run needs. `send`: another send flow than ours; on_many: a second worker beside the first."""
    names = count()
    async with AsyncExitStack() as stack:
        origin = f"http://127.0.0.1:{a_port()}"
        simulator = make_simulator(
            now, reply_url=f"{origin}/hooks/sms/simulator/reply", answering=answering, name=f"{seed}-{next(names)}"
        )
        mischief = Mischief(Random(f"carrier {seed}"))  # noqa: S311 - repeatable on purpose
        mischief.befall(simulator, with_faults=with_faults)
        if not with_receipts:
            simulator.faults.choose_receipts = lambda *_: NONE
        await simulator.start()
        stack.push_async_callback(simulator.stop)
        environment = _environment(simulator, origin, unlimited_config(directory), url)
        environment |= {"GLOW_BOOKING_SECRET": SECRET, "PORT": origin.rpartition(":")[2]}
        await migrate(url)
        store = await open_store(url, wall=now)
        stack.push_async_callback(store.close)
        nursery = await stack.enter_async_context(open_nursery(environment, directory / "lives.log"))
        randomly = Random(f"kills {seed}")  # noqa: S311 - repeatable on purpose
        yield Killing(nursery, simulator, mischief, store, randomly, send, on_many)


async def kill_often(directory: Path, url: str, *, kills: int, **how: object) -> Outcome:
    """One whole run."""
    async with open_killing(directory, url, **how) as killing:  # type: ignore[arg-type] # handed on as they are
        return await killing.run(kills)


def unfinished(outcome: Outcome) -> str:
    """What of the promise an outcome breaks; "" where it holds."""
    broken = {
        "not at rest": not outcome.at_rest,
        f"{outcome.duplicates} duplicates": outcome.duplicates,
        f"{outcome.lost} lost": outcome.lost,
        f"{outcome.replies_lost} replies lost": outcome.replies_lost,
    }
    return ", ".join(what for what, is_so in broken.items() if is_so)
