"""What staff read: flags in order, page by page, found by what a person types, and an episode's whole story."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from store_kit import CLINIC, DAY, HOUR, NOON, PHONE, SOURCE, a_flag, a_message, a_patient, an_episode

from followup.domain import events as e
from followup.domain.decision import Decision
from followup.domain.episode import EpisodeState
from followup.domain.flag import Reason
from followup.domain.inputs import Outcome
from followup.domain.message import Direction, Kind, MessageState
from followup.domain.understanding.values import Urgency
from followup.store import episodes, journal, patients, strays, worklist
from followup.store.cursors import BadCursorError
from followup.store.strays import Stray
from followup.store.worklist import Counts, Filter, Shown

if TYPE_CHECKING:
    from followup.domain.flag import Flag
    from followup.store import Store

EVERY = Filter(clinics=None)
NURSE = "nurse@glow.example"


async def raise_flags(store: Store, *flags: Flag, clinic: str = CLINIC, patient: str = "p1", **known: Any) -> None:
    """An episode of this patient with these flags, and a reply."""
    async with store.transaction() as tx:
        await patients.save(tx, a_patient(patient, clinic=clinic, **known))
        new = an_episode(f"{clinic}-{patient}", patient=patient, clinic=clinic)
        reply = a_message(
            f"in-{new.id}",
            episode=new.id,
            clinic=clinic,
            direction=Direction.IN,
            kind=Kind.REPLY,
            state=MessageState.RECEIVED,
            at=NOON + 2 * DAY,
            body="still red",
        )
        told: tuple[e.Event, ...] = (e.EpisodeOpened(new), e.MessageQueued(reply), *map(e.FlagRaised, flags))
        await episodes.apply(tx, None, Decision(told, None), at=NOON)


async def ids(store: Store, wanted: Filter = EVERY) -> list[str]:
    async with store.reading() as tx:
        rows, following = await worklist.flags(tx, wanted, cursor=None, limit=100)
    assert following is None
    return [row.flag.id for row in rows]


async def test_a_row_says_whose_flag_it_is_and_what_they_wrote_last(store: Store) -> None:
    await raise_flags(store, a_flag())
    async with store.reading() as tx:
        [row], _ = await worklist.flags(tx, EVERY, cursor=None, limit=1)
        assert await worklist.flag_row(tx, "f1", [CLINIC]) == row
        assert await worklist.flag_row(tx, "f1", ["other"]) is None
        assert await worklist.flag_row(tx, "f2", None) is None

    assert row.flag == a_flag()
    assert (row.episode_id, row.clinic) == ("glow-p1", CLINIC)
    assert row.patient == Shown("p1", SOURCE, "Zoë O'Hara", PHONE)
    assert (row.protocol_id, row.service_name) == ("mesotherapy", "Mesoterapia «viso»")
    assert (row.treated_until, row.episode_state) == (NOON, EpisodeState.PLANNED)
    assert (row.last_reply_at, row.last_reply) == (NOON + 2 * DAY, "still red")


async def test_the_urgent_come_first_then_the_old_and_pages_leave_nothing_out(store: Store) -> None:
    flags = [
        a_flag(f"{urgency}{number}", urgency=urgency, raised_at=NOON + (number % 3) * HOUR)
        for urgency in (Urgency.REVIEW, Urgency.NOW, Urgency.TODAY)
        for number in range(7)
    ]
    await raise_flags(store, *flags)
    order = [flag.id for flag in sorted(flags, key=lambda flag: (flag.urgency.rank, flag.raised_at, flag.id))]
    assert await ids(store) == order
    found: list[str] = []
    cursor = None
    async with store.reading() as tx:
        while True:
            rows, cursor = await worklist.flags(tx, EVERY, cursor=cursor, limit=4)
            found += [row.flag.id for row in rows]
            if cursor is None:
                break
    assert found == order


@pytest.mark.parametrize("cursor", ["", "x", "W10", "WzEsMl0", "é", "A" * 999, "WyJub3ciLCJ4IiwxXQ"])
async def test_a_made_up_cursor_is_refused(store: Store, cursor: str) -> None:
    async with store.reading() as tx:
        with pytest.raises(BadCursorError):
            await worklist.flags(tx, EVERY, cursor=cursor, limit=4)
        with pytest.raises(BadCursorError):
            await worklist.find_episodes(tx, clinics=None, cursor=cursor)
        with pytest.raises(BadCursorError):
            await strays.page(tx, None, cursor, 5)


async def test_flags_are_narrowed_by_all_that_is_asked(store: Store) -> None:
    mistaken = a_flag("f4", reason=Reason.UNCLEAR)
    await raise_flags(
        store,
        a_flag("f1"),
        a_flag("f2", urgency=Urgency.NOW, owner=NURSE),
        a_flag("f3", reason=Reason.SILENT),
        mistaken,
    )
    await raise_flags(store, a_flag("f5"), clinic="other")
    async with store.transaction() as tx:
        before = await episodes.load(tx, "glow-p1")
        told = (
            e.FlagClosed("f3", NURSE, NOON, Outcome.ADVISED, ""),
            e.FlagClosed("f4", NURSE, NOON, Outcome.MISTAKEN, ""),
        )
        await episodes.apply(tx, before, Decision(told, None), at=NOON)

    assert await ids(store) == ["f2", "f1", "f5"]
    assert await ids(store, Filter((CLINIC,))) == ["f2", "f1"]
    assert await ids(store, Filter(())) == []
    assert await ids(store, Filter(None, state="closed")) == ["f3"]
    assert await ids(store, Filter(None, state="mistaken")) == ["f4"]
    assert await ids(store, Filter(None, state="all")) == ["f2", "f1", "f3", "f4", "f5"]
    assert await ids(store, Filter(None, urgency=Urgency.NOW)) == ["f2"]
    assert await ids(store, Filter(None, state="all", reasons=(Reason.SILENT, Reason.UNCLEAR))) == ["f3", "f4"]
    assert await ids(store, Filter(None, owner="")) == ["f1", "f5"]
    assert await ids(store, Filter(None, owner=NURSE)) == ["f2"]


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("zoe", True),
        ("  ZOË  o'h ", True),
        ("hara zoe", True),
        ("zoe x", False),
        ("00123", True),
        ("07700 900123", True),
        ("+44 7700 900 123", True),
        ("23", False),
        ("900124", False),
        ("b-glow-p1", True),
        ("b-glow", False),
        ("%", False),
        ("_oe", False),
        ("'; --", False),
        ("(((", False),
        ("\0", False),
    ],
)
async def test_a_patient_is_found_by_name_last_digits_or_booking(store: Store, typed: str, found: bool) -> None:  # noqa: FBT001 - a column of the table
    await raise_flags(store, a_flag())
    async with store.reading() as tx:
        rows, _ = await worklist.find_episodes(tx, clinics=None, search=typed)
    assert await ids(store, Filter(None, search=typed)) == (["f1"] if found else [])
    assert [row.episode_id for row in rows] == (["glow-p1"] if found else [])


async def test_what_waits_is_counted_once(store: Store) -> None:
    now, today, review = Urgency.NOW, Urgency.TODAY, Urgency.REVIEW
    reasons = [
        *((Reason.ALARM_SIGN, now), (Reason.SILENT, now), (Reason.SEVERE, today), (Reason.UNCLEAR, review)),
        *((Reason.SILENT, review), (Reason.SILENT, today), (Reason.UNREACHABLE, today), (Reason.NOT_SENT, review)),
        *((Reason.NEEDS_DETAILS, review), (Reason.OPTED_OUT, today)),
    ]
    flags = [a_flag(f"f{number}", reason=reason, urgency=urgency) for number, (reason, urgency) in enumerate(reasons)]
    await raise_flags(store, *flags)
    await raise_flags(store, a_flag("x"), clinic="other")
    async with store.transaction() as tx:
        await strays.add(tx, Stray("s1", CLINIC, "reply", "no treatment", "hello", PHONE, NOON))
    async with store.reading() as tx:
        counted = await worklist.counts(tx, [CLINIC])
        assert await worklist.counts(tx, None) == replace(counted, today=counted.today + 1)
        assert await worklist.counts(tx, []) == Counts()
        assert (await worklist.figures(tx))["flags"] == {"now": 2, "today": 5, "review": 4}

    assert counted == Counts(now=2, today=2, review=1, silent=2, unreachable=2, needs_details=1, strays=1)


async def test_an_episode_page_tells_the_whole_story(store: Store) -> None:
    await raise_flags(store, a_flag())
    async with store.transaction() as tx:
        other = an_episode("e2", treated_until=NOON + DAY)
        await episodes.apply(tx, None, Decision((e.EpisodeOpened(other),), None), at=NOON)
        await episodes.apply(tx, other, Decision((e.MessageQueued(a_message("m9", episode="e2")),), None), at=NOON)
        await journal.note(tx, CLINIC, "glow-p1", "EpisodeSeen", {}, at=NOON + HOUR, who=NURSE)
    async with store.reading() as tx:
        page = await worklist.episode_page(tx, "glow-p1", [CLINIC])
        assert await worklist.episode_page(tx, "glow-p1", ["other"]) is None
        assert await worklist.episode_page(tx, "e9", None) is None

    assert page is not None
    assert page.episode.flags == (a_flag(),)
    assert page.patient == a_patient()
    assert [one.message.id for one in page.messages] == ["in-glow-p1"]
    assert [tuple(one) for one in page.others] == [("e2", "mesotherapy", NOON + DAY, EpisodeState.PLANNED)]
    assert [line.event for line in page.journal] == ["EpisodeOpened", "MessageQueued", "FlagRaised", "EpisodeSeen"]
    raised, seen = page.journal[-2:]
    assert raised.body["flag"]["evidence"]["said"] == a_flag().evidence.said
    assert (raised.at, raised.who) == (NOON, "")
    assert (seen.at, seen.who, seen.body) == (NOON + HOUR, NURSE, {})


async def test_episodes_are_found_by_what_is_given_newest_first(store: Store) -> None:
    async with store.transaction() as tx:
        await patients.save(tx, a_patient())
        await patients.save(tx, a_patient("p2", phone="+447700900999"))
        for number, patient in enumerate(("p1", "p2", "p1")):
            new = an_episode(f"e{number}", patient=patient, opened_at=NOON + number * HOUR)
            await episodes.apply(tx, None, Decision((e.EpisodeOpened(new),), None), at=NOON)
        await episodes.apply(tx, new, Decision((e.EpisodeCancelled("no-show"),), None), at=NOON)

    async def found(**wanted: Any) -> list[str]:
        async with store.reading() as tx:
            rows, _ = await worklist.find_episodes(tx, **{"clinics": None, **wanted})
        return [row.episode_id for row in rows]

    assert await found() == ["e2", "e1", "e0"]
    assert await found(patient="p1") == ["e2", "e0"]
    assert await found(booking="b-e1") == ["e1"]
    assert await found(phone="+447700900999") == ["e1"]
    assert await found(state="cancelled", patient="p1") == ["e2"]
    assert await found(clinics=["other"]) == []
    async with store.reading() as tx:
        first, cursor = await worklist.find_episodes(tx, clinics=None, limit=2)
        rest, end = await worklist.find_episodes(tx, clinics=None, limit=2, cursor=cursor)
    assert [row.episode_id for row in (*first, *rest)] == ["e2", "e1", "e0"]
    assert end is None
    assert first[0].patient == Shown("p1", SOURCE, "Zoë O'Hara", PHONE)


async def test_an_episode_whose_patient_is_not_known_is_shown_all_the_same(store: Store) -> None:
    async with store.transaction() as tx:
        told = (e.EpisodeOpened(an_episode(patient="p7")), e.FlagRaised(a_flag()))
        await episodes.apply(tx, None, Decision(told, None), at=NOON)
    async with store.reading() as tx:
        page = await worklist.episode_page(tx, "e1", None)
        [row], _ = await worklist.flags(tx, EVERY, cursor=None, limit=5)
    assert page is not None
    assert page.patient.id == "p7"
    assert row.patient.name == ""


async def test_every_commit_raises_the_number_live_pages_go_by(store: Store) -> None:
    seen: list[int] = []
    for _ in range(3):
        await raise_flags(store, a_flag(f"f{len(seen)}"), patient=f"p{len(seen)}")
        async with store.reading() as tx:
            seen.append(await worklist.last_seq(tx, None))
            assert await worklist.last_seq(tx, [CLINIC]) == seen[-1]
            assert await worklist.last_seq(tx, ["other"]) == 0
        async with store.transaction() as tx:
            await journal.seal(tx)
        async with store.reading() as tx:
            assert await worklist.last_seq(tx, None) == seen[-1]
    assert seen == sorted(set(seen))


# Strays


async def test_strays_wait_oldest_first_until_somebody_closes_them(store: Store) -> None:
    many = [
        Stray(f"s{number}", CLINIC, "reply", "no treatment", "hi\0", PHONE, NOON - number * HOUR) for number in range(5)
    ]
    async with store.transaction() as tx:
        for stray in (
            *many,
            many[0],
            Stray("s9", "other", "booking", "no protocol", "", None, NOON, "src", "b1", "i1"),
        ):
            await strays.add(tx, stray)
    async with store.transaction() as tx:
        first, cursor = await strays.page(tx, [CLINIC], None, 3)
        rest, end = await strays.page(tx, [CLINIC], cursor, 3)
        assert [stray.id for stray in (*first, *rest)] == ["s4", "s3", "s2", "s1", "s0"]
        assert end is None
        assert await strays.close(tx, "s4", NURSE, NOON)
        assert not await strays.close(tx, "s4", "other@glow.example", NOON)
        assert not await strays.close(tx, "none", NURSE, NOON)
        closed = await strays.load(tx, "s4")
        assert closed == replace(many[4], body="hi\ufffd", state="closed", closed_by=NURSE, closed_at=NOON, version=2)
        assert [stray.id for stray in (await strays.page(tx, None, None, 9))[0]] == ["s3", "s2", "s1", "s0", "s9"]
        assert await strays.load(tx, "none") is None
