"""The outbox of what staff are told, and which flags are looked at for it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from treated import treat

from followup.domain import events as e
from followup.domain.decision import Decision
from followup.domain.notifying import Notice, NoticeState
from followup.store import episodes, notices
from kit.hand_clock import MONDAY

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from followup.domain.episode import Episode
    from followup.store import Store
    from kit.hand_clock import HandClock

HOUR = timedelta(hours=1)
LATER = MONDAY + HOUR
RULES = "these rules"


def a_notice(episode: Episode, name: str = "n1", **changes: object) -> Notice:
    flag = episode.flags[0]
    notice = Notice(name, episode.clinic, episode.id, flag.id, MONDAY, "0", 1, "contact", MONDAY)
    return replace(notice, **changes)  # type: ignore[arg-type]


async def to_look_at(store: Store, now: datetime = MONDAY, rules: str = RULES, clinic: str = "glow") -> Sequence[str]:
    async with store.reading() as tx:
        return await notices.to_look_at(tx, clinic, rules, now, 10)


async def looked(store: Store, flag_id: str, look_at: datetime | None, rules: str = RULES) -> None:
    async with store.transaction() as tx:
        await notices.looked(tx, "glow", flag_id, since=MONDAY, rules=rules, look_at=look_at)


async def apply(store: Store, episode: Episode, *events: e.Event) -> Episode:
    async with store.transaction() as tx:
        return await episodes.apply(tx, episode, Decision(events, None), at=LATER, who="ann")


async def test_a_flag_is_looked_at_when_it_begins_to_wait_and_when_its_time_comes(store: Store) -> None:
    [flag] = (await treat(store)).flags
    assert await to_look_at(store) == [flag.id]
    assert await to_look_at(store, clinic="other") == []
    await looked(store, flag.id, LATER)
    assert await to_look_at(store) == []
    assert await to_look_at(store, LATER) == [flag.id]
    await looked(store, flag.id, None)
    assert await to_look_at(store, LATER) == []


async def test_it_is_looked_at_again_under_other_rules_and_in_another_wait(store: Store) -> None:
    episode = await treat(store)
    [flag] = episode.flags
    await looked(store, flag.id, None)
    assert await to_look_at(store, rules="others") == [flag.id]
    episode = await apply(store, episode, e.FlagAcknowledged(flag.id, "ann", MONDAY))
    assert await to_look_at(store, rules="others") == []
    await apply(store, episode, e.FlagRepeated(flag.id, flag.urgency, flag.evidence, LATER))
    assert await to_look_at(store) == [flag.id]


async def test_a_look_finds_the_flag_and_what_is_known_of_it(store: Store) -> None:
    episode = await treat(store)
    known = a_notice(episode, number=2, tries=3, hands_off_until=LATER, why="not taken")
    async with store.transaction() as tx:
        await notices.save(tx, [known, known])
        seen = await notices.waiting(tx, "glow", episode.flags[0].id)
        assert await notices.waiting(tx, "glow", "nobody's") is None
    assert seen == notices.Waiting(episode.flags[0], episode.id, (known,))


async def test_a_notice_is_claimed_when_its_turn_has_come_and_not_while_another_has_it(
    store: Store, wall: HandClock
) -> None:
    episode = await treat(store)
    taken = a_notice(episode, "n2", hands_off_until=wall() + HOUR)
    told = a_notice(episode, "n3", state=NoticeState.TOLD)
    async with store.transaction() as tx:
        await notices.save(tx, [a_notice(episode), taken, told])
    async with store.reading() as tx:
        assert await notices.is_any_due(tx, MONDAY)
        assert await notices.claimable(tx, MONDAY, 10) == [notices.Claimable(a_notice(episode), episode.flags[0])]
        assert (await notices.stuck(tx, 0), await notices.stuck(tx, 1)) == (2, 0)
    async with store.transaction() as tx:
        await notices.save(tx, [a_notice(episode, state=NoticeState.TOLD, settled_at=LATER)])
    async with store.reading() as tx:
        assert not await notices.is_any_due(tx, MONDAY)
        assert await notices.load(tx, "glow", "n1") == a_notice(episode, state=NoticeState.TOLD, settled_at=LATER)
        wall.now += HOUR
        assert [one.notice.id for one in await notices.claimable(tx, MONDAY, 10)] == ["n2"]


async def test_since_when_staff_are_told_of_an_urgency_is_kept_once_until_they_are_not(store: Store) -> None:
    async with store.transaction() as tx:
        assert await notices.begin(tx, "glow", "now", MONDAY)
        assert not await notices.begin(tx, "glow", "now", LATER)
        assert await notices.begin(tx, "glow", "today", LATER)
        assert await notices.starts(tx) == {"glow": {"now": MONDAY, "today": LATER}}
        await notices.end(tx, "glow", "now")
        assert await notices.starts(tx) == {"glow": {"today": LATER}}


async def test_what_waited_before_is_counted_by_urgency_with_the_one_that_waited_longest(store: Store) -> None:
    episode = await treat(store)
    [flag] = episode.flags
    async with store.reading() as tx:
        assert await notices.waiting_before(tx, "glow", flag.urgency, LATER) == (1, flag.id)
        assert await notices.waiting_before(tx, "glow", flag.urgency, MONDAY) == (0, "")
        assert await notices.waiting_before(tx, "glow", "now", LATER) == (0, "")
        assert await notices.waiting_before(tx, "other", flag.urgency, LATER) == (0, "")


async def test_a_flag_that_was_put_to_one_side_as_older_is_looked_at_again_once_it_is_raised_again(
    store: Store,
) -> None:
    episode = await treat(store)
    [flag] = episode.flags
    await looked(store, flag.id, None, rules=notices.aside(RULES))

    async def found(newest: datetime) -> Sequence[str]:
        async with store.reading() as tx:
            return await notices.to_look_at(tx, "glow", RULES, LATER + HOUR, 10, newest)

    assert await found(LATER) == []
    await apply(store, episode, e.FlagRepeated(flag.id, flag.urgency, flag.evidence, LATER))
    assert await found(LATER) == [flag.id]


async def test_a_notice_for_later_waits_for_its_time(store: Store) -> None:
    episode = await treat(store)
    async with store.transaction() as tx:
        await notices.save(tx, [a_notice(episode, due_at=LATER)])
        assert not await notices.is_any_due(tx, MONDAY)
        assert await notices.claimable(tx, MONDAY, 10) == []
        assert await notices.is_any_due(tx, LATER)
        assert len(await notices.claimable(tx, LATER, 10)) == 1
