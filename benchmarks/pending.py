"""Does a due check-in cost the same, however many others wait? Beside APScheduler 3 with its SQLAlchemyJobStore.

Each size: so many episodes with their whole plans wait for next month, and some are due now. Ours is the whole walk of
`due_work.py`; APScheduler's jobs do nothing.

    .venv/bin/python benchmarks/pending.py [sizes, 10000 100000 1000000]
"""

# ruff: noqa: S608 - every name in the SQL is ours

from __future__ import annotations

import asyncio
import pickle
import sys
import tempfile
import time
import warnings
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import structlog
from apscheduler.events import EVENT_JOB_EXECUTED
from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from due_work import DUE, TREATED, NoGateway, nothing, opened, sample_catalogue, services_of
from sqlalchemy import create_engine, event, text

from followup.domain.episode import Patient
from followup.flows.send_messages import send_messages
from followup.flows.wake_episodes import wake_episodes
from followup.store import episodes, migrate, open_store, patients, tables

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sqlalchemy import Engine, Table

    from followup.store import Store

SIZES = (10_000, 100_000, 1_000_000)
NOW_DUE = 2_000
FAR = DUE + timedelta(days=30)
TEMPLATE = 0xF << 124
"""The episode of which the waiting ones are copies."""
CHUNK = 50_000


@dataclass(frozen=True)
class Figures:
    """Worked off per second, processor time for each, and what the process takes."""

    per_second: float
    cpu_ms: float
    mib: float


async def ours(directory: Path, waiting: int) -> Figures:
    """So many wait, NOW_DUE are due."""
    file = directory / f"ours-{waiting}.db"
    url = f"sqlite:///{file}"
    await migrate(url)
    store, catalogue, gateway = await open_store(url, wall=lambda: DUE), sample_catalogue(), NoGateway()
    protocol = catalogue.protocols["mesotherapy"]
    await put(store, [TEMPLATE, *range(1, NOW_DUE + 1)], protocol)
    await store.close()
    copy_template(f"sqlite:///{file}", waiting)
    store = await open_store(url, wall=lambda: DUE)
    services = services_of(store, catalogue, gateway)
    began, spent = time.perf_counter(), time.process_time()
    woken, sent = await wake_episodes(services), await send_messages(services)
    seconds, cpu = time.perf_counter() - began, time.process_time() - spent
    if (woken, sent) != (NOW_DUE, NOW_DUE):
        message = f"{woken} woken, {sent} sent of {NOW_DUE}"
        raise AssertionError(message)
    await store.close()
    show_plans(file)
    file.unlink()
    return Figures(NOW_DUE / seconds, cpu / NOW_DUE * 1000, resident_mib())


async def put(store: Store, numbers: Sequence[int], protocol: Any) -> None:
    """Episodes that are due at DUE."""
    for first in range(0, len(numbers), 200):
        async with store.transaction() as tx:
            for number in numbers[first : first + 200]:
                phone = f"+4477{number % 10**8:08d}"
                await patients.save(tx, Patient("glow", "bench", f"P-{number}", phone=phone, consent="granted"))
                await episodes.apply(tx, None, opened(number, protocol), at=TREATED)


def copy_template(url: str, waiting: int) -> None:
    """The template's rows again and again, under other names, due next month."""
    engine = create_engine(url)
    far = f"'{FAR.astimezone(UTC).isoformat(timespec='microseconds')}'"
    of_episode = {"id": "printf('e%031x', n)", "booking_id": "'W-' || n", "patient_id": "'W-' || n", "wake_at": far}
    of_check_in = {"episode_id": "printf('e%031x', n)", "id": "printf('%x-', n) || id", "due_at": far}
    of_patient = {"id": "'W-' || n", "phone": "printf('+4478%08d', n)"}
    with engine.begin() as connection:
        for start in range(0, waiting, CHUNK):
            most = min(CHUNK, waiting - start)
            copy(connection, tables.patients, of_patient, f"id = 'P-{TEMPLATE}'", start, most)
            copy(connection, tables.episodes, of_episode, f"id = '{TEMPLATE:032x}'", start, most)
            copy(connection, tables.check_ins, of_check_in, f"episode_id = '{TEMPLATE:032x}'", start, most)
        late = {"at": far.strip("'")}
        connection.execute(text(f"UPDATE episodes SET wake_at = :at WHERE id = '{TEMPLATE:032x}'"), late)
    engine.dispose()


def copy(connection: Any, table: Table, other: Mapping[str, str], where: str, start: int, most: int) -> None:
    """One table's share of a chunk."""
    names = [column.name for column in table.columns]
    values = ", ".join(other.get(name, f'"{name}"') for name in names)
    numbers = f"WITH RECURSIVE s(n) AS (SELECT {start} UNION ALL SELECT n + 1 FROM s WHERE n < {start + most - 1})"
    listed = ", ".join(f'"{name}"' for name in names)
    connection.execute(
        text(f"INSERT INTO {table.name} ({listed}) {numbers} SELECT {values} FROM {table.name}, s WHERE {where}")
    )


def show_plans(file: Path) -> None:
    """How SQLite finds what is due and what may be claimed."""
    engine = create_engine(f"sqlite:///{file}")
    now = DUE.isoformat(timespec="microseconds")
    asked = {
        "due": f"SELECT id FROM episodes WHERE wake_at IS NOT NULL AND wake_at <= '{now}' ORDER BY wake_at LIMIT 50",
        "claim": "SELECT id FROM messages WHERE clinic = 'glow' AND state = 'queued' "
        f"AND not_before <= '{now}' ORDER BY rank, not_before, id LIMIT 50",
    }
    with engine.connect() as connection:
        for name, sql in asked.items():
            steps = [row[3] for row in connection.execute(text(f"EXPLAIN QUERY PLAN {sql}"))]
            print(f"    {name}: {'; '.join(steps)}")
    engine.dispose()


async def theirs(directory: Path, waiting: int) -> Figures:
    """The same with date jobs."""
    file = directory / f"theirs-{waiting}.db"
    engine = create_engine(f"sqlite:///{file}")
    event.listen(engine, "connect", _pragmas)
    store = SQLAlchemyJobStore(engine=engine)
    defaults = {"misfire_grace_time": None, "max_instances": NOW_DUE, "coalesce": True}
    scheduler = AsyncIOScheduler(jobstores={"default": store}, job_defaults=defaults)
    scheduler.start(paused=True)
    for number in range(NOW_DUE):
        scheduler.add_job(nothing, "date", run_date=datetime.now(UTC) - timedelta(seconds=1), id=str(number))
    far = datetime.now(UTC) + timedelta(days=30)
    job = scheduler.add_job(nothing, "date", run_date=far, id="far")
    _fill(engine, store, waiting, far.timestamp(), pickle.dumps(job.__getstate__(), store.pickle_protocol))
    ran, all_ran = 0, asyncio.Event()

    def count(_: object) -> None:
        nonlocal ran
        ran += 1
        if ran == NOW_DUE:
            all_ran.set()

    scheduler.add_listener(count, EVENT_JOB_EXECUTED)
    began, spent = time.perf_counter(), time.process_time()
    scheduler.resume()
    await all_ran.wait()
    seconds, cpu = time.perf_counter() - began, time.process_time() - spent
    scheduler.shutdown(wait=False)
    engine.dispose()
    file.unlink()
    return Figures(NOW_DUE / seconds, cpu / NOW_DUE * 1000, resident_mib())


def _pragmas(connection: Any, _: Any) -> None:
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")


def _fill(engine: Engine, store: Any, waiting: int, at: float, state: bytes) -> None:
    with engine.begin() as connection:
        for rows in _chunks(waiting, at, state):
            connection.execute(store.jobs_t.insert(), rows)


def _chunks(waiting: int, at: float, state: bytes) -> Iterator[list[dict[str, Any]]]:
    for start in range(0, waiting, CHUNK):
        numbers = range(start, min(start + CHUNK, waiting))
        yield [{"id": f"w{number}", "next_run_time": at, "job_state": state} for number in numbers]


def resident_mib() -> float:
    """Of this process, now."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


async def main(sizes: Sequence[int]) -> None:
    print(f"{NOW_DUE:,} check-ins due now while others wait; SQLite (WAL, FULL), one process")
    print(f"{'waiting':>10}  {'':34}{'worked off /s':>14}{'CPU ms each':>13}{'resident MiB':>14}")
    with tempfile.TemporaryDirectory() as named:
        for waiting in sizes:
            us, them = await ours(Path(named), waiting), await theirs(Path(named), waiting)
            for label, it in (("followup, whole walk", us), ("APScheduler 3, SQLAlchemyJobStore", them)):
                print(f"{waiting:>10,}  {label:34}{it.per_second:>14,.0f}{it.cpu_ms:>13.2f}{it.mib:>14.0f}")
            print(f"{'':10}  {'ratio':34}{us.per_second / them.per_second:>14.2f}")


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(30))
    asyncio.run(main([int(said) for said in sys.argv[1:]] or SIZES))
