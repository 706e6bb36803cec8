"""What is loaded after `apply` is what folding in memory gives, whatever happened, on both engines."""

from __future__ import annotations

import asyncio
import itertools
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, get_args
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from store_kit import CLINIC, DAY, HOUR, NOON, PHONE, SOURCE, a_flag, a_message, a_patient, a_report, an_episode

from followup.domain import events as e
from followup.domain.circumstances import Sent
from followup.domain.corrected import ReportCorrected, UnderstandingCorrected
from followup.domain.decision import Decision
from followup.domain.episode import CheckIn, Completion, Episode, EpisodeState
from followup.domain.evolve import fold
from followup.domain.flag import Evidence
from followup.domain.inputs import Act, Outcome
from followup.domain.mentioning import ColleaguesMentioned, MentionRead
from followup.domain.message import Direction, Kind, MessageState
from followup.domain.talking import FINISHED, TalkBegun, TalkEnded
from followup.domain.understanding.values import (
    Handling,
    Intent,
    IntentHeard,
    Question,
    Severity,
    Span,
    SymptomHeard,
    Understanding,
    Urgency,
)
from followup.domain.wishes import NumberAsked, NumberConfirmed, PatientOptedIn, PatientOptedOut
from followup.store import episodes, outbox, patients, worklist
from followup.store.saving import NothingHappenedError

if TYPE_CHECKING:
    from followup.store import Store

NUMBERS = itertools.count(100)
SPAN = Span("rojo", "degree", 0, 4)
UNDERSTANDING = Understanding(
    text="rojo ✓",
    language="es",
    vocabulary_version="7",
    question=Question.COMBINED_0_3,
    symptoms=(SymptomHeard("redness", Severity.MILD, None, (SPAN,)),),
    intents=(IntentHeard(Intent.THANKS, (SPAN,)),),
    handling=Handling.AUTO,
    why=("all read",),
)
REPLY = a_message(
    "in-1", direction=Direction.IN, kind=Kind.REPLY, state=MessageState.RECEIVED, carrier_id="SM1", media_count=2
)
SENT = replace(
    a_message(),
    state=MessageState.ACCEPTED,
    attempt=2,
    attempted_at=NOON,
    hands_off_until=NOON + HOUR,
    empty_looks=1,
    rounds=1,
    carrier_id="SM2",
    error_code=30003,
    why="unreachable",
    settled_at=NOON,
    who="nurse@glow.example",
)
NEWER = Evidence("peor", "worse", NOON + 2 * DAY, None, None)
MOVED = (CheckIn("e1-day-1", "day-1", NOON + 2 * DAY), CheckIn("e1-day-9", "day-9", NOON + 9 * DAY))

STORY: tuple[e.Event, ...] = (
    e.BookingChanged("fulfilled"),
    e.EpisodeMoved(None, NOON + HOUR, MOVED, "mesotherapy_lipolytic", "2026.2"),
    e.TreatmentCompleted(Completion.EXPLICIT),
    e.EpisodeHeld("cancelled after completion"),
    e.EpisodeReturned(EpisodeState.ACTIVE, Completion.INFERRED),
    e.PatientWelcomed(NOON),
    e.CheckInAsked("day-1", NOON),
    e.MessageQueued(a_message()),
    e.MessageSettled(SENT, MessageState.ATTEMPTING),
    e.CheckInReminded("day-1", NOON + HOUR),
    e.CheckInClarified("day-1", NOON + 2 * HOUR),
    e.ReplyReceived(REPLY, UNDERSTANDING),
    e.SymptomReported(a_report()),
    e.SymptomReported(a_report("r2", severity=None, trend=None)),
    e.FlagRaised(a_flag()),
    e.FlagRepeated("f1", Urgency.NOW, NEWER, NOON + 2 * DAY),
    e.FlagClaimed("f1", "nurse@glow.example", NOON),
    e.FlagAcknowledged("f1", "nurse@glow.example", NOON),
    e.FlagAssigned("f1", "lead@glow.example", NOON, "nurse@glow.example"),
    e.FlagSnoozed("f1", "nurse@glow.example", NOON, NOON + DAY),
    e.FlagActUndone("f1", "nurse@glow.example", NOON, Act.SNOOZE),
    UnderstandingCorrected("in-1", UNDERSTANDING, UNDERSTANDING, "rojo", 24.0, "nurse@glow.example", NOON),
    ReportCorrected(a_report("r1", severity=Severity.SEVERE)),
    e.NoteAdded("f1", "nurse@glow.example", NOON, "called, no answer"),
    ColleaguesMentioned("f1", "nurse@glow.example", NOON, ("lead@glow.example",)),
    MentionRead("f1", "lead@glow.example", NOON + HOUR),
    TalkBegun("nurse@glow.example", NOON),
    TalkEnded("nurse@glow.example", NOON + HOUR, FINISHED),
    e.FlagClosed("f1", "nurse@glow.example", NOON, Outcome.ADVISED, ""),
    e.FlagReopened("f1", "lead@glow.example", NOON, "again"),
    e.CheckInAnswered("day-1", NOON + 3 * HOUR),
    e.CheckInMissed("day-9", NOON),
    e.CheckInDropped("day-9", NOON, "too late"),
    PatientOptedOut(PHONE, NOON, "STOP"),
    PatientOptedIn(PHONE, NOON),
    NumberAsked(NOON),
    NumberConfirmed(PHONE, NOON),
    e.EpisodeFinished(),
    e.EpisodeCancelled("cancelled"),
)


async def opened(store: Store, episode: Episode | None = None) -> Episode:
    """An episode with its patient, saved as a booking would."""
    new = episode or an_episode()
    async with store.transaction() as tx:
        await patients.save(tx, a_patient(new.patient_id, clinic=new.clinic))
        return await episodes.apply(tx, None, Decision((e.EpisodeOpened(new),), NOON + DAY), at=NOON, cause="item")


async def loaded(store: Store, episode_id: str = "e1") -> Episode | None:
    async with store.transaction() as tx:
        return await episodes.load(tx, episode_id)


def test_the_story_has_every_kind_of_event() -> None:
    told = {type(event) for event in STORY} | {e.EpisodeOpened}
    assert told == set(get_args(e.Event))


async def test_an_opened_episode_is_loaded_as_it_was_opened(store: Store) -> None:
    after = await opened(store)

    assert after == replace(an_episode(), wake_at=NOON + DAY, version=1)
    assert await loaded(store) == after
    assert await loaded(store, "e2") is None


async def test_whatever_happens_the_loaded_episode_is_the_folded_one(store: Store) -> None:
    """One event at a time, each in a transaction of its own."""
    episode = await opened(store)
    for number, event in enumerate(STORY):
        async with store.transaction() as tx:
            before = await episodes.load(tx, "e1")
            wake_at = None if number % 3 else NOON + number * HOUR
            after = await episodes.apply(tx, before, Decision((event,), wake_at), at=NOON)
        folded = fold(episode, (event,))
        assert folded is not None
        is_touched = folded is not episode or wake_at != episode.wake_at
        episode = replace(folded, wake_at=wake_at, version=episode.version + is_touched)
        assert after == episode
        assert await loaded(store) == episode


async def test_many_events_of_one_decision_are_saved_together(store: Store) -> None:
    before = await opened(store)
    async with store.transaction() as tx:
        after = await episodes.apply(tx, before, Decision(STORY, None), at=NOON)

    folded = fold(before, STORY)
    assert folded is not None
    assert after == replace(folded, wake_at=None, version=2)
    assert await loaded(store) == after


@given(data=st.data())
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_any_order_of_events_is_saved_as_it_is_folded(store: Store, data: st.DataObject) -> None:
    raised = ("FlagRaised", "SymptomReported")
    once = [event for event in STORY if type(event).__name__ in raised]
    others = [event for event in STORY if event not in once]
    drawn = data.draw(st.lists(st.sampled_from(others), max_size=8))
    story = data.draw(st.permutations([*once, *drawn]))
    splits = data.draw(st.integers(1, len(story)))
    name = f"e{next(NUMBERS)}"
    episode = await opened(store, an_episode(name, patient=name))
    for start in range(0, len(story), splits):
        async with store.transaction() as tx:
            before = await episodes.load(tx, name)
            assert before == episode
            told = tuple(_of(name, event) for event in story[start : start + splits])
            episode = await episodes.apply(tx, before, Decision(told, None), at=NOON)
    assert await loaded(store, name) == episode


def _of(name: str, event: e.Event) -> e.Event:
    """The same event with ids of its own."""
    changed: Any = event
    match event:
        case e.FlagRaised(flag):
            changed = e.FlagRaised(replace(flag, id=name + flag.id))
        case e.SymptomReported(report):
            changed = e.SymptomReported(replace(report, id=name + report.id))
        case e.MessageQueued(message):
            changed = e.MessageQueued(replace(message, id=name + message.id, episode_id=name))
        case e.MessageSettled(message, was):
            changed = e.MessageSettled(replace(message, id=name + message.id, episode_id=name), was)
        case e.ReplyReceived(message, understanding):
            changed = e.ReplyReceived(replace(message, id=name + message.id, episode_id=name), understanding)
    return changed  # type: ignore[no-any-return] # an event as it came in, or one made above


async def test_texts_are_saved_beside_the_episode(store: Store) -> None:
    before = await opened(store)
    told = (e.MessageQueued(a_message()), e.MessageQueued(a_message()), e.ReplyReceived(REPLY, UNDERSTANDING))
    async with store.transaction() as tx:
        await episodes.apply(tx, before, Decision(told, None), at=NOON)
        assert await outbox.load(tx, "m1") == a_message()
        assert await outbox.load(tx, "in-1") == REPLY
        assert await outbox.has_reply(tx, "SM1")
        assert not await outbox.has_reply(tx, "SM2")
    async with store.transaction() as tx:
        settled = Decision((e.MessageSettled(SENT, MessageState.ATTEMPTING),), None)
        await episodes.apply(tx, await episodes.load(tx, "e1"), settled, at=NOON)
    async with store.reading() as tx:
        assert await outbox.load(tx, "m1") == SENT
        page = await worklist.episode_page(tx, "e1", None)
    assert page is not None
    understood = {one.message.id: one.understanding for one in page.messages}
    assert understood["m1"] is None
    assert (understood["in-1"] or {})["symptoms"][0]["because"] == [
        {"words": "rojo", "rule": "degree", "start": 0, "end": 4}
    ]


async def test_a_no_holds_for_the_phone_whoever_has_it(store: Store) -> None:
    before = await opened(store)
    async with store.transaction() as tx:
        await patients.save(tx, a_patient("p2"))
        await patients.save(tx, a_patient("p3", phone="+447700900999"))
        await episodes.apply(tx, before, Decision((PatientOptedOut(PHONE, NOON, "STOP"),), None), at=NOON)
        two = [await patients.load(tx, CLINIC, SOURCE, name) for name in ("p1", "p2", "p3")]
        assert [patient and patient.opted_out_at for patient in two] == [NOON, NOON, None]
        assert await patients.opted_out_at(tx, CLINIC, PHONE) == NOON
        assert await patients.opted_out_at(tx, "other", PHONE) is None
        await patients.set_opt_out(tx, CLINIC, PHONE, None, "START")
        assert await patients.opted_out_at(tx, CLINIC, PHONE) is None
        assert [patient.id for patient in await patients.with_phone(tx, CLINIC, PHONE)] == ["p1", "p2"]


async def test_a_patient_is_loaded_as_saved(store: Store) -> None:
    bare = a_patient("p9", phone=None, language=None, time_zone=None, consent=None, stamps={}, given="", family="")
    async with store.transaction() as tx:
        for patient in (a_patient(), bare, a_patient(given="Zo", stamps={"given": NOON + DAY})):
            await patients.save(tx, patient)
            assert await patients.load(tx, CLINIC, SOURCE, patient.id) == patient
        assert await patients.load(tx, CLINIC, SOURCE, "nobody") is None


async def test_a_look_that_changes_nothing_writes_nothing(store: Store) -> None:
    before = await opened(store)
    async with store.transaction() as tx:
        same = await episodes.apply(tx, before, Decision((), before.wake_at), at=NOON)
        assert same is before
        later = await episodes.apply(tx, before, Decision((), NOON + 5 * DAY), at=NOON)
    assert await loaded(store) == later
    assert (later.wake_at, later.version) == (NOON + 5 * DAY, 2)


async def test_a_decision_about_nothing_is_our_mistake(store: Store) -> None:
    async with store.transaction() as tx:
        with pytest.raises(NothingHappenedError):
            await episodes.apply(tx, None, Decision((), None), at=NOON)


async def test_what_raises_is_not_saved(store: Store) -> None:
    before = await opened(store)

    async def fail_after_writing() -> None:
        async with store.transaction() as tx:
            await episodes.apply(tx, before, Decision(STORY, None), at=NOON)
            await tx.flush()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail_after_writing()
    assert await loaded(store) == before


async def test_an_episode_is_found_by_booking_patient_and_phone(store: Store) -> None:
    first = await opened(store)
    second = await opened(store, an_episode("e2", opened_at=NOON))
    elsewhere = await opened(store, an_episode("e3", clinic="other"))
    async with store.transaction() as tx:
        assert await episodes.of_booking(tx, CLINIC, SOURCE, "b-e2", "p1") == second
        assert await episodes.of_booking(tx, CLINIC, SOURCE, "b-e2", "p2") is None
        assert await episodes.of_phone(tx, CLINIC, PHONE) == [second, first]
        assert await episodes.of_phone(tx, "other", PHONE) == [elsewhere]
        assert await episodes.of_phone(tx, CLINIC, "+447700900000") == []
        assert await episodes.of_patient(tx, CLINIC, SOURCE, "p1") == [second, first]


async def test_a_reply_from_a_number_we_texted_is_credited_though_the_patient_has_another_now(store: Store) -> None:
    before = await opened(store)
    async with store.transaction() as tx:
        after = await episodes.apply(tx, before, Decision((e.MessageQueued(a_message()),), None), at=NOON)
        await patients.save(tx, a_patient(phone="+447700900999"))
        assert await episodes.of_phone(tx, CLINIC, PHONE) == [after]
    second = await opened(store, an_episode("e2", patient="p2"))
    async with store.transaction() as tx:
        assert await episodes.of_phone(tx, CLINIC, PHONE) == [second]


async def test_contact_counts_what_went_to_the_phone_and_was_not_withdrawn(store: Store) -> None:
    before = await opened(store)
    texts = (
        a_message("m3", kind=Kind.THANKS, at=NOON + HOUR),
        a_message("m1"),
        a_message("m2", state=MessageState.WITHDRAWN),
        a_message("m4", phone="+447700900999"),
        a_message("m0", at=NOON - DAY),
        REPLY,
    )
    async with store.transaction() as tx:
        await episodes.apply(tx, before, Decision(tuple(map(e.MessageQueued, texts)), None), at=NOON)
        since = await episodes.contact(tx, CLINIC, PHONE, NOON, NOON)
    theirs = (before.source, before.patient_id)
    assert since.sent == (Sent(Kind.ASK, NOON, theirs), Sent(Kind.THANKS, NOON + HOUR, theirs))


async def test_what_is_due_comes_oldest_first_and_once(store: Store) -> None:
    for number in (3, 1, 2):
        await opened(store, an_episode(f"e{number}", opened_at=NOON))
        async with store.transaction() as tx:
            before = await episodes.load(tx, f"e{number}")
            await episodes.apply(tx, before, Decision((), NOON + number * HOUR), at=NOON)
    async with store.transaction() as tx:
        assert await episodes.oldest_due_at(tx, NOON) is None
        assert await episodes.take_due(tx, NOON) is None
        assert await episodes.oldest_due_at(tx, NOON + 2 * HOUR) == NOON + HOUR
        taken = []
        while (due := await episodes.take_due(tx, NOON + 2 * HOUR)) is not None:
            taken.append(due.id)
            await episodes.apply(tx, due, Decision((), None), at=NOON)
        assert taken == ["e1", "e2"]
        assert [due.id for due in await episodes.take_due_many(tx, NOON + DAY, 5)] == ["e3"]


async def test_two_workers_never_take_the_same_episode(store: Store) -> None:
    names = [f"e{number}" for number in range(30)]
    for name in names:
        await opened(store, an_episode(name))
    taken: list[str] = []

    async def work() -> None:
        while True:
            async with store.transaction() as tx:
                due = await episodes.take_due_many(tx, NOON + DAY, 3)
                taken.extend(each.id for each in due)
                for each in due:
                    await episodes.apply(tx, each, Decision((), None), at=NOON)
                await asyncio.sleep(0)
            if not due:
                return

    await asyncio.gather(*(work() for _ in range(4)))
    assert sorted(taken) == sorted(names)


async def test_what_waited_for_a_lock_sees_what_the_other_made(store: Store) -> None:
    """Both raise a flag in the same episode: the second must build on the first, parts and all."""
    await opened(store)

    async def raise_flag(name: str) -> None:
        async with store.transaction() as tx:
            before = await episodes.load(tx, "e1")
            await asyncio.sleep(0.05)
            told = (e.SymptomReported(a_report(name)), e.FlagRaised(a_flag(name)))
            await episodes.apply(tx, before, Decision(told, None), at=NOON)

    await asyncio.gather(*(raise_flag(f"x{number}") for number in range(4)))
    after = await loaded(store)
    assert after is not None
    assert after.version == 5
    assert sorted(flag.id for flag in after.flags) == ["x0", "x1", "x2", "x3"]


async def test_any_text_can_be_saved(store: Store) -> None:
    before = await opened(store)
    odd = a_message("odd", body="a\0b\ud83d", why="✓" * 1600)
    async with store.transaction() as tx:
        after = await episodes.apply(tx, before, Decision((e.MessageQueued(odd), e.EpisodeHeld("\0")), None), at=NOON)
        saved = await outbox.load(tx, "odd")
    assert after.why == "\0"
    assert saved is not None
    assert saved.body == "a\ufffdb\ufffd"
    assert saved.why == odd.why


async def test_an_instant_of_another_zone_is_the_same_instant(store: Store) -> None:
    rome = NOON.astimezone(ZoneInfo("Europe/Rome"))
    await opened(store, an_episode(treated_until=rome, treated_from=NOON.replace(microsecond=0)))
    found = await loaded(store)
    assert found is not None
    assert found.treated_until == NOON
    assert found.treated_until.utcoffset() == timedelta(0)
