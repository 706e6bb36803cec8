"""Errors as callers see them: a stable name, and nothing of what anybody wrote."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from structlog.testing import capture_logs

from followup.bookings import Fault
from followup.store import StoreUnavailableError
from followup.web.problems import BODY_PROBLEMS, ProblemError, problem_errors

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

PRIVATE = "Zoë writes from +447700900123"

ERRORS: dict[str, Exception] = {
    "ours": RuntimeError(PRIVATE),
    "gone": web.HTTPNotFound(text=PRIVATE),
    "moved": web.HTTPFound("/elsewhere"),
    "slow": web.HTTPTooManyRequests(headers={"Retry-After": "7"}),
    "store": StoreUnavailableError(PRIVATE),
    "told": ProblemError(BODY_PROBLEMS[422], errors=[Fault("#/a", "needs text")], instance="i-1"),
}


async def fail(request: web.Request) -> web.Response:
    raise ERRORS[request.match_info["how"]]


@pytest.fixture
async def client() -> AsyncIterator[TestClient[web.Request, web.Application]]:
    app = web.Application(middlewares=[problem_errors])
    app.router.add_get("/api/v1/{how}", fail)
    app.router.add_get("/pages/{how}", fail)
    async with TestClient(TestServer(app)) as found:
        yield found


async def problem(client: TestClient[web.Request, web.Application], how: str) -> tuple[dict[str, Any], dict[str, str]]:
    async with client.get(f"/api/v1/{how}") as response:
        text = await response.text()
        assert PRIVATE not in text
        assert "Zo" not in text
        assert response.content_type == "application/problem+json"
        members: dict[str, Any] = await response.json(content_type=None)
        assert members["status"] == response.status
        return members, dict(response.headers)


async def test_our_mistake_is_told_without_detail_and_logged_without_words(
    client: TestClient[web.Request, web.Application],
) -> None:
    with capture_logs() as logs:
        members, _ = await problem(client, "ours")

    assert set(members) == {"type", "title", "status"}
    assert members["status"] == 500
    [log] = logs
    assert (log["event"], log["error"], log["route"]) == ("unexpected_error", "RuntimeError", "/api/v1/{how}")
    assert PRIVATE not in str(log)


async def test_a_store_that_cannot_says_when_to_come_back(client: TestClient[web.Request, web.Application]) -> None:
    members, headers = await problem(client, "store")

    assert members["type"] == "urn:followup:problem:unavailable"
    assert int(headers["Retry-After"]) > 0


async def test_aiohttps_own_errors_keep_their_headers(client: TestClient[web.Request, web.Application]) -> None:
    gone, _ = await problem(client, "gone")
    slow, headers = await problem(client, "slow")

    assert (gone["type"], gone["title"]) == ("urn:followup:problem:not-found", "Not Found")
    assert (slow["status"], headers["Retry-After"]) == (429, "7")


async def test_a_problem_names_its_places_and_its_event(client: TestClient[web.Request, web.Application]) -> None:
    members, _ = await problem(client, "told")

    assert members["errors"] == [{"pointer": "#/a", "detail": "needs text"}]
    assert members["instance"] == "i-1"


async def test_a_redirect_is_no_error_and_pages_have_errors_of_their_own(
    client: TestClient[web.Request, web.Application],
) -> None:
    async with client.get("/api/v1/moved", allow_redirects=False) as response:
        assert response.status == 302
    async with client.get("/pages/gone") as response:
        assert response.content_type == "text/plain"
