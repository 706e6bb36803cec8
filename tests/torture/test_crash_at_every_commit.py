"""A process that dies at any commit of an episode's life, before it or after, is started again, and nothing shows."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from followup.domain.inputs import Act, Outcome, ReviewAct
from followup.flows.review_flag import review_flag
from kit.hand_clock import MONDAY
from kit.native_events import native_event
from kit.torture_crash import PHONE, Fuse, Stage, end_state, open_stage

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator
    from datetime import datetime
    from pathlib import Path

    from kit.postgres import PrivatePostgres

    Step = Callable[[Stage], Awaitable[None]]

SHARED = 4
"""How many commits fewer a life may have, where calls that come at once share one."""
EVERY = 17
"""Of how many commits the short share takes one."""


def post(kind: str, name: str) -> Step:
    """The booking system calls until it is answered with a 2xx."""

    async def step(stage: Stage) -> None:
        event = native_event(kind, at=MONDAY, ends=MONDAY, sequence=int(name))
        status = await stage.story.post(event, f"evt-{name}")
        await stage.story.settle()
        assert 200 <= status < 300, status

    return step


def reply(words: str) -> Step:
    """The patient types once; whether we answer the carrier or not, there is no second call."""

    async def step(stage: Stage) -> None:
        said = [text.body for text in stage.simulator.conversation(PHONE) if text.direction.value == "inbound"]
        if words not in said:
            await stage.simulator.type_reply(PHONE, words)
        await stage.story.settle()

    return step


def review(act: Act, outcome: Outcome | None = None) -> Step:
    """A nurse presses a button; where the page did not come back she looks, and presses where nothing was done."""

    async def step(stage: Stage) -> None:
        for flag in await stage.story.flag_values(state="all"):
            if flag.owner == "nurse" and (act is Act.CLAIM or flag.outcome):
                continue
            pressed = ReviewAct(flag.id, act, "nurse", flag.version, outcome, "called her" if outcome else "")
            await review_flag(stage.story.services, flag.id, pressed, None)

    return step


def wait(hours: float) -> Step:
    """Until so many hours after the treatment."""

    async def step(stage: Stage) -> None:
        await stage.story.until(_after(hours))

    return step


def _after(hours: float) -> datetime:
    return MONDAY + timedelta(hours=hours)


LIFE: tuple[Step, ...] = (
    post("booking.booked", "1"),
    post("booking.completed", "2"),
    wait(24.1),
    reply("3 0"),
    wait(24.3),
    review(Act.CLAIM),
    review(Act.CLOSE, Outcome.ADVISED),
    wait(72.1),
    reply("what do you mean"),
    wait(72.3),
    reply("1 0"),
    wait(7 * 24 + 0.5),
    wait(9 * 24),
    wait(28 * 24 + 0.5),
    reply("0"),
    wait(31 * 24),
)
"""Booked, treated, severe on day 1 and reviewed, unclear and then red on day 3, silent on day 7, well on day 28."""


async def live(directory: Path, url: str, fuse: Fuse) -> tuple[int, int, dict[str, Any]]:
    """One life: how many crashes, how many commits that wrote, and the end."""
    async with open_stage(directory, url, fuse) as stage:
        for step in LIFE:
            await stage.do(step)
        return stage.crashes, fuse.commits, await end_state(stage)


def a_file(directory: Path) -> Iterator[str]:
    """One empty database after the other."""
    for number in range(10_000):
        yield f"sqlite:///{directory}/{number}.db"


async def crash_at_each(directory: Path, urls: Iterator[str], every: int) -> int:
    """How many commits a life has; fails where a crash at one of them shows in the end."""
    crashes, commits, undisturbed = await live(directory, next(urls), Fuse())
    assert crashes == 0
    assert len(undisturbed["check-ins"]) == 4
    crashed = 0
    for is_before in (True, False):
        for at in range(1 + (every // 2 if not is_before else 0), commits + 1, every):
            crashes, made, end = await live(directory, next(urls), Fuse(at, is_before))
            # Calls that come at once share a commit or not, so that a life may end one or two before the last.
            assert crashes == 1 or made < at
            crashed += crashes
            assert end == undisturbed, f"a crash {'before' if is_before else 'after'} commit {at} shows"
    assert crashed >= 2 * (commits - SHARED) // every
    return commits


@pytest.mark.timeout(300)
async def test_a_crash_at_some_commits_of_a_life_does_not_show(tmp_path: Path) -> None:
    await crash_at_each(tmp_path, a_file(tmp_path), EVERY)


@pytest.mark.torture
@pytest.mark.timeout(3600)
async def test_a_crash_at_every_commit_of_a_life_does_not_show(tmp_path: Path, record_property: Any) -> None:
    record_property("commits", await crash_at_each(tmp_path, a_file(tmp_path), 1))


@pytest.mark.torture
@pytest.mark.postgres
@pytest.mark.timeout(3600)
async def test_nor_does_it_on_postgresql(
    tmp_path: Path, postgres: PrivatePostgres, migrated_database: str, record_property: Any
) -> None:
    urls = (postgres.new_database(migrated_database) for _ in iter(int, 1))
    record_property("commits", await crash_at_each(tmp_path, urls, 1))
