"""Two web processes over one database: whoever has a case before them is seen from either, and a look counts once."""

from __future__ import annotations

import asyncio
import socket
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from aiohttp import web

from followup.flows import looking
from followup.flows.looking import LASTS
from followup.store import lookers, worklist
from followup.web import make_app
from followup.web.presence import ASK_EVERY, WRITE_EVERY, Presence
from kit.desk import PASSWORD, hire, new_browser
from kit.sources import TOP
from kit.story import Story, open_story

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from kit.desk import Nurse

CAL = "cal@glow.example"


@pytest.fixture
async def story(tmp_path: Path) -> AsyncIterator[Story]:
    async with open_story(tmp_path) as opened:
        await opened.book()
        await opened.hours(24)
        await opened.reply("please call me back")
        yield opened


@asynccontextmanager
async def second_process(story: Story) -> AsyncIterator[str]:
    """Another web process of the same service; where it is found."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        runner = web.AppRunner(make_app(story.services, TOP / "templates"), access_log=None, shutdown_timeout=0.5)
        await runner.setup()
        await web.SockSite(runner, listener).start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            await runner.cleanup()


@asynccontextmanager
async def at_both(story: Story, other: str) -> AsyncIterator[tuple[Nurse, Nurse]]:
    """Nia before the first process, Cal before the second."""
    nia, cal = await hire(story.services, story.origin), await hire(story.services, story.origin, "Cal")
    await cal.close()
    there = new_browser(other)
    await there.sign_in(CAL, PASSWORD)
    yield nia, there
    await nia.close()
    await there.close()


async def until_seen(nurse: Nurse, path: str, words: str, *, is_there: bool) -> bool:
    """Whether these words are on the page, or gone from it, within a few questions."""
    async with asyncio.timeout(4 * ASK_EVERY):
        while (words in (await nurse.see(path)).words) is not is_there:  # noqa: ASYNC110 - another process's news
            await asyncio.sleep(0.2)
    return True


async def test_a_colleague_at_another_process_is_seen_on_the_case_and_the_worklist_and_gone_when_gone(
    story: Story,
) -> None:
    episode = (await story.episode()).id
    async with second_process(story) as other, at_both(story, other) as (nia, cal):
        said = "Cal Nurse is looking at this now"
        async with cal.web.get(f"{other}/events?at={episode}") as stream:
            await stream.content.readline()
            assert await until_seen(nia, f"/episodes/{episode}", said, is_there=True)
            assert said in (await nia.see("/")).words
            assert said not in (await cal.see(f"/episodes/{episode}")).words
        assert await until_seen(nia, f"/episodes/{episode}", said, is_there=False)


async def test_a_look_is_one_line_in_the_journal_whatever_processes_show_it(story: Story) -> None:
    path = f"/episodes/{(await story.episode()).id}"
    async with second_process(story) as other, at_both(story, other) as (_, cal):
        here = new_browser(story.origin)
        await here.sign_in(CAL, PASSWORD)
        for _ in range(2):
            await cal.see(path)
            await here.see(path)
        await here.close()
    async with story.services.store.reading() as tx:
        page = await worklist.episode_page(tx, path.rpartition("/")[2], None)
    assert page is not None
    assert [line.who for line in page.journal if line.event == "EpisodeSeen"] == [CAL]


async def test_a_process_that_died_is_forgotten_and_one_that_lives_is_not(story: Story) -> None:
    episode = await story.episode()
    dead, alive = Presence(), Presence()
    async with dead.looking(story.services, episode.clinic, episode.id, CAL):
        await dead.refresh(story.services)
        await alive.refresh(story.services)
        assert alive.others(episode.id, "nia@glow.example") == [CAL]
        story.wall.now += LASTS - timedelta(seconds=1)
        assert [one.email for one in await looking.share(story.services, alive.place, [])] == [CAL]
        story.wall.now += timedelta(seconds=1)
        assert await looking.share(story.services, alive.place, []) == []
    assert LASTS.total_seconds() > WRITE_EVERY * 2


async def test_an_open_page_is_written_down_once_in_twenty_seconds_and_not_at_each_beat(story: Story) -> None:
    episode = await story.episode()
    here = Presence()
    async with here.looking(story.services, episode.clinic, episode.id, CAL):
        await here.refresh(story.services)
        story.wall.now += timedelta(seconds=10)
        await asyncio.sleep(ASK_EVERY)
        await here.refresh(story.services)
        async with story.services.store.reading() as tx:
            assert len(await lookers.elsewhere(tx, "", story.wall() - timedelta(seconds=11))) == 1
            assert await lookers.elsewhere(tx, "", story.wall() - timedelta(seconds=10)) == []
