"""What a platform asks before it sends anybody here."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from api_kit import Api, open_api
from treated import treat

from followup.flows.readiness import WORKER
from followup.store import NewItem, beats

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[Api]:
    async with open_api(tmp_path) as opened:
        await _beat(opened)
        yield opened


async def _beat(api: Api) -> None:
    async with api.services.store.transaction() as tx:
        await beats.beat(tx, WORKER, api.wall())


async def failing(api: Api) -> dict[str, str]:
    """The checks that are not in order, with what they say; nothing where it is ready."""
    answer = await api.outside("/readyz")
    checks = answer.json["checks"]
    found = {name: check["said"] for name, check in checks.items() if not check["ok"]}
    assert (answer.status, answer.json["status"]) == ((503, "not ready") if found else (200, "ready"))
    return found


async def test_a_process_is_alive_whatever_its_database_does(api: Api, tmp_path: Path) -> None:
    _spoil(tmp_path, "DROP TABLE schema_version")
    answer = await api.outside("/healthz")
    assert (answer.status, answer.json) == (200, {"status": "ok"})
    assert answer.headers["Cache-Control"] == "no-store"


async def test_it_is_ready_when_database_schema_beat_and_due_work_are_in_order(api: Api) -> None:
    answer = await api.outside("/readyz")
    assert await failing(api) == {}
    assert list(answer.json["checks"]) == ["database", "schema", "beat", "due"]


async def test_without_a_worker_it_is_not_ready(api: Api) -> None:
    api.wall.move(seconds=59)
    assert await failing(api) == {}
    api.wall.move(seconds=1)
    assert await failing(api) == {"beat": "no worker runs"}
    await _beat(api)
    assert await failing(api) == {}


async def test_before_the_first_beat_it_is_not_ready(tmp_path: Path) -> None:
    async with open_api(tmp_path) as api:
        assert await failing(api) == {"beat": "no worker has run yet"}


async def test_an_older_beat_never_hides_a_newer_one(api: Api) -> None:
    newest = api.wall()
    api.wall.move(minutes=-5)
    await _beat(api)
    async with api.services.store.reading() as tx:
        assert await beats.last(tx, WORKER) == newest
        assert await beats.last(tx, "nobody") is None


async def test_an_episode_nobody_looks_at_makes_it_unready(api: Api) -> None:
    await treat(api.services.store)  # to be looked at in 24 hours
    api.clock.move(hours=24, seconds=120)
    assert await failing(api) == {}
    api.clock.move(seconds=1)
    assert await failing(api) == {"due": "what is due is not being done"}


async def test_a_call_nobody_reads_makes_it_unready(api: Api) -> None:
    await api.services.store.keep(NewItem("glow", "sms:simulator:reply", "SM1", b"x", {}, api.clock()))
    assert await failing(api) == {}
    api.clock.move(seconds=121)
    assert await failing(api) == {"due": "what is due is not being done"}


async def test_in_a_demo_late_means_late_by_the_machines_time(api: Api) -> None:
    await treat(api.services.store)
    api.services.pace.faster = 3600
    api.clock.move(hours=24 + 119)
    assert await failing(api) == {}
    api.clock.move(hours=2)
    assert await failing(api) == {"due": "what is due is not being done"}


async def test_a_schema_that_changed_meanwhile_makes_it_unready(api: Api, tmp_path: Path) -> None:
    _spoil(tmp_path, "UPDATE schema_version SET version_num = '9999'")
    assert list(await failing(api)) == ["schema"]


async def test_a_database_that_does_not_answer_makes_it_unready(api: Api, tmp_path: Path) -> None:
    _spoil(tmp_path, "DROP TABLE beats")
    assert await failing(api) == {"database": "does not answer"}


def _spoil(directory: Path, statement: str) -> None:
    with closing(sqlite3.connect(directory / "followup.db", isolation_level=None)) as connection:
        connection.execute(statement)
