"""Corrected replies on both engines: kept once a reply, read anew, and gone with the patient."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING

from admin_kit import Machine, make_machine
from treated import HOUR, SAID, ZOE_PHONE, treat

from followup.domain.corrected import UnderstandingCorrected
from followup.domain.decision import Decision
from followup.domain.understanding.values import Question, Severity, Span, SymptomHeard, Understanding
from followup.store import corrections, episodes, whole_patient, worklist
from kit.hand_clock import MONDAY

if TYPE_CHECKING:
    from pathlib import Path

    from followup.domain.episode import Episode
    from followup.store import Store


def meant(severity: Severity) -> Understanding:
    redness = SymptomHeard("redness", severity, None, (Span("redness 2", "label", 0, 9),))
    return Understanding(SAID, "en", "v1", Question.COMBINED_0_3, (redness,))


async def correct(store: Store, was: Severity, right: Severity, example: str = "redness 2") -> str:
    """One more correction of the only reply there is; its id."""
    episode = await treat(store, phone=ZOE_PHONE) if was is Severity.MODERATE else await _only(store)
    async with store.reading() as tx:
        page = await worklist.episode_page(tx, episode.id, None)
    assert page is not None
    reply = next(one.message for one in page.messages if one.message.direction == "in")
    event = UnderstandingCorrected(reply.id, meant(was), meant(right), example, 72.5, "ana@glow.example", MONDAY + HOUR)
    async with store.transaction() as tx:
        before = await episodes.load(tx, episode.id)
        assert before is not None
        await episodes.apply(tx, before, Decision((event,), before.wake_at), at=MONDAY, who="ana@glow.example")
    return reply.id


async def _only(store: Store) -> Episode:
    async with store.transaction() as tx:
        (episode,) = await episodes.of_phone(tx, "glow", ZOE_PHONE)
    return episode


async def test_of_several_corrections_the_last_is_right_and_the_first_says_what_was_read(store: Store) -> None:
    message_id = await correct(store, Severity.MODERATE, Severity.MILD)
    assert await correct(store, Severity.MILD, Severity.SEVERE) == message_id
    async with store.reading() as tx:
        (kept,) = await corrections.proposed(tx)
        assert await corrections.proposed(tx, "elsewhere") == []
        assert await corrections.proposed(tx, "glow", "es") == []
        found = await corrections.reply(tx, message_id)
    assert kept.was["symptoms"]["redness"]["severity"] == "moderate"
    assert kept.right["symptoms"]["redness"]["severity"] == "severe"
    assert found is not None
    assert found[1] is not None
    assert found[1]["symptoms"][0]["severity"] == "severe"


async def test_an_export_has_it_and_an_erasure_takes_it_away(store: Store) -> None:
    await correct(store, Severity.MODERATE, Severity.MILD)
    async with store.transaction() as tx:
        who = await whole_patient.whose(tx, "glow", "glow-native", "P-1")
        assert who is not None
        assert len((await whole_patient.export(tx, who))["corrections"]) == 1
        await whole_patient.erase(tx, who, MONDAY)
        assert await corrections.proposed(tx) == []


def test_they_are_listed_as_examples_ready_to_review(tmp_path: Path) -> None:
    machine: Machine = make_machine(tmp_path)
    machine.do(lambda store: correct(store, Severity.MODERATE, Severity.MILD, 'redness "two"\n\t\x7f end'))
    listed = machine.run("corrections", "--lang", "en")
    (example,) = tomllib.loads(listed)["examples"]
    assert example == {
        "reply": 'redness "two"\n\t\x7f end',
        "hours": 72.5,
        "question": "combined_0_3",
        "symptoms": {"redness": "mild"},
        "signs": [],
    }
    assert 'read: symptoms = { redness = "moderate" }' in listed
    assert "ana" not in listed
    assert machine.say("corrections")[0]["was"]["symptoms"]["redness"]["severity"] == "moderate"
    assert tomllib.loads(machine.run("corrections", "--lang", "es")) == {}
