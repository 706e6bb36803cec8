"""A service that crashes at its n-th commit, is started again, and goes on with what it was told: time by hand."""

from __future__ import annotations

from collections import Counter
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import aiohttp
from aiohttp import web
from sqlalchemy import event, select

from followup.app import open_services
from followup.flows.reconcile import reconcile
from followup.settings import read_settings
from followup.sms.simulator.simulator import make_simulator
from followup.store import migrate
from followup.store.house_tables import journal
from followup.store.store import Store
from followup.store.tables import check_ins, episodes, flags, inbox, messages
from followup.web import make_app
from kit.hand_clock import MONDAY, HandClock
from kit.sources import TOP
from kit.story import Story, _catalogue, _environment
from kit.torture_nursery import a_port

if TYPE_CHECKING:
    import asyncio
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
    from pathlib import Path

    from followup.catalogue.catalogue import Catalogue
    from followup.sms.simulator.simulator import Simulator
    from followup.store import Kept, NewItem
    from followup.store.transaction import Transaction

CONFIG = TOP / "config"


def _with_room() -> Catalogue:
    """The sample, of a clinic that reminds on the same day: more happens in it that may go wrong."""
    shipped = _catalogue(CONFIG)
    glow = shipped.clinics["glow"]
    return replace(shipped, clinics={"glow": replace(glow, sms=replace(glow.sms, per_day=2, per_week=6))})


class CrashedError(BaseException):
    """The process is dead. Not an Exception: nothing in the service may catch it."""


@dataclass
class Fuse:
    """Blows at the commit `at`, before it or after; never where that is 0. `commits` counts those that wrote.

    writers: connections whose transaction has written something; on PostgreSQL several are open at once.
    """

    at: int = 0
    is_before: bool = True
    commits: int = 0
    is_blown: bool = False
    writers: set[int] = field(default_factory=set)

    def check(self) -> None:
        """A dead process does nothing more."""
        if self.is_blown:
            raise CrashedError

    def before(self, writer: int) -> int:
        """This connection is about to commit: which commit that is, 0 for one that changes nothing."""
        if writer not in self.writers:
            return 0
        self.writers.discard(writer)
        self.commits += 1
        self._burn(self.commits, is_before=True)
        return self.commits

    def after(self, commit: int) -> None:
        """That commit has happened."""
        if commit:
            self._burn(commit, is_before=False)

    def _burn(self, commit: int, *, is_before: bool) -> None:
        if commit == self.at and is_before is self.is_before:
            self.is_blown = True
            raise CrashedError


class FusedStore(Store):
    """The real store with a fuse at its commits."""

    fuse: Fuse

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        self.fuse.check()
        async with super().transaction() as tx:
            writer = id(tx._connection.sync_connection)
            self.fuse.writers.discard(writer)
            yield tx
            await tx.flush()
            commit = self.fuse.before(writer)
        self.fuse.after(commit)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Transaction]:
        self.fuse.check()
        async with super().reading() as tx:
            yield tx

    async def keep(self, new: NewItem) -> Kept:
        try:
            return await super().keep(new)
        finally:
            # Nobody awaits the task of a shared commit, and a crash in it is no news to be logged.
            if self._keeper._task is not None:
                self._keeper._task.add_done_callback(_hear)


def _hear(task: asyncio.Task[None]) -> None:
    if not task.cancelled():
        task.exception()


def fused(store: Store, fuse: Fuse) -> FusedStore:
    """This store's connections with a fuse before them."""
    made = FusedStore(store._engines, store._wall, store._journal_key)
    made.fuse = fuse

    @event.listens_for(store._engines.writes.sync_engine, "before_cursor_execute")
    def note(connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.lstrip().upper().startswith(("INSERT", "UPDATE", "DELETE")):
            fuse.writers.add(id(connection))

    return made


@dataclass
class Stage:
    """What outlives a crash: the database, the carrier, the clocks and the port. `story`: the process of today."""

    environment: Mapping[str, str]
    simulator: Simulator
    fuse: Fuse
    clock: HandClock
    wall: HandClock
    session: aiohttp.ClientSession
    story: Story = field(init=False)
    crashes: int = 0
    _life: AsyncExitStack = field(default_factory=AsyncExitStack)

    async def start(self) -> None:
        """A new process, on what the last one left."""
        settings = read_settings(self.environment)
        opened = open_services(settings, self.environment, clock=self.clock, wall=self.wall, catalogue=_with_room())
        services = await self._life.enter_async_context(opened)
        services = replace(services, store=fused(services.store, self.fuse))
        runner = web.AppRunner(make_app(services, TOP / "templates"), access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        self._life.push_async_callback(runner.cleanup)
        await web.TCPSite(runner, "127.0.0.1", settings.port).start()
        origin, secret = self.environment["FOLLOWUP_PUBLIC_URL"], self.environment["GLOW_BOOKING_SECRET"]
        self.story = Story(services, self.simulator, self.clock, self.wall, origin, secret, self.session)

    async def stop(self) -> None:
        """The process is gone."""
        await self._life.aclose()

    async def do(self, step: Callable[[Stage], Awaitable[None]]) -> None:
        """One thing from outside, and once more after a crash: whoever does it does not know how far we came."""
        try:
            await step(self)
        except CrashedError:
            self.crashes += 1
            await self.stop()
            self.fuse.at, self.fuse.is_blown = 0, False
            await self.start()
            await reconcile(self.story.services)
            await self.story.settle()  # it is started again at once: no time passes in between
            await step(self)


@asynccontextmanager
async def open_stage(directory: Path, url: str, fuse: Fuse) -> AsyncIterator[Stage]:
    """A clinic on a Monday morning, with a service that has just been started."""
    del directory
    clock, wall = HandClock(MONDAY), HandClock(MONDAY)
    async with AsyncExitStack() as stack:
        port = a_port()
        origin = f"http://127.0.0.1:{port}"
        simulator = make_simulator(clock, reply_url=f"{origin}/hooks/sms/simulator/reply")
        await simulator.start()
        stack.push_async_callback(simulator.stop)
        environment = {**_environment(simulator, origin, CONFIG, url), "PORT": str(port)}
        await migrate(url)
        session = await stack.enter_async_context(aiohttp.ClientSession())
        stage = Stage(environment, simulator, fuse, clock, wall, session)
        await stage.start()
        stack.push_async_callback(stage.stop)
        yield stage


GONE = {"accepted", "sent", "delivered"}


async def end_state(stage: Stage) -> dict[str, Any]:
    """All that must not depend on crashes: what the patient got, and what is stored, without times."""
    async with stage.story.services.store.reading() as tx:

        async def rows(*columns: Any, where: Any = True) -> Sequence[Any]:
            found = await tx.rows(select(*columns).where(where))
            return sorted(tuple(str(cell) for cell in row) for row in found)

        texts = await rows(messages.c.direction, messages.c.kind, messages.c.step, messages.c.body, messages.c.state)
        told = await rows(journal.c.event, where=journal.c.event != "MessageSettled")
        return {
            "on the phone": [(text.direction.value, text.body) for text in stage.simulator.conversation(PHONE)],
            "texts": [(*row[:-1], "gone" if row[-1] in GONE else row[-1]) for row in texts],
            "episodes": await rows(episodes.c.booking_id, episodes.c.state, episodes.c.wake_at),
            "check-ins": await rows(check_ins.c.step, check_ins.c.state, check_ins.c.why),
            "flags": await rows(flags.c.reason, flags.c.subject, flags.c.state, flags.c.outcome, flags.c.times_raised),
            "waiting": await rows(inbox.c.key, where=inbox.c.outcome.is_(None)),
            "journal": Counter(told),
        }


PHONE = "+447700900001"
