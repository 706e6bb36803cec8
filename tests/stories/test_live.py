"""The desk is told at once that something has changed, and a stream ends when it should."""

from __future__ import annotations

import asyncio
import json
import time
from typing import TYPE_CHECKING, Any

import pytest

from followup.web.sessions import REFRESH
from kit.desk import hire
from kit.story import Story, open_story

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    import aiohttp

    from kit.desk import Nurse


@pytest.fixture
async def story(tmp_path: Path) -> AsyncIterator[Story]:
    async with open_story(tmp_path) as opened:
        await opened.book()
        await opened.hours(24)
        yield opened


@pytest.fixture
async def nurse(story: Story) -> AsyncIterator[Nurse]:
    hired = await hire(story.services, story.origin)
    yield hired
    await hired.close()


async def next_event(answer: aiohttp.ClientResponse) -> tuple[str, str, dict[str, Any]]:
    """Its id, its name and its data."""
    said: dict[str, str] = {}
    async with asyncio.timeout(6):
        async for line in answer.content:
            name, _, value = line.decode().strip().partition(": ")
            if name:
                said[name] = value
            elif "data" in said:
                return said.get("id", ""), said["event"], json.loads(said["data"])
            else:
                said = {}
    raise AssertionError("the stream ended")


async def test_a_page_hears_of_a_new_flag_within_two_seconds(story: Story, nurse: Nurse) -> None:
    async with nurse.web.get(story.origin + "/events") as answer:
        assert answer.content_type == "text/event-stream"
        before, _, news = await next_event(answer)
        assert news["urgent"] == 0
        await story.reply("1 0 and I can't breathe")
        began = time.monotonic()
        while news["urgent"] == 0:
            after, name, news = await next_event(answer)
        assert time.monotonic() - began < 2
        assert name == "beat"
        assert int(after) > int(before)
        assert news["now"] == story.clock().strftime("%Y-%m-%dT%H:%M:%SZ")


async def test_a_stream_says_that_it_is_alive_when_nothing_happens(story: Story, nurse: Nurse) -> None:
    async with nurse.web.get(story.origin + "/events") as answer:
        first, _, _ = await next_event(answer)
        began = time.monotonic()
        second, _, _ = await next_event(answer)
        assert first == second
        assert 2 < time.monotonic() - began < 6


async def test_a_page_that_slept_is_told_what_it_missed(story: Story, nurse: Nurse) -> None:
    async with nurse.web.get(story.origin + "/events") as answer:
        known, _, _ = await next_event(answer)
    await story.reply("1 0 and I can't breathe")
    async with nurse.web.get(story.origin + "/events", headers={"Last-Event-ID": known}) as answer:
        now, _, news = await next_event(answer)
    assert int(now) > int(known)
    assert news["urgent"] == 1


@pytest.mark.parametrize("made_up", ["-1", "99999999999999999999999", "x", "\uff11"])
async def test_a_made_up_place_in_the_stream_is_no_mistake_of_ours(story: Story, nurse: Nurse, made_up: str) -> None:
    async with nurse.web.get(story.origin + "/events", params={"seq": made_up}) as answer:
        assert answer.status == 200
        await next_event(answer)


async def test_a_stream_ends_with_its_session(story: Story, nurse: Nurse) -> None:
    async with nurse.web.get(story.origin + "/events") as answer:
        await next_event(answer)
        await nurse.press(await nurse.see("/"), "/sign-out")
        _, name, _ = await next_event(answer)
        assert name == "over"
        assert await answer.content.read() == b""


async def test_listening_does_not_keep_a_session_alive(story: Story, nurse: Nurse) -> None:
    async with nurse.web.get(story.origin + "/events") as answer:
        await next_event(answer)
        story.wall.move(minutes=61)
        _, name, _ = await next_event(answer)
        assert name == "over"


async def test_a_page_that_looks_again_by_itself_does_not_either(story: Story, nurse: Nurse) -> None:
    for _ in range(3):
        story.wall.move(minutes=25)
        seen = await nurse.see("/", **{REFRESH: "1", "Sec-Fetch-Mode": "cors"})
    assert seen.status == 401


async def test_streams_end_at_once_when_the_service_stops(tmp_path: Path) -> None:
    async with open_story(tmp_path) as story:
        nurse = await hire(story.services, story.origin)
        streams = [await nurse.web.get(story.origin + "/events") for _ in range(20)]
        for answer in streams:
            await next_event(answer)
        began = time.monotonic()
    assert time.monotonic() - began < 3
    for answer in streams:
        answer.close()
    await nurse.close()
