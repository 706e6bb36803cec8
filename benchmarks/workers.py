"""One, two and four workers on PostgreSQL, with a carrier that takes 10 ms for each text; procrastinate beside them.

Each worker is a process of its own and does the whole walk of `due_work.py` with its share of what is due at once.
procrastinate (`pip install "procrastinate[psycopg]"`, not among our dependencies) runs tasks that do nothing, while so
many others wait for next month.

    PYTHONPATH=tests .venv/bin/python benchmarks/workers.py [how many due, 4000] [waiting for procrastinate, 10000]
"""

from __future__ import annotations

import asyncio
import importlib
import sys
import time
import warnings
from importlib.util import find_spec
from multiprocessing import get_context
from typing import TYPE_CHECKING, Any

import structlog
from due_work import DUE, NoGateway, sample_catalogue, services_of
from pending import put
from sqlalchemy import text

from followup.flows.send_messages import send_messages
from followup.flows.wake_episodes import wake_episodes
from followup.store import due, migrate, open_store
from followup.store.engine import make_engines
from kit.postgres import private_postgres

if TYPE_CHECKING:
    from multiprocessing.synchronize import Barrier

    from followup.flows.services import Services
    from followup.sms import OutgoingText, SendOutcome
    from kit.postgres import PrivatePostgres

WORKERS = (1, 2, 4)
TAKES = 0.010
DURABLE = ("ALTER SYSTEM SET fsync = on", "ALTER SYSTEM SET synchronous_commit = on", "SELECT pg_reload_conf()")
PROCRASTINATE_DUE = 300


class SlowGateway(NoGateway):
    """Takes its time for every text."""

    async def send(self, text: OutgoingText) -> SendOutcome:
        """Accepted, after a while."""
        await asyncio.sleep(TAKES)
        return await super().send(text)


def work(url: str, ready: Barrier) -> None:
    """One worker, until nothing is due."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(30))
    asyncio.run(_work(url, ready))


async def _work(url: str, ready: Barrier) -> None:
    store = await open_store(url, wall=lambda: DUE)
    services = services_of(store, sample_catalogue(), SlowGateway())
    await asyncio.to_thread(ready.wait)
    while await _is_anything_due(services):
        if not await wake_episodes(services) + await send_messages(services):
            await asyncio.sleep(TAKES)
    await store.close()


async def _is_anything_due(services: Services) -> bool:
    # What others hold is still due: a worker that finds nothing to take must not go home.
    async with services.store.reading() as tx:
        found = await due.anything(tx, DUE, DUE)
    return found.episodes or found.messages


async def fill(url: str, many: int) -> None:
    """Episodes that are due at DUE."""
    await migrate(url)
    store = await open_store(url, wall=lambda: DUE)
    await put(store, range(1, many + 1), sample_catalogue().protocols["mesotherapy"])
    await store.close()


async def sent_once(url: str) -> int:
    """Texts that were taken; AssertionError where one went twice."""
    engines = make_engines(url)
    async with engines.reads.begin() as connection:
        row = (
            await connection.execute(text("SELECT count(*), max(attempt) FROM messages WHERE state = 'accepted'"))
        ).one()
    await engines.dispose()
    if row[1] != 1:
        raise AssertionError("a text was tried twice")
    return int(row[0])


def measured(postgres: PrivatePostgres, workers: int, many: int) -> float:
    """Texts per second with so many workers."""
    url = postgres.new_database()
    asyncio.run(fill(url, many))
    postgres.run_sql("VACUUM ANALYZE", url=url)  # as it does by itself within a minute
    context = get_context("spawn")
    ready = context.Barrier(workers + 1)
    processes = [context.Process(target=work, args=(url, ready)) for _ in range(workers)]
    for process in processes:
        process.start()
    ready.wait()
    began = time.perf_counter()
    for process in processes:
        process.join()
    seconds = time.perf_counter() - began
    if (sent := asyncio.run(sent_once(url))) != many:
        message = f"{sent} sent of {many}"
        raise AssertionError(message)
    postgres.drop_database(url)
    return many / seconds


async def procrastinate(url: str, waiting: int) -> float:
    """Tasks per second of one procrastinate worker, while others wait."""
    library: Any = importlib.import_module("procrastinate")
    app = library.App(connector=library.PsycopgConnector(conninfo=url))

    @app.task(name="nothing")  # type: ignore[untyped-decorator]
    async def nothing() -> None:
        """Nothing."""

    async with app.open_async():
        await app.schema_manager.apply_schema_async()
        later = "INSERT INTO procrastinate_jobs (task_name, queue_name, scheduled_at) SELECT 'nothing', 'default', "
        later += f"now() + interval '30 days' FROM generate_series(1, {waiting})"
        await app.connector.execute_query_async(later)
        for _ in range(PROCRASTINATE_DUE):
            await nothing.defer_async()
        began = time.perf_counter()
        await app.run_worker_async(wait=False, concurrency=10, listen_notify=False, install_signal_handlers=False)
        return PROCRASTINATE_DUE / (time.perf_counter() - began)


def main(many: int, waiting: int) -> None:
    print(f"{many:,} check-ins due at once, PostgreSQL (fsync on), a carrier that takes {TAKES * 1000:.0f} ms")
    with private_postgres() as postgres:
        postgres.run_sql(*DURABLE)
        first = 0.0
        for workers in WORKERS:
            rate = measured(postgres, workers, many)
            first = first or rate
            print(f"{workers} workers {rate:8,.0f}/s   {rate / first:.2f} of one")
        if find_spec("procrastinate") is None:
            print("procrastinate is not installed: no row for it")
            return
        url = postgres.new_database()
        rate = asyncio.run(procrastinate(url, waiting))
        print(
            f"procrastinate, {waiting:,} waiting, tasks that do nothing: {rate:,.0f}/s (ours {first / rate:.1f} times)"
        )


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(30))
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 4_000, int(sys.argv[2]) if len(sys.argv) > 2 else 10_000)
