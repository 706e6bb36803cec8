"""What asks booking systems keeps to its own host, its time and its size, and never stumbles over an answer."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from followup.bookings import FetchFailedError, Setting
from followup.bookings.http_client import open_client
from kit.booking_systems import BookingSystem, open_booking_system

NOW = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)


async def ask(system: BookingSystem, *path: str, seconds: float = 5, **query: str) -> Any:
    credentials = {"authorization": "Bearer secret-key"}
    async with open_client(f"{system.url}/base", credentials, Setting(), NOW, seconds) as client:
        return await client.get(*path, query=query)


async def test_json_is_read_and_what_is_not_there_is_none() -> None:
    async with open_booking_system() as system:
        system.records["/base/v2/thing"] = {"a": ["é"]}
        assert await ask(system, "v2", "thing", q="x&y") == {"a": ["é"]}
        assert await ask(system, "v2", "other") is None
        assert system.asked[0].query == {"q": "x&y"}
        assert system.asked[0].headers["Authorization"] == "Bearer secret-key"


@pytest.mark.parametrize(
    ("status", "is_final"),
    [(401, False), (403, False), (429, False), (500, False), (503, False), (400, True), (302, True)],
)
async def test_a_failure_says_whether_asking_again_may_help(status: int, is_final: bool) -> None:  # noqa: FBT001 - a parameter
    async with open_booking_system(status=status) as system:
        system.status = status
        system.headers = {"location": "http://127.0.0.1:9/elsewhere"}
        with pytest.raises(FetchFailedError) as error:
            await ask(system, "thing")
        assert error.value.is_final is is_final
        assert len(system.asked) == 1


async def test_an_answer_that_never_comes_is_given_up() -> None:
    async with open_booking_system() as system:
        system.delay = 3
        with pytest.raises(FetchFailedError, match="in time"):
            await ask(system, "thing", seconds=0.1)


@pytest.mark.parametrize(
    ("raw", "why"),
    [(b" " * (1024 * 1024 + 1), "too large"), (b"<html>", "no JSON"), (b"[" * 100_000, "no JSON"), (b"", "no JSON")],
)
async def test_an_answer_that_cannot_be_used_is_named_without_a_word_of_it(raw: bytes, why: str) -> None:
    async with open_booking_system() as system:
        system.raw = raw
        with pytest.raises(FetchFailedError, match=why):
            await ask(system, "thing")


async def test_nobody_there_is_worth_another_try() -> None:
    async with open_booking_system() as system:
        pass
    with pytest.raises(FetchFailedError) as error:
        await ask(system, "thing")
    assert not error.value.is_final
    assert "secret-key" not in str(error.value)


@pytest.mark.parametrize("url", ["", "ftp://example.org", "file:///etc/passwd", "https://", "nonsense"])
async def test_an_address_that_is_none_is_not_asked(url: str) -> None:
    with pytest.raises(FetchFailedError, match="api_url"):
        async with open_client(url, {}, Setting(), NOW):
            pass


@pytest.mark.parametrize("part", ["", ".", "..", "..."])
async def test_an_id_that_would_leave_its_place_is_not_asked_for(part: str) -> None:
    async with open_booking_system() as system:
        with pytest.raises(FetchFailedError):
            await ask(system, "v2", part)
        assert system.asked == []
