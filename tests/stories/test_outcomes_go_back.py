"""Outcomes go back to the clinic's other systems: signed, tried again, and given up aloud."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from standardwebhooks.webhooks import Webhook

from followup.domain.inputs import Act, Outcome, ReviewAct
from followup.domain.outbound import WAITS
from followup.flows.outbound import outbound_standing, retry_outbound
from followup.flows.review_flag import review_flag
from followup.flows.tell_outside import tell_outside
from followup.notify import Failed
from followup.notify.webhook import call
from followup.store.worklist import FlagRow
from kit.hand_clock import MONDAY
from kit.listener import Listener, config_telling, open_listener
from kit.story import SECRET, Story, open_story

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

ALL = ("episode.opened", "flag.raised", "flag.closed", "episode.finished")


@pytest.fixture
async def listener() -> AsyncIterator[Listener]:
    async with open_listener() as opened:
        yield opened


@pytest.fixture
async def story(tmp_path: Path, listener: Listener) -> AsyncIterator[Story]:
    """A clinic that has another system told of everything."""
    async with open_story(tmp_path, config=config_telling(tmp_path, listener.url, *ALL)) as opened:
        yield opened


async def later(story: Story, pause: timedelta) -> int:
    """Time passes; how many calls were tried then."""
    story.clock.now += pause
    story.wall.now += pause
    return await tell_outside(story.services)


async def test_an_episodes_outcomes_are_told_in_ids_and_codes_and_signed(story: Story, listener: Listener) -> None:
    await story.book()
    await story.hours(24)
    await story.reply("my face is swollen like a balloon, 3 3")
    [flag, *_] = await story.flag_values()
    done = ReviewAct(flag.id, Act.CLOSE, "nia@glow.example", flag.version, Outcome.RECALLED, note="seen at once")
    assert isinstance(await review_flag(story.services, flag.id, done, None), FlagRow)
    assert await tell_outside(story.services) == len(listener.calls)
    assert await tell_outside(story.services) == 0
    assert {"episode.opened", "flag.raised", "flag.closed"} <= set(listener.kinds)
    closed = next(one.said for one in listener.calls if one.said["type"] == "flag.closed")
    assert closed["data"]["flag"]["outcome"] == "recalled"
    assert closed["data"]["episode"]["booking_id"] == "B-1"
    everything = "".join(one.body for one in listener.calls)
    assert not any(hidden in everything for hidden in ("balloon", "Ada", "Byrne", "7700", "seen at once", "nia@"))
    for one in listener.calls:
        assert one.headers["webhook-id"]
        name, at = one.headers["webhook-id"], story.wall()
        assert one.headers["webhook-signature"] == Webhook(SECRET).sign(name, at, one.body)


async def test_what_is_not_taken_is_tried_again_under_the_same_id(story: Story, listener: Listener) -> None:
    listener.status = 500
    await story.book()
    assert await tell_outside(story.services) == 1
    assert await tell_outside(story.services) == 0
    listener.status = 204
    assert await later(story, timedelta(seconds=4)) == 0
    assert await later(story, timedelta(seconds=1)) == 1
    assert len({one.headers["webhook-id"] for one in listener.calls}) == 1
    assert await later(story, timedelta(days=1)) == 0


async def test_a_redirect_is_a_failure_and_is_not_followed(story: Story, listener: Listener) -> None:
    listener.status = 307
    await story.book()
    await tell_outside(story.services)
    [standing] = await outbound_standing(story.services)
    assert (standing.why, standing.host) == ("it answered 307", "127.0.0.1")
    assert len(listener.calls) == 1


async def test_an_endpoint_that_fails_for_five_days_is_disabled_and_staff_are_told(
    story: Story, listener: Listener
) -> None:
    listener.status = 503
    for day in range(6):
        await story.book(booking=f"B-{day}", patient=f"P-{day}", phone=f"+44770090010{day}")
        for pause in WAITS[:3]:
            await later(story, pause)
        await later(story, timedelta(days=1) - sum(WAITS[:3], timedelta()))
    [stray] = await story.strays()
    assert (stray.kind, stray.clinic) == ("outbound", "glow")
    assert "it answered 503" in stray.why
    assert "hidden" not in stray.why
    tried = len(listener.calls)
    listener.status = 204
    assert await later(story, timedelta(days=1)) == 0
    [standing] = await outbound_standing(story.services)
    assert standing.disabled_at is not None
    again = await retry_outbound(story.services, standing.endpoint)
    assert again == standing.counts["held"] + standing.counts.get("given_up", 0)
    assert await tell_outside(story.services) == again
    assert len(listener.calls) == tried + (again or 0)
    [mended] = await outbound_standing(story.services)
    assert (mended.disabled_at, mended.counts) == (None, {"delivered": again})


async def test_an_endpoint_that_is_gone_is_disabled_at_once(story: Story, listener: Listener) -> None:
    listener.status = 410
    await story.book()
    await tell_outside(story.services)
    assert [stray.kind for stray in await story.strays()] == ["outbound"]


async def test_an_unknown_endpoint_cannot_be_retried(story: Story) -> None:
    assert await retry_outbound(story.services, "nobody") is None


async def test_what_waits_for_an_address_that_left_the_clinics_file_is_put_aside(tmp_path: Path) -> None:
    async with open_listener() as listener:
        config = config_telling(tmp_path, listener.url, *ALL)
        async with open_story(tmp_path, config=config) as story:
            await story.book()
    async with open_story(tmp_path) as story:
        assert await tell_outside(story.services) == 0
        assert await tell_outside(story.services) == 0


async def test_a_server_that_does_not_answer_in_time_has_not_taken_it(listener: Listener) -> None:
    listener.delay = 1
    assert await call(listener.url, (SECRET,), "d1", "{}", MONDAY, seconds=0.05) == Failed("it did not answer in time")


async def test_a_server_that_is_not_there_is_named_by_its_error_alone() -> None:
    answer = await call("http://127.0.0.1:9/x?key=hidden", (SECRET,), "d1", "{}", MONDAY)
    assert isinstance(answer, Failed)
    assert answer.why.startswith("it could not be reached (")
    assert "hidden" not in answer.why


async def test_it_is_signed_with_every_secret_while_one_replaces_another(listener: Listener) -> None:
    other = "whsec_" + "b3RoZXItc2VjcmV0LW9mLXR3ZW50eS1mb3Vy"
    await call(listener.url, (SECRET, other), "d1", "{}", MONDAY)
    [one] = listener.calls
    assert one.headers["webhook-signature"].split() == [
        Webhook(each).sign("d1", MONDAY, "{}") for each in (SECRET, other)
    ]
