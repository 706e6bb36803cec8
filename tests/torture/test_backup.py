"""Backups taken under load and put back, old ones too: nobody is asked again, and what came in meanwhile is fetched."""

from __future__ import annotations

import asyncio
import signal
import time
from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING

from followup.flows.reconcile import reconcile
from followup.flows.send_messages import send_messages
from followup.flows.wake_episodes import wake_episodes
from followup.store import copies
from followup.worker import note_alive
from kit.hand_clock import MONDAY
from kit.torture_crash import Fuse, open_stage
from kit.torture_flood import Flood, make_calls, open_door
from kit.torture_treated import phone_of, treat

if TYPE_CHECKING:
    from pathlib import Path

    from kit.torture_crash import Stage

PATIENTS = 12
LONGEST_STOP = 5.0


async def test_after_an_old_backup_nobody_is_asked_again_and_what_came_in_meanwhile_is_there(tmp_path: Path) -> None:
    url, file = f"sqlite:///{tmp_path}/followup.db", tmp_path / "old.db"
    async with open_stage(tmp_path, url, Fuse()) as stage:
        await treat(stage.story.services.store, range(PATIENTS), MONDAY + timedelta(hours=1))
        await note_alive(stage.story.services)
        await copies.backup(url, file)
        await a_day_passes(stage)
        texts, flags = texts_of(stage), await flags_of(stage)

        await stage.stop()
        await copies.restore(file, url, stage.wall(), force=True)
        await stage.start()
        services = stage.story.services
        assert await wake_episodes(services) + await send_messages(services) == 0
        await reconcile(services)
        await stage.story.settle()
        await stage.story.hours(0.5)

        assert texts_of(stage) == texts
        assert await flags_of(stage) == flags
        await stage.story.hours(48)
        asked_again = texts_of(stage) - texts
        assert {phone for phone, _ in asked_again} == {phone_of(each) for each in range(PATIENTS)}
        assert {times for (_, body), times in asked_again.items() if "no reply" not in body} == {1}


async def a_day_passes(stage: Stage) -> None:
    """All are asked; some answer that all is well, one that it is not, and the rest are reminded."""
    story = stage.story
    await story.hours(1.5)
    for each in range(PATIENTS // 2):
        await story.reply("0", phone_of(each))
    await story.reply("3 3", phone_of(PATIENTS - 1))
    await story.hours(6)


def texts_of(stage: Stage) -> Counter[tuple[str, str]]:
    return Counter((phone, text.body) for phone in stage.simulator.phones() for text in stage.simulator.texts_to(phone))


async def flags_of(stage: Stage) -> Counter[str]:
    return Counter(await stage.story.flags(state="all"))


async def test_a_backup_under_load_is_whole_and_holds_what_was_acknowledged_before(tmp_path: Path) -> None:
    url, file = f"sqlite:///{tmp_path}/followup.db", tmp_path / "copy.db"
    async with open_door(tmp_path, url) as door:
        pid, flood = await door.open(), Flood()
        calls = make_calls(1_500, door.url, door.token, door.account, 1)
        posting = asyncio.create_task(door.post(calls, flood))
        while len(flood.acknowledged) < 300:  # noqa: ASYNC110 - counted by two hundred callers
            await asyncio.sleep(0.001)
        before = set(flood.acknowledged)
        await copies.backup(url, file)
        await posting
        await door.nursery.end(pid)
        await copies.restore(file, url, MONDAY, force=True)
        kept = await door.kept()

    assert set(flood.answers) == {"2xx"}
    assert before <= set(kept)
    assert set(kept.values()) == {1}


async def test_told_to_stop_under_load_it_stops_within_five_seconds_and_loses_nothing(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/followup.db"
    async with open_door(tmp_path, url) as door:
        pid, flood = await door.open(), Flood()
        calls = make_calls(1_200, door.url, door.token, door.account, 1)
        posting = asyncio.create_task(door.post(calls, flood))
        while len(flood.acknowledged) < 300:  # noqa: ASYNC110 - counted by two hundred callers
            await asyncio.sleep(0.001)
        began = time.perf_counter()
        code = await door.nursery.end(pid, signal.SIGTERM)
        took = time.perf_counter() - began
        await posting
        kept = await door.kept()

    assert code == 0
    assert took < LONGEST_STOP
    assert flood.answers["none"] > 0
    assert flood.acknowledged <= set(kept)
