"""The metronome: no work twice at once, none forgotten, and no failure stops the beat."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, cast

import pytest

from followup.flows.readiness import WORKER
from followup.store import StoreUnavailableError, beats
from followup.worker import Job, running
from kit.story import open_story

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from followup.flows.services import Services

NOBODY = cast("Services", None)


async def test_a_job_that_is_asked_for_while_it_works_works_once_more_and_never_twice_at_once() -> None:
    runs: list[str] = []
    go_on = asyncio.Event()

    async def work(_: Services) -> None:
        runs.append("begin")
        await go_on.wait()
        runs.append("end")

    job = Job("job", work, NOBODY)
    first = asyncio.create_task(job.run())
    await asyncio.sleep(0)
    await job.run()
    await job.run()
    go_on.set()
    await first
    assert runs == ["begin", "end", "begin", "end"]


@pytest.mark.parametrize("error", [StoreUnavailableError("locked"), ZeroDivisionError("ours")])
async def test_a_failure_is_noted_and_the_beat_goes_on(error: Exception) -> None:
    runs: list[int] = []

    async def work(_: Services) -> None:
        runs.append(1)
        raise error

    job = Job("job", work, NOBODY)
    await job.run()
    await job.run()
    assert len(runs) == 2


async def test_news_is_acted_on_at_once_and_not_at_the_next_beat(tmp_path: Path) -> None:
    async with open_story(tmp_path) as story:
        await story.book()
        await story.hours(24)
        news = asyncio.Event()
        async with running(story.services, news) as worker:
            worker._scheduler.pause()  # no next beat: only the news can bring it about
            await story.simulator.type_reply("+447700900001", "0")
            news.set()
            async with asyncio.timeout(30):
                await _until(lambda: len(story.texts()) > 1)
            await _until(lambda: not worker.is_at_work)
            async with story.services.store.reading() as tx:
                assert await beats.last(tx, WORKER) == story.wall()


async def _until(is_so: Callable[[], bool]) -> None:
    while not is_so():  # noqa: ASYNC110 - what is waited for is another server's list
        await asyncio.sleep(0.01)


async def test_a_worker_that_is_told_to_stop_lets_work_under_way_end(tmp_path: Path) -> None:
    async with open_story(tmp_path) as story:
        ended: list[bool] = []

        async def slow(_: Services) -> None:
            await asyncio.sleep(0.3)
            ended.append(True)

        async with running(story.services, asyncio.Event()) as worker:
            worker.quick = (*worker.quick, Job("slow", slow, story.services))
            job = asyncio.create_task(worker.quick[-1].run())
            await asyncio.sleep(0.05)
        assert ended == [True]
        await job
