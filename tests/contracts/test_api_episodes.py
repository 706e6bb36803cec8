"""Episodes, texts of staff's own, and strays, by the JSON API."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from api_kit import Api, lose, open_api
from treated import SAID, ZOE_PHONE, treat

from followup.domain.message import MessageState
from followup.store import journal, outbox, patients
from kit.hand_clock import MONDAY

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from followup.domain.episode import Episode


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[Api]:
    async with open_api(tmp_path) as opened:
        yield opened


async def test_an_episode_is_shown_whole(api: Api) -> None:
    episode = await treat(api.services.store)
    shown = (await api.get(f"/episodes/{episode.id}")).json

    assert shown["protocol"] == {"id": "mesotherapy", "version": "2026.1"}
    assert [(one["step"], one["state"], one["due_at"]) for one in shown["check_ins"]] == [
        ("day-3", "asked", "2026-11-23T10:00:00Z"),
        ("day-7", "scheduled", "2026-11-27T10:00:00Z"),
    ]
    texts = [(one["direction"], one["kind"], one["state"], one["body"]) for one in shown["messages"]]
    assert sorted(texts) == [("in", "reply", "received", SAID), ("out", "ask", "delivered", "How is it?")]
    assert [(one["symptom"], one["severity"], one["hours_since_treatment"]) for one in shown["reports"]] == [
        ("redness", "moderate", 72.0)
    ]
    assert [flag["reason"] for flag in shown["flags"]] == ["persisting"]
    assert (shown["service_name"], shown["why"], shown["state"]) == ("Meso face", None, "active")


async def test_who_read_an_episode_is_in_the_journal_once_per_visit(api: Api) -> None:
    episode = await treat(api.services.store)
    for _ in range(3):
        await api.get(f"/episodes/{episode.id}")
    assert await _seen(api, episode) == ["token:reports"]
    api.clock.move(minutes=6)
    await api.get(f"/episodes/{episode.id}")
    assert await _seen(api, episode) == ["token:reports"] * 2


async def test_episodes_are_found_by_booking_patient_state_and_phone(api: Api) -> None:
    one = await treat(api.services.store)
    two = await treat(api.services.store, "B-2", patient="P-2", phone="+447700900456")

    async def found(query: str) -> list[str]:
        return [episode["id"] for episode in (await api.get(f"/episodes?{query}")).json["items"]]

    assert await found("booking=B-2") == [two.id]
    assert await found("patient=P-1") == [one.id]
    assert set(await found("state=active")) == {one.id, two.id}
    assert await found("state=finished") == []
    assert await found("booking=B-1&patient=P-2") == []
    for written in (ZOE_PHONE, "07700 900123", "0044 7700 900 123"):
        answer = await api.post("/episodes/search", {"phone": written})
        assert [episode["id"] for episode in answer.json["items"]] == [one.id]
    assert (await api.post("/episodes/search", {"phone": "no phone"})).json == {"items": [], "next": None}


async def test_the_next_page_of_a_search_is_asked_for_in_the_url(api: Api) -> None:
    for number in range(3):
        await treat(api.services.store, f"B-{number}", at=MONDAY + timedelta(hours=number))
    first = (await api.post("/episodes/search?limit=2", {"phone": ZOE_PHONE})).json
    rest = (await api.post(f"/episodes/search?limit=2&cursor={first['next']}", {"phone": ZOE_PHONE})).json
    assert [one["booking_id"] for one in (*first["items"], *rest["items"])] == ["B-2", "B-1", "B-0"]
    assert rest["next"] is None


async def test_staff_write_to_the_patient(api: Api) -> None:
    episode = await treat(api.services.store)
    answer = await api.post(f"/episodes/{episode.id}/messages", {"body": "Please call us. ✓"})
    assert (answer.status, answer.json["kind"], answer.json["state"]) == (201, "staff", "queued")
    assert answer.json["who"] == "token:reports"
    async with api.services.store.transaction() as tx:
        message = await outbox.load(tx, answer.json["id"])
    assert message is not None
    assert (message.body, message.phone, message.state) == ("Please call us. ✓", ZOE_PHONE, MessageState.QUEUED)


async def test_nobody_writes_to_a_patient_who_wants_no_texts(api: Api) -> None:
    episode = await treat(api.services.store)
    async with api.services.store.transaction() as tx:
        await patients.set_opt_out(tx, "glow", ZOE_PHONE, MONDAY, "STOP")
    answer = await api.post(f"/episodes/{episode.id}/messages", {"body": "hello"})
    assert (answer.status, answer.problem) == (409, "not-possible")
    assert "opted out" in answer.json["detail"]


async def test_strays_wait_for_staff_and_a_bookings_content_is_not_shown(api: Api) -> None:
    await lose(api, "lost-1", "glow")
    await lose(api, "lost-2", "glow", kind="booking")
    page = (await api.get("/strays?limit=1")).json
    rest = (await api.get(f"/strays?cursor={page['next']}")).json
    [reply], [booking] = page["items"], rest["items"]
    assert (reply["kind"], reply["why"], reply["body"]) == ("reply", "an unknown number", "who is this?")
    assert (booking["kind"], booking["body"], rest["next"]) == ("booking", None, None)


async def _seen(api: Api, episode: Episode) -> list[str]:
    async with api.services.store.reading() as tx:
        lines = await journal.lines_of(tx, episode.clinic, [episode.id])
    return [line.who for line in lines if line.event == "EpisodeSeen"]
