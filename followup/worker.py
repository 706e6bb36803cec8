"""The metronome: APScheduler only beats, each job is one call of a flow (docs/decisions/0002)."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC
from typing import TYPE_CHECKING, Any

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from followup.flows.drain_inbox import drain_inbox
from followup.flows.fetch_bookings import fetch_bookings
from followup.flows.fetch_pictures import fetch_pictures
from followup.flows.mistakes import where
from followup.flows.notify_staff import notify_staff
from followup.flows.poll_bookings import poll_bookings
from followup.flows.readiness import WORKER
from followup.flows.reconcile import look_for_unknown, reconcile
from followup.flows.say_alive import say_alive
from followup.flows.send_messages import send_messages
from followup.flows.sweep_out import sweep_out
from followup.flows.tell_outside import tell_outside
from followup.flows.wake_episodes import wake_episodes
from followup.store import StoreUnavailableError, beats, due, journal

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine

    from followup.flows.services import Services

    Work = Callable[[Services], Awaitable[object]]

BEAT, TELL, LOOK, RECONCILE, ALIVE, PING, POLL, SWEEP = 1, 3, 20, 300, 10, 60, 900, 86_400
"""Seconds between two runs."""
GRACE = 3.0
"""Seconds that work under way has to end when we are told to stop; the rest is left to its lease."""

_log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Job:
    """One piece of work that never runs twice at once; asked for while it runs, it runs once more."""

    name: str
    work: Work
    services: Services
    _is_wanted: bool = False
    _is_running: bool = False

    async def run(self) -> None:
        """Does the work; a failure is logged, and the beat goes on."""
        self._is_wanted = True
        if self._is_running:
            return
        self._is_running = True
        try:
            while self._is_wanted:
                self._is_wanted = False
                await self._try()
        finally:
            self._is_running = False

    async def _try(self) -> None:
        try:
            await self.work(self.services)
        except StoreUnavailableError as error:
            _log.warning("store_unavailable", job=self.name, error=type(error).__qualname__)
        except Exception as error:  # noqa: BLE001 - the beat goes on; an exception's text may quote a patient
            _log.error("job_failed", job=self.name, error=type(error).__qualname__, at=where(error))

    @property
    def is_running(self) -> bool:
        """Whether it is at work."""
        return self._is_running


@dataclass(slots=True)
class Worker:
    """All jobs of one process. `news`: set by whoever has something for it, so that nobody waits for a beat."""

    services: Services
    news: asyncio.Event
    quick: tuple[Job, ...] = ()
    asked: tuple[Job, ...] = ()
    slow: tuple[tuple[Job, int], ...] = ()
    is_stopping: bool = False
    _spawned: set[asyncio.Task[None]] = field(default_factory=set)
    _scheduler: AsyncIOScheduler = field(default_factory=lambda: AsyncIOScheduler(timezone=UTC))

    def __post_init__(self) -> None:
        def job(name: str, work: Work) -> Job:
            return Job(name, work, self.services)

        self.quick = (job("inbox", drain_inbox), job("wake", wake_episodes), job("send", send_messages))
        # Strangers may be slow to answer: never among the quick ones, and at the start after everything else.
        self.asked = (
            job("outbound", tell_outside),
            job("fetch", fetch_bookings),
            job("pictures", fetch_pictures),
        )
        self.slow = (
            (job("ping", say_alive), PING),
            (job("notify", notify_staff), TELL),
            (job("poll", poll_bookings), POLL),
            (job("look", look_for_unknown), LOOK),
            (job("reconcile", reconcile), RECONCILE),
            (job("alive", note_alive), ALIVE),
            (job("sweep", sweep_out), SWEEP),
        )

    async def listen(self) -> None:
        """Beats at once whenever there is news."""
        while not self.is_stopping:
            await self.news.wait()
            self.news.clear()
            await self._from(0)

    async def _from(self, place: int) -> None:
        """This quick job and what may follow from it: what was read may have to be asked, and what is asked be sent."""
        for job in self.quick[place:]:
            await job.run()

    async def beat(self) -> None:
        """Sets those jobs to work that have something to do: one question for all, mostly answered with no."""
        try:
            async with self.services.store.reading() as tx:
                found = await due.anything(tx, self.services.clock(), self.services.wall())
        except StoreUnavailableError as error:
            _log.warning("store_unavailable", job="beat", error=type(error).__qualname__)
            return
        for place, is_due in enumerate((found.inbox, found.episodes, found.messages)):
            if is_due:
                self._spawn(self._from(place))
        for job, is_due in zip(self.asked, (found.deliveries, found.fetches, found.pictures), strict=True):
            if is_due:
                self._spawn(job.run())

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._spawned.add(task)
        task.add_done_callback(self._spawned.discard)

    def start(self) -> None:
        """Begins to beat: now, and then at each interval."""
        settings = {"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
        self._scheduler.add_job(self.beat, "interval", seconds=BEAT, id="beat", **settings)
        for job, seconds in self.slow:
            self._scheduler.add_job(job.run, "interval", seconds=seconds, id=job.name, **settings)
        self._scheduler.start()

    async def first(self) -> None:
        """What is done before the first beat: say that we live, and ask what was missed while nobody did."""
        for job, _ in reversed(self.slow):
            await job.run()
        for vocabulary in self.services.catalogue.vocabularies.values():
            # Beside the loop, so that neither a door nor the first reply with a misspelling waits for it.
            await asyncio.to_thread(vocabulary.spellings.prepare)

    async def stop(self) -> None:
        """No more beats; what is under way may end, within reason."""
        self.is_stopping = True
        self._scheduler.pause()
        with suppress(TimeoutError):
            async with asyncio.timeout(GRACE):
                while self.is_at_work:  # noqa: ASYNC110 - several jobs, each of which may begin once more
                    await asyncio.sleep(0.02)
        self._scheduler.shutdown(wait=False)

    @property
    def is_at_work(self) -> bool:
        """Whether any job is running."""
        return any(job.is_running for job in (*self.quick, *self.asked, *(job for job, _ in self.slow)))


async def note_alive(services: Services) -> None:
    """For /readyz; and, in the same commit, chains what was written into the journal since the last time."""
    async with services.store.transaction() as tx:
        await journal.seal(tx)
        await beats.beat(tx, WORKER, services.wall())


@asynccontextmanager
async def running(services: Services, news: asyncio.Event) -> AsyncIterator[Worker]:
    """A worker that beats as long as the context is open."""
    worker = Worker(services, news)
    tasks = [asyncio.create_task(worker.first()), asyncio.create_task(worker.listen())]
    worker.start()
    try:
        yield worker
    finally:
        await worker.stop()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
