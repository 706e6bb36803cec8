"""What the JSON API refuses: each place is named, and nothing that was sent comes back."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
from api_kit import Api, open_api, the_flag
from treated import treat

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[Api]:
    async with open_api(tmp_path) as opened:
        yield opened


@pytest.mark.parametrize(
    ("path", "pointers"),
    [
        ("/flags?colour=red", ["#/colour"]),
        ("/flags?state=open&urgency=soon", ["#/state", "#/urgency"]),
        ("/flags?limit=0", ["#/limit"]),
        ("/flags?limit=201", ["#/limit"]),
        ("/flags?limit=many", ["#/limit"]),
        ("/flags?cursor=made-up", ["#/cursor"]),
        ("/flags?cursor=WzEsMl0", ["#/cursor"]),
        ("/flags?clinic=a%00b", ["#/clinic"]),
        ("/flags?a~b/c=1", ["#/a~0b~1c"]),
        ("/episodes?state=dead", ["#/state"]),
        ("/episodes?phone=%2B447700900123", ["#/phone"]),
        ("/episodes?cursor=WyJ4Il0", ["#/cursor"]),
        ("/episodes/x?full=1", ["#/full"]),
        ("/strays?state=closed", ["#/state"]),
        ("/strays?cursor=%F0%9F%92%A9", ["#/cursor"]),
    ],
)
async def test_a_query_nobody_defined_is_refused_with_its_place(api: Api, path: str, pointers: list[str]) -> None:
    answer = await api.get(path)
    assert (answer.status, answer.problem) == (422, "wrong-content")
    assert answer.pointers == pointers
    assert "447700" not in answer.text


async def test_a_cursor_of_one_list_is_none_of_another(api: Api) -> None:
    await treat(api.services.store, flags=2)
    cursor = (await api.get("/flags?limit=1")).json["next"]
    assert (await api.get(f"/episodes?cursor={cursor}")).pointers == ["#/cursor"]


async def test_a_parameter_that_stands_twice_is_refused(api: Api) -> None:
    answer = await api.get("/flags?state=active&state=closed")
    assert (answer.status, answer.problem) == (400, "repeated-parameter")


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        ({"act": "claim"}, ["#/version"]),
        ({"version": 1}, ["#/act"]),
        ({"act": "delete", "version": 1}, ["#/act"]),
        ({"act": "claim", "version": "1"}, ["#/version"]),
        ({"act": "claim", "version": True}, ["#/version"]),
        ({"act": "claim", "version": 0}, ["#/version"]),
        ({"act": "claim", "version": 1, "who": "ada"}, ["#/who"]),
        ({"act": "close", "version": 1}, ["#"]),
        ({"act": "claim", "version": 1, "outcome": "advised"}, ["#"]),
        ({"act": "note", "version": 1, "note": "  "}, ["#"]),
        ({"act": "note", "version": 1, "note": "x" * 4001}, ["#/note"]),
        ({"act": "note", "version": 1, "note": "a\x00b"}, ["#/note"]),
        ([], ["#"]),
        ("claim", ["#"]),
    ],
)
async def test_an_act_that_makes_no_sense_is_refused_with_its_place(api: Api, body: Any, pointers: list[str]) -> None:
    await treat(api.services.store)
    answer = await api.post(f"/flags/{(await the_flag(api))['id']}/acts", body)
    assert (answer.status, answer.problem) == (422, "wrong-content")
    assert answer.pointers == pointers


@pytest.mark.parametrize("body", ["", " \n", "x" * 1601, None, 7])
async def test_a_text_that_cannot_be_sent_is_refused(api: Api, body: object) -> None:
    episode = await treat(api.services.store)
    assert (await api.post(f"/episodes/{episode.id}/messages", {"body": body})).status == 422


@pytest.mark.parametrize(
    ("raw", "media_type", "status"),
    [
        (b"{", "application/json", 400),
        (b"\xff", "application/json", 400),
        (b'{"phone": "1", "phone": "2"}', "application/json", 400),
        (b"[" * 100_000, "application/json", 400),
        (b"", "application/json", 400),
        (b'{"phone": "\\ud800"}', "application/json", 422),
        (b'{"phone": "07700 900123"}', "text/plain", 415),
        (b"phone=1", "application/x-www-form-urlencoded", 415),
        (b" " * 300_000, "application/json", 413),
    ],
)
async def test_a_body_that_is_no_json_is_refused(api: Api, raw: bytes, media_type: str, status: int) -> None:
    answer = await api.call("POST", "/episodes/search", data=raw, headers={"Content-Type": media_type})
    assert answer.status == status


async def test_what_is_not_there_is_a_problem_too(api: Api) -> None:
    for method, path, status in (("GET", "/nothing", 404), ("DELETE", "/flags", 405), ("GET", "/episodes/x", 404)):
        assert (await api.call(method, path)).status == status


async def test_a_database_that_fails_is_our_turn(api: Api, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "followup.db")) as connection:
        connection.execute("DROP TABLE strays")
    answer = await api.get("/strays")
    assert (answer.status, answer.problem) == (503, "unavailable")
    assert int(answer.headers["Retry-After"]) > 0
