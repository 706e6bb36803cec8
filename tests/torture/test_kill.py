"""Workers killed at random points while the carrier fails: nobody is asked twice, nobody is forgotten."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kit.torture_killing import kill_often, open_killing, unfinished

if TYPE_CHECKING:
    from pathlib import Path

    from kit.postgres import PrivatePostgres

KILLS = [pytest.param(6, marks=pytest.mark.timeout(300)), pytest.param(200, marks=pytest.mark.torture)]
SEEDS = 3
HOURS = pytest.mark.timeout(3600)


@HOURS
@pytest.mark.parametrize("kills", KILLS)
async def test_killed_workers_ask_each_check_in_once_and_lose_no_reply(tmp_path: Path, kills: int) -> None:
    for seed in range(1, 1 + (SEEDS if kills > 6 else 1)):
        room = tmp_path / str(seed)
        room.mkdir()
        outcome = await kill_often(room, f"sqlite:///{room}/followup.db", kills=kills, seed=seed)
        assert unfinished(outcome) == "", outcome


@HOURS
@pytest.mark.postgres
@pytest.mark.parametrize("kills", KILLS)
async def test_so_do_two_workers_on_postgresql(
    tmp_path: Path, postgres: PrivatePostgres, migrated_database: str, kills: int
) -> None:
    for seed in range(1, 1 + (SEEDS if kills > 6 else 1)):
        room = tmp_path / str(seed)
        room.mkdir()
        url = postgres.new_database(migrated_database)
        outcome = await kill_often(room, url, kills=kills, seed=seed, on_many=True)
        assert unfinished(outcome) == "", outcome


@pytest.mark.torture
@HOURS
@pytest.mark.postgres
async def test_workers_that_stand_still_past_their_lease_and_go_on_text_nobody_twice(
    tmp_path: Path, postgres: PrivatePostgres, migrated_database: str
) -> None:
    url = postgres.new_database(migrated_database)
    async with open_killing(tmp_path, url, seed=1, on_many=True) as killing:
        outcome = await killing.pause(20)
    assert unfinished(outcome) == "", outcome


async def test_the_same_run_finds_texts_that_go_twice(tmp_path: Path) -> None:
    wrong = "kit.torture_wrong_sends:send_then_mark"
    url = f"sqlite:///{tmp_path}/followup.db"
    outcome = await kill_often(tmp_path, url, kills=4, seed=1, send=wrong, with_receipts=False)
    assert outcome.duplicates > 0


@pytest.mark.torture
@HOURS
async def test_the_same_run_finds_texts_that_never_go(tmp_path: Path) -> None:
    outcome = await kill_often(
        tmp_path, f"sqlite:///{tmp_path}/followup.db", kills=50, seed=1, send="kit.torture_wrong_sends:mark_then_send"
    )
    assert outcome.lost > 0
