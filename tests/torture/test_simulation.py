"""Weeks of many patients, a carrier that fails and a process that crashes: each asked once or shown, no flag missed."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from kit.torture_simulation import simulate

if TYPE_CHECKING:
    from pathlib import Path

DECIDED = ("episodes", "check_ins", "reports", "flags", "messages")
JOURNAL = "SELECT at, episode_id, event, substr(body, 33) FROM journal ORDER BY seq"
"""Each line without the salt that it begins with."""


@pytest.mark.timeout(300)
async def test_weeks_of_some_patients_break_no_promise(tmp_path: Path) -> None:
    verdict = await simulate(tmp_path, patients=5, days=36, seed=1)
    assert verdict.broken == []
    assert verdict.flags > 0


@pytest.mark.timeout(300)
async def test_the_quick_way_to_sqlite_writes_the_same_rows_as_the_services_own(tmp_path: Path) -> None:
    quick = await simulate(tmp_path, patients=3, days=9, seed=4, name="-quick")
    own = await simulate(tmp_path, patients=3, days=9, seed=4, name="-own", is_quick=False)
    assert quick.trace == own.trace
    assert quick.crashes > 0
    assert rows(tmp_path / "simulation-4-quick.db") == rows(tmp_path / "simulation-4-own.db")


def rows(file: Path) -> dict[str, list[Any]]:
    """All that was decided, without the ids that chance gives to what comes in."""
    with closing(sqlite3.connect(file)) as database:
        tables = {table: database.execute(f"SELECT * FROM {table} ORDER BY id") for table in DECIDED}  # noqa: S608 - ours
        found = {name: table.fetchall() for name, table in tables.items()}
        assert all(found.values())
        return {**found, "journal": database.execute(JOURNAL).fetchall()}


@pytest.mark.torture
@pytest.mark.timeout(3600)
async def test_the_same_seed_is_the_same_story(tmp_path: Path) -> None:
    first = await simulate(tmp_path, patients=20, days=40, seed=1)
    again = await simulate(tmp_path, patients=20, days=40, seed=1, name="-again")
    assert again.trace == first.trace


@pytest.mark.torture
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("seed", range(10))
async def test_months_of_more_patients_break_no_promise(tmp_path: Path, seed: int) -> None:
    verdict = await simulate(tmp_path, patients=60, days=60, seed=seed)
    assert verdict.broken == []
