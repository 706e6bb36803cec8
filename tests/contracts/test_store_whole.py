"""What is read of the whole database, or of a whole patient, on each engine."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from treated import SAID, ZOE_PHONE, treat

from followup.flows.patient_data import PatientError, erase_patient, export_patient
from followup.flows.readiness import WORKER
from followup.store import NewItem, beats, condition, episodes, figures, journal, patients, worklist
from kit.hand_clock import MONDAY

if TYPE_CHECKING:
    from followup.store import Store
    from kit.hand_clock import HandClock


async def test_the_newest_beat_stands(store: Store, wall: HandClock) -> None:
    for seconds in (10, 20, 15):
        async with store.transaction() as tx:
            await beats.beat(tx, WORKER, wall() + timedelta(seconds=seconds))
    async with store.reading() as tx:
        assert await beats.last(tx, WORKER) == wall() + timedelta(seconds=20)
        assert await beats.last(tx, "nobody") is None


async def test_a_database_tells_its_condition(store: Store) -> None:
    async with store.reading() as tx:
        await condition.verify_schema(tx)
        said = await condition.condition_of(tx)
    assert said.engine == store.engine_name
    assert len(said.numbers) >= 2
    if said.engine == "sqlite":
        assert (said.journal_mode, said.synchronous, said.now) == ("wal", "full", None)
    else:
        assert said.now is not None
        assert said.now.utcoffset() == timedelta(0)


async def test_lines_wait_for_their_seal(store: Store) -> None:
    await treat(store)
    async with store.transaction() as tx:
        waiting = await condition.unsealed(tx)
        assert await journal.seal(tx) == waiting > 0
        assert await condition.unsealed(tx) == 0


async def test_everything_is_counted_and_nothing_twice(store: Store) -> None:
    await treat(store, flags=2)
    await treat(store, "B-2", patient="P-2", clinic="sun")
    for door in ("booking:glow-native", "sms:twilio:receipt:m1.1", "sms:twilio:receipt:m2.1", "sms:twilio:reply"):
        await store.keep(NewItem("glow", door, "k", b"x", {}, MONDAY))
    async with store.reading() as tx:
        counted = await figures.count(tx, ["twilio", "simulator"])
    assert counted.received == {
        "booking:glow-native": 1,
        "sms:twilio:reply": 1,
        "sms:twilio:receipt": 2,
        "sms:simulator:receipt": 0,
    }
    assert (counted.inbox_waiting, counted.flags_active["today"], counted.episodes["active"]) == (4, 3, 2)
    assert (counted.messages["delivered"], counted.unknown_sends, counted.strays_open) == (2, 0, 0)


async def test_an_erased_patient_is_asked_nothing_more_and_the_seals_hold(store: Store, wall: HandClock) -> None:
    episode = await treat(store)
    other = await treat(store, "B-2", patient="P-2", phone="+447700900456")
    async with store.transaction() as tx:
        await journal.seal(tx)

    with pytest.raises(PatientError, match="open"):
        await erase_patient(store, "P-1", "", "", wall())
    await erase_patient(store, "P-1", "glow", "glow-native", wall(), anyway=True)

    async with store.transaction() as tx:
        await journal.seal(tx)
        assert (await journal.verify(tx)).is_intact
        assert await episodes.take_due(tx, MONDAY + timedelta(days=90)) == other
        erased = await patients.load(tx, "glow", "glow-native", "P-1")
        page = await worklist.episode_page(tx, episode.id, None)
    assert erased is not None
    assert page is not None
    assert (erased.name, erased.phone, erased.consent) == ("", None, "withdrawn")
    assert {(text.message.body, text.message.phone, text.understanding) for text in page.messages} == {("", "", None)}
    assert [flag.evidence.said for flag in page.episode.flags] == [""]
    assert all(line.body == {} for line in page.journal)
    assert [line.event for line in page.journal].count("EpisodeOpened") == 1


async def test_an_export_says_everything_once_and_is_itself_in_the_journal(store: Store, wall: HandClock) -> None:
    await treat(store)
    await treat(store, "B-2", patient="P-2", phone="+447700900456")
    found = await export_patient(store, "P-1", "", "", wall())
    assert [one["phone"] for one in found["patient"]] == [ZOE_PHONE]
    assert sorted(one["body"] for one in found["messages"]) == ["How is it?", SAID]
    assert [one["booking_id"] for one in found["bookings"]] == ["B-1"]
    assert "+447700900456" not in str(found)
    async with store.reading() as tx:
        [line] = await journal.lines_of(tx, "glow", [""])
    assert (line.event, line.who, line.body["patient"]) == ("PatientExported", "command line", "P-1")
