"""Check-ins that fall due in the same second, beside APScheduler 3 with its SQLAlchemyJobStore on the same disk.

Ours does the whole of it: the episode is loaded, decided, saved with its journal, its text claimed, handed to a gateway
that does nothing, and settled. APScheduler's job does nothing at all.

    .venv/bin/python benchmarks/due_work.py [how many, 10000]
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
import warnings
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import structlog
from apscheduler.events import EVENT_JOB_EXECUTED
from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from sqlalchemy import create_engine, event

from followup.bookings.find import find_adapters
from followup.catalogue.catalogue import Catalogue, read_catalogue
from followup.cli.running import settle_memory
from followup.domain import events as e
from followup.domain.decision import Decision
from followup.domain.enrolment import planned
from followup.domain.episode import Completion, Episode, EpisodeState, Patient
from followup.flows.send_messages import send_messages
from followup.flows.services import Services
from followup.flows.wake_episodes import wake_episodes
from followup.sms import Accepted
from followup.sms.twilio.hooks import make_hooks
from followup.store import episodes, migrate, open_store, patients
from followup.worker import running

if TYPE_CHECKING:
    from collections.abc import Sequence

    from followup.domain.inputs import Reply
    from followup.domain.protocol import Protocol
    from followup.sms import FoundText, Gateway, Media, OutgoingText, SendOutcome
    from followup.store import Store

TOP = Path(__file__).parents[1]
TREATED = datetime(2026, 1, 12, 10, 0, tzinfo=UTC)
DUE = TREATED + timedelta(hours=24)
BATCH = 200
STEP = 0.005


@dataclass(frozen=True)
class Figures:
    """Rows per second put in and worked off, and how late the last one was."""

    inserted: float
    worked: float
    seconds: float


class NoGateway:
    """Takes every text at once."""

    def __init__(self) -> None:
        self.taken = 0

    async def send(self, _text: OutgoingText) -> SendOutcome:
        """Accepted."""
        self.taken += 1
        return Accepted(f"SM{self.taken:032x}")

    async def find(self, _phone: str, _since: datetime) -> Sequence[FoundText]:
        """Never asked."""
        return ()

    async def missed(self, _sent_to: str, _since: datetime) -> Sequence[Reply]:
        """Never asked."""
        return ()

    @property
    def media(self) -> Media:
        """Never asked for."""
        raise NotImplementedError

    async def reply_hooks(self, _sender: str) -> Sequence[str]:
        """Never asked."""
        return ()

    async def close(self) -> None:
        """Nothing is open."""


class TimedGateway(NoGateway):
    """The same, and notes when."""

    def __init__(self) -> None:
        super().__init__()
        self.times: list[float] = []

    async def send(self, text: OutgoingText) -> SendOutcome:
        """Accepted."""
        self.times.append(time.perf_counter())
        return await super().send(text)


def sample_catalogue() -> Catalogue:
    """The sample clinic without a limit on how many texts go each second."""
    catalogue = read_catalogue(TOP / "config", TOP / "templates", {"GLOW_BOOKING_SECRET": "whsec_" + "A" * 32})
    glow = catalogue.clinics["glow"]
    return replace(catalogue, clinics={"glow": replace(glow, sms=replace(glow.sms, per_second=1e9))})


def opened(number: int, protocol: Protocol) -> Decision:
    """One episode whose first check-in is due at DUE."""
    episode_id = f"{number:032x}"
    episode = Episode(
        id=episode_id,
        clinic="glow",
        source="bench",
        booking_id=f"B-{number}",
        patient_id=f"P-{number}",
        protocol_id=protocol.id,
        protocol_version=protocol.version,
        state=EpisodeState.ACTIVE,
        treated_from=None,
        treated_until=TREATED,
        completion=Completion.EXPLICIT,
        opened_at=TREATED,
        check_ins=planned(episode_id, protocol, TREATED),
    )
    return Decision((e.EpisodeOpened(episode),), DUE)


def services_of(store: Store, catalogue: Catalogue, gateway: Gateway, news: asyncio.Event | None = None) -> Services:
    """What the flows need, at the moment at which everything is due."""
    settle_memory()  # as `serve` does
    return Services(
        store=store,
        catalogue=catalogue,
        adapters=find_adapters(),
        hooks={"simulator": make_hooks(["none"])},
        gateways={"simulator": gateway},
        clock=lambda: DUE,
        wall=lambda: DUE,
        public_url="http://127.0.0.1:1",
        secret_key="none",  # noqa: S106 - opens nothing
        nudge=news.set if news else lambda: None,
    )


async def opened_store(directory: Path, name: str, many: int) -> Store:
    """A store with so many episodes whose first check-in is due."""
    url = f"sqlite:///{directory / name}"
    await migrate(url)
    store = await open_store(url, wall=lambda: DUE)
    protocol = sample_catalogue().protocols["mesotherapy"]
    for first in range(0, many, BATCH):
        async with store.transaction() as tx:
            for number in range(first, min(first + BATCH, many)):
                phone = f"+4477{number:08d}"
                await patients.save(tx, Patient("glow", "bench", f"P-{number}", phone=phone, consent="granted"))
                await episodes.apply(tx, None, opened(number, protocol), at=TREATED)
    return store


async def ours(directory: Path, many: int) -> Figures:
    """Insert, wake, send and settle."""
    began = time.perf_counter()
    store = await opened_store(directory, "ours.db", many)
    inserted = time.perf_counter() - began
    gateway = NoGateway()
    services = services_of(store, sample_catalogue(), gateway)
    began, spent = time.perf_counter(), time.process_time()
    woken = await wake_episodes(services)
    woke = time.perf_counter() - began
    sent = await send_messages(services)
    worked, cpu = time.perf_counter() - began, time.process_time() - spent
    if (woken, sent, gateway.taken) != (many, many, many):
        message = f"{woken} woken, {sent} sent, {gateway.taken} taken of {many}"
        raise AssertionError(message)
    await store.close()
    print(f"  ours: wake and decide {many / woke:,.0f}/s, claim, hand over and settle {many / (worked - woke):,.0f}/s")
    print(f"  ours: {cpu / many * 1000:.2f} ms of processor time for each whole walk")
    return Figures(many / inserted, many / worked, worked)


async def in_service(directory: Path, many: int) -> None:
    """The same under a real worker: how late each text left, and how long the loop stood still for anybody else."""
    store, gateway = await opened_store(directory, "service.db", many), TimedGateway()
    news = asyncio.Event()
    services = services_of(store, sample_catalogue(), gateway, news)
    stalls: list[float] = []
    watcher = asyncio.create_task(watch(stalls))
    began = time.perf_counter()
    async with running(services, news):
        while gateway.taken < many:  # noqa: ASYNC110 - the worker tells nobody
            await asyncio.sleep(0.05)
    watcher.cancel()
    await store.close()
    late = sorted(at - began for at in gateway.times)
    at = {name: late[min(int(len(late) * part), len(late) - 1)] for name, part in (("p50", 0.5), ("p99", 0.99))}
    print(
        f"  under a worker: the first left after {late[0]:.2f} s, p50 {at['p50']:.1f} s, p99 {at['p99']:.1f} s, "
        f"the last {late[-1]:.1f} s; the loop stood still for {max(stalls) * 1000:.0f} ms at most"
    )


async def watch(stalls: list[float]) -> None:
    """Notes by how much each short sleep was too long."""
    while True:
        began = time.perf_counter()
        await asyncio.sleep(STEP)
        stalls.append(time.perf_counter() - began - STEP)


def nothing() -> None:
    """What APScheduler's jobs do."""


async def theirs(directory: Path, many: int) -> Figures:
    """The same number of date jobs, all due when the scheduler starts."""
    engine = create_engine(f"sqlite:///{directory / 'theirs.db'}")

    @event.listens_for(engine, "connect")
    def prepare(connection, _):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202 - SQLAlchemy's own
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")

    scheduler = AsyncIOScheduler(
        jobstores={"default": SQLAlchemyJobStore(engine=engine)},
        job_defaults={"misfire_grace_time": None, "max_instances": many, "coalesce": True},
    )
    scheduler.start(paused=True)
    began = time.perf_counter()
    for number in range(many):
        scheduler.add_job(nothing, "date", run_date=datetime.now(UTC) - timedelta(seconds=1), id=str(number))
    inserted = time.perf_counter() - began
    ran, all_ran = 0, asyncio.Event()

    def count(_: object) -> None:
        nonlocal ran
        ran += 1
        if ran == many:
            all_ran.set()

    scheduler.add_listener(count, EVENT_JOB_EXECUTED)
    began = time.perf_counter()
    scheduler.resume()
    await all_ran.wait()
    worked = time.perf_counter() - began
    scheduler.shutdown(wait=False)
    engine.dispose()
    return Figures(many / inserted, many / worked, worked)


async def main(many: int) -> None:
    with tempfile.TemporaryDirectory() as named:
        directory = Path(named)
        print(f"{many:,} check-ins due in the same second, SQLite (WAL, FULL), one process")
        us, them = await ours(directory, many), await theirs(directory, many)
        await in_service(directory, many)
    print(f"{'':34}{'put in /s':>12}{'worked off /s':>16}{'last one late':>16}")
    print(f"{'followup, whole walk':34}{us.inserted:>12,.0f}{us.worked:>16,.0f}{us.seconds:>14.1f} s")
    print(
        f"{'APScheduler 3, SQLAlchemyJobStore':34}{them.inserted:>12,.0f}{them.worked:>16,.0f}{them.seconds:>14.1f} s"
    )
    print(f"{'ratio':34}{us.inserted / them.inserted:>12.2f}{us.worked / them.worked:>16.2f}")


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(30))
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000))
