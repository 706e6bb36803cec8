"""Every booking system's door, by HTTP: who may come in, what is kept once, and what no call can do to it."""

from __future__ import annotations

import asyncio
import json
import random
import time
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from followup.bookings.find import find_adapters
from kit.booking_desk import Desk, open_desk
from kit.booking_lives import ROOT, sample_request

if TYPE_CHECKING:
    from followup.store import Store
    from kit.hand_clock import HandClock

ADAPTERS = sorted(find_adapters())
THIN = {"acuity": "scheduled"}
"""Systems that only say that there is news: the same bytes may be other news."""
TIMED = {"calendly", "native"}
"""Systems whose signature has a time in it."""
ASKED = {
    "calcom": "booked.no_phone",
    "square": "booked",
    "acuity": "scheduled",
    "calendly": "booked.no_appointment",
    "easyappointments": "booked",
    "fhir": "id_only",
}
"""Calls after which the system behind has to be asked."""
FUZZED = 60

every_door = pytest.mark.parametrize("adapter", ADAPTERS)


def first_sample(adapter: str) -> str:
    return THIN.get(adapter, "booked")


def signed(desk: Desk, body: bytes, name: str = "") -> dict[str, str]:
    return {**sample_request(desk.adapter, name or first_sample(desk.adapter)).headers, **desk.proof(body)}


async def status(desk: Desk, body: bytes, headers: dict[str, str]) -> int:
    url = f"/hooks/bookings/glow-{desk.adapter}"
    async with desk.client.post(url, data=body, headers=headers, skip_auto_headers=["content-type"]) as answer:
        return answer.status


@every_door
async def test_only_what_is_signed_comes_in(store: Store, wall: HandClock, adapter: str) -> None:
    async with open_desk(adapter, store, wall) as desk:
        body = sample_request(adapter, first_sample(adapter)).body
        right = signed(desk, body)
        proof = desk.proof(body)
        [carrier] = [name for name in proof if name not in {"webhook-id", "webhook-timestamp"}]
        flipped = proof[carrier][:-2] + ("A" if proof[carrier][-2] != "A" else "B") + proof[carrier][-1]
        without = {name: value for name, value in right.items() if name != carrier}
        for wrong in ({**right, carrier: flipped}, {**right, carrier: ""}, {**right, carrier: "v1,"}, without):
            assert await status(desk, body, wrong) == 401
        assert await status(desk, body, right) == 202
        await desk.work()
        desk.later(timedelta(minutes=6))
        assert await status(desk, body, right) == (401 if adapter in TIMED else 202 if adapter in THIN else 200)


# A shared secret signs nothing: TLS alone keeps the body as it was (their NOTES say so).
@pytest.mark.parametrize("adapter", [name for name in ADAPTERS if name not in {"easyappointments", "fhir", "mapped"}])
async def test_one_bit_of_a_signed_body_changed_is_refused(store: Store, wall: HandClock, adapter: str) -> None:
    async with open_desk(adapter, store, wall) as desk:
        body = sample_request(adapter, first_sample(adapter)).body
        headers = signed(desk, body)
        for place in range(0, len(body), max(1, len(body) // 40)):
            changed = bytes([*body[:place], body[place] ^ 1, *body[place + 1 :]])
            assert await status(desk, changed, headers) == 401


@every_door
async def test_two_hundred_copies_of_one_event_at_once_have_one_effect(
    store: Store, wall: HandClock, adapter: str
) -> None:
    async with open_desk(adapter, store, wall) as desk:
        answers = await asyncio.gather(*(desk.hear_sample(first_sample(adapter)) for _ in range(200)))
        if adapter in THIN:
            # None of them may be thrown away as known; together they ask once.
            assert set(answers) == {(202, "accepted")}
            await desk.work()
            assert len(desk.system.asked) == 1
            return
        assert answers.count((202, "accepted")) == 1
        assert answers.count((200, "duplicate")) == 199
        await desk.work()
        once = await everything(desk)
        assert await desk.hear_sample(first_sample(adapter)) == (200, "duplicate")
        await desk.work()
        assert await everything(desk) == once
        assert len(once) == 1


async def everything(desk: Desk) -> list[tuple[str, int]]:
    """Each episode there is, and how many facts stand behind it."""
    found = []
    for booking in (fact["id"] for fact in expected(desk.adapter) if fact.get("id") and "status" in fact):
        found += [(episode.id, await desk.facts(booking)) for episode in await desk.episodes(booking)]
    return found


def expected(adapter: str) -> list[dict[str, Any]]:
    told = json.loads((ROOT / adapter / "samples" / f"{first_sample(adapter)}.json").read_text())
    return list(told["bookings"])


@pytest.mark.parametrize("adapter", ASKED)
async def test_a_door_answers_at_once_while_the_system_behind_it_stalls(
    store: Store, wall: HandClock, adapter: str
) -> None:
    async with open_desk(adapter, store, wall) as desk:
        desk.system.delay = 30
        assert await desk.hear_sample(ASKED[adapter]) in {(202, "accepted"), (200, "duplicate")}
        asking = asyncio.create_task(desk.work())
        await asyncio.wait_for(desk.system.is_asked.wait(), 10)
        took = []
        for _ in range(20):
            began = time.perf_counter()
            assert (await desk.hear_sample(ASKED[adapter]))[0] in {200, 202}
            took.append(time.perf_counter() - began)
        assert not asking.done()
        asking.cancel()
        # The least is what the door itself takes: a busy machine may hold up one, and not all of them.
        assert min(took) < 0.5


@pytest.mark.parametrize("adapter", sorted(set(ADAPTERS) - {"native"}))
async def test_what_is_signed_and_cannot_be_read_is_kept_answered_202_and_shown(
    store: Store, wall: HandClock, adapter: str
) -> None:
    async with open_desk(adapter, store, wall) as desk:
        body = b"%%%" if adapter == "acuity" else json.dumps({"surprise": True}).encode()
        assert await desk.hear(body, signed(desk, body)) == (202, "quarantined")
        await desk.work()
        [why] = await desk.strays()
        assert why.startswith("could not be read: ")


@every_door
async def test_no_signed_body_and_no_header_can_break_a_door(store: Store, wall: HandClock, adapter: str) -> None:
    chance = random.Random(adapter)  # noqa: S311 - the same strange calls at every run
    names = sorted(path.stem for path in (ROOT / adapter / "samples").glob("*.http"))
    async with open_desk(adapter, store, wall) as desk:
        seen = set()
        for _ in range(FUZZED):
            body = mangled(sample_request(adapter, chance.choice(names)).body, chance)
            headers = signed(desk, body)
            answer = await status(desk, body, headers)
            # Native is told its mistakes; anybody else's hook might be switched off by a 4xx.
            assert answer in ({200, 202} if adapter != "native" else {200, 202, 400, 409, 422}), body
            seen.add(answer)
            strange = {**headers, chance.choice(sorted(headers)): odd_text(chance), f"x-{chance.randrange(99)}": "é"}
            assert await status(desk, body, strange) < 500
        assert 202 in seen
        await desk.work()


def mangled(body: bytes, chance: random.Random) -> bytes:
    """A body as a broken, a newer or a hostile sender might send it."""
    kind = chance.randrange(5)
    if kind == 0:
        return body[: chance.randrange(len(body) + 1)]
    if kind == 1 and body:
        place = chance.randrange(len(body))
        return body[:place] + chance.randbytes(chance.randrange(1, 6)) + body[place + 1 :]
    if kind == 2:
        return b"[" * chance.randrange(1, 5_000) + body
    try:
        content = json.loads(body)
    except ValueError:
        return chance.randbytes(50) + body
    spoil(content, chance)
    return json.dumps(content).encode()


JUNK: tuple[Any, ...] = (None, 0, -1, 2**70, 1.5, True, "", "x" * 3_000, "\u0000", "\ud800", [], {}, [[]], {"value": 1})


def spoil(content: Any, chance: random.Random) -> None:
    """Some value in it, wherever it stands, becomes one of another kind."""
    while isinstance(content, (dict, list)) and content:
        key: Any = chance.choice(sorted(content)) if isinstance(content, dict) else chance.randrange(len(content))
        if not isinstance(content[key], (dict, list)) or chance.random() < 0.2:
            content[key] = chance.choice(JUNK)
            return
        content = content[key]


def odd_text(chance: random.Random) -> str:
    return "".join(chr(chance.randrange(32, 127)) for _ in range(chance.randrange(60)))


async def test_the_orders_of_an_acuity_life_all_end_as_the_system_has_it(store: Store, wall: HandClock) -> None:
    """Acuity's calls say nothing but that there is news: whatever order they come in, what is asked decides."""
    record = {
        "id": 54321,
        "firstName": "Zoë",
        "lastName": "Hart",
        "phone": "+44 7700 900123",
        "duration": "45",
        "type": "Mesotherapy",
        "appointmentTypeID": 1001,
        "calendar": "Dr Rossi",
        "timezone": "Europe/Rome",
        "datetime": "2026-12-03T10:00:00+0100",
        "forms": [],
        "labels": [],
        "canceled": True,
        "noShow": True,
    }
    async with open_desk("acuity", store, wall) as desk:
        desk.system.records["/base/api/v1/appointments/54321"] = record
        for name in ("canceled", "rescheduled", "scheduled", "rescheduled", "canceled", "scheduled"):
            await desk.hear_sample(name, None)
            await desk.work()
            desk.later(timedelta(seconds=7))
        [episode] = await desk.episodes("54321")
        assert episode.state.value == "cancelled"
