"""Weeks of many patients, a carrier that fails and a process that crashes: each asked once or shown, no flag missed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kit.torture_simulation import simulate

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.timeout(300)
async def test_weeks_of_some_patients_break_no_promise(tmp_path: Path) -> None:
    verdict = await simulate(tmp_path, patients=5, days=36, seed=1)
    assert verdict.broken == []
    assert verdict.flags > 0


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
