"""What a patient may ask for, and that the journal still tells the truth afterwards."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from admin_kit import Machine, make_machine
from sqlalchemy import select
from treated import SAID, ZOE_PHONE, treat

from followup.domain.message import MessageState
from followup.domain.wishes import PatientOptedOut
from followup.store import NewItem, fetches, journal, opt_out_ledger, strays, worklist
from followup.store.house_tables import fetches as to_fetch
from followup.store.strays import Stray
from kit.hand_clock import MONDAY

if TYPE_CHECKING:
    from pathlib import Path

    from followup.store import Store


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return make_machine(tmp_path)


CANARIES = ("Zoë", ZOE_PHONE, "redness 2", "How is it?", "who is this?", "P-1 and Zo")


async def _a_patient_with_everything(store: Store) -> None:
    episode = await treat(store, phone=ZOE_PHONE)
    reply = next(event for event in (await _page(store, episode.id)).messages if event.message.direction == "in")
    call = json.dumps({"data": {"booking": {"id": "B-1"}, "patient": {"id": "P-1", "given": "Zoë"}}}).encode()
    other = json.dumps({"data": {"booking": {"id": "B-7", "sequence": 1}, "patient": {"id": "P-7"}}}).encode()
    carrier_id = reply.message.carrier_id or ""
    await store.keep(NewItem("glow", "booking:glow-native", "e1", call, {"ce-subject": "P-1 and Zoë"}, MONDAY))
    await store.keep(NewItem("glow", "booking:glow-native", "e2", other, {}, MONDAY))
    await store.keep(NewItem("glow", "sms:simulator:reply", carrier_id, f"Body={SAID}".encode(), {}, MONDAY))
    async with store.transaction() as tx:
        await strays.add(tx, Stray("s1", "glow", "reply", "an unknown number", "who is this?", ZOE_PHONE, MONDAY))
        opt_out_ledger.note(tx, "glow", PatientOptedOut(ZOE_PHONE, MONDAY, "who is this? STOP", sender="+447400123456"))
        for ref in ("B-1", "B-7"):
            wanted = fetches.Wanted("glow", "glow-native", "booking", ref, "e9", is_vital=True, asked_at=MONDAY)
            await fetches.want(tx, wanted)
        await journal.seal(tx)


async def _still_to_be_asked(store: Store) -> list[str]:
    async with store.reading() as tx:
        return [row.ref for row in await tx.rows(select(to_fetch.c.ref))]


async def _page(store: Store, episode_id: str) -> worklist.EpisodePage:
    async with store.reading() as tx:
        page = await worklist.episode_page(tx, episode_id, None)
    assert page is not None
    return page


def test_an_export_has_everything_about_a_patient_and_nothing_of_others(machine: Machine) -> None:
    machine.do(_a_patient_with_everything)
    machine.do(lambda store: treat(store, "B-7", patient="P-7", given="Yves", phone="+447700900777"))

    text = machine.run("export", "--patient", "P-1")
    found = json.loads(text)

    assert all(canary in text for canary in CANARIES[:-1])
    assert "Yves" not in text
    assert [(one["words"], one["sender"]) for one in found["opt_out_ledger"]] == [
        ("who is this? STOP", "+447400123456")
    ]
    parts = ("patient", "bookings", "episodes", "check_ins", "reports", "flags", "messages", "strays", "opt_outs")
    assert {part: len(found[part]) for part in parts} == {
        **dict.fromkeys(("patient", "bookings", "episodes", "reports", "flags", "strays", "opt_outs"), 1),
        "check_ins": 2,
        "messages": 2,
    }
    assert {call["door"] for call in found["calls"]} == {"booking:glow-native", "sms:simulator:reply"}
    assert {line["event"] for line in found["journal"]} >= {"EpisodeOpened", "FlagRaised", "ReplyReceived"}
    assert "no such patient" in machine.run("export", "--patient", "Zoë", code=1)


def test_an_erased_patient_leaves_no_trace_but_ids_times_and_seals(machine: Machine) -> None:
    machine.do(_a_patient_with_everything)
    assert all(canary.encode() in machine.bytes_on_disk() for canary in ("redness 2", ZOE_PHONE))

    assert "cannot be undone" in machine.run("erase", "--patient", "P-1", code=1)
    assert "flags are open" in machine.run("erase", "--patient", "P-1", "--yes", code=1)
    done = machine.say("erase", "--patient", "P-1", "--yes", "--anyway")

    assert done == {"episodes": 1, "messages": 2, "bookings": 1, "is_scrubbed": True}
    content = machine.bytes_on_disk()
    assert [canary for canary in CANARIES if canary.encode() in content] == []
    assert machine.do(_still_to_be_asked) == ["B-7"]
    assert b"B-7" in content  # another's booking, with a number that is one of this patient's by chance
    assert machine.say("audit", "verify")["ok"] is True
    exported = json.loads(machine.run("export", "--patient", "P-1"))
    assert [one["state"] for one in exported["episodes"]] == ["cancelled"]
    assert [one["wake_at"] for one in exported["episodes"]] == [None]
    assert exported["patient"][0]["consent"] == "withdrawn"
    assert [one["severity"] for one in exported["reports"]] == ["moderate"]


def test_a_second_erasure_changes_nothing_and_others_keep_a_shared_phone(machine: Machine) -> None:
    async def family(store: Store) -> None:
        await _a_patient_with_everything(store)
        await treat(store, "B-2", patient="P-2", given="Yan")

    machine.do(family)
    for _ in range(2):
        machine.run("erase", "--patient", "P-1", "--yes", "--anyway")

    content = machine.bytes_on_disk()
    assert "Zoë".encode() not in content.replace(SAID.encode(), b"")
    assert b"Yan" in content
    rest = json.loads(machine.run("export", "--patient", "P-2"))
    assert [one["words"] for one in rest["opt_out_ledger"]] == ["who is this? STOP"]
    assert (rest["patient"][0]["phone"], len(rest["opt_outs"]), rest["strays"][0]["body"]) == (
        ZOE_PHONE,
        1,
        "who is this?",
    )


def test_a_text_on_its_way_is_waited_for(machine: Machine) -> None:
    machine.do(treat)
    machine.sql("UPDATE messages SET state = 'unknown' WHERE direction = 'out'")
    machine.sql("UPDATE flags SET state = 'closed'")
    assert "on its way" in machine.run("erase", "--patient", "P-1", "--yes", code=1)
    machine.run("erase", "--patient", "P-1", "--yes", "--anyway")
    exported = json.loads(machine.run("export", "--patient", "P-1"))
    assert {one["state"] for one in exported["messages"]} == {MessageState.FAILED, MessageState.RECEIVED}


def test_an_id_that_two_systems_use_has_to_be_made_plain(machine: Machine) -> None:
    machine.do(treat)
    machine.do(lambda store: treat(store, "S-1", clinic="sun", phone="+447700900999"))
    said = machine.run("export", "--patient", "P-1", code=1)
    assert "--clinic glow --source glow-native, --clinic sun --source sun-native" in said
    assert json.loads(machine.run("export", "--patient", "P-1", "--clinic", "sun"))["clinic"] == "sun"


def test_a_changed_line_of_the_journal_shows(machine: Machine) -> None:
    machine.do(_a_patient_with_everything)
    intact = machine.say("audit", "verify")
    assert (intact["ok"], intact["broken"], intact["missing"]) == (True, [], 0)
    machine.sql("UPDATE journal SET who = 'nobody' WHERE event = 'FlagRaised'")
    changed = machine.say("audit", "verify", code=1)
    assert (changed["ok"], len(changed["broken"])) == (False, 1)
    assert "NOT intact" in machine.run("audit", "verify", code=1)
    del machine.environment["FOLLOWUP_SECRET_KEY"]
    assert "FOLLOWUP_SECRET_KEY" in machine.run("audit", "verify", code=1)
