"""Thousands of replies at once: each is kept once, and whatever was acknowledged is there, even after a kill."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kit.torture_flood import flood_and_kill, flood_it, open_door

if TYPE_CHECKING:
    from pathlib import Path

SHARE, WHOLE = 1_000, 10_000


@pytest.mark.parametrize("number", [SHARE, pytest.param(WHOLE, marks=pytest.mark.torture)])
async def test_every_reply_of_a_flood_is_acknowledged_and_kept_once(tmp_path: Path, number: int) -> None:
    async with open_door(tmp_path, f"sqlite:///{tmp_path}/followup.db") as door:
        flood = await flood_it(door, number)
        kept = await door.kept()

    assert set(flood.answers) == {"2xx"}
    assert len(flood.acknowledged) == len(kept) == number
    assert set(kept.values()) == {1}


@pytest.mark.parametrize("number", [SHARE, pytest.param(WHOLE, marks=pytest.mark.torture)])
async def test_what_a_killed_process_acknowledged_is_kept(tmp_path: Path, number: int) -> None:
    async with open_door(tmp_path, f"sqlite:///{tmp_path}/followup.db") as door:
        flood = await flood_and_kill(door, number)
        kept = await door.kept()

    assert flood.answers["none"] > 0
    assert flood.acknowledged <= set(kept)
    assert set(kept.values()) == {1}
