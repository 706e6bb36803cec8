"""Who may call the JSON API, and flags. Every answer is held against the OpenAPI document."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from api_kit import Api, lose, open_api, the_flag
from structlog.testing import capture_logs
from treated import SAID, ZOE_PHONE, treat

from followup.domain.understanding.values import Urgency
from followup.flows.tokens import add_token, digest, revoke_token
from followup.store import staff
from kit.hand_clock import MONDAY

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[Api]:
    async with open_api(tmp_path) as opened:
        yield opened


async def test_without_a_token_nothing_is_told(api: Api) -> None:
    for path in ("/flags", "/episodes", "/episodes/x", "/strays"):
        answer = await api.get(path, token="")
        assert (answer.status, answer.problem) == (401, "unauthorised")
        assert answer.headers["WWW-Authenticate"] == 'Bearer realm="followup"'


@pytest.mark.parametrize("presented", ["fu_wrong", "reports", "fu_" + "x" * 500, "fu_é", "fu_\ud7ff"])
async def test_a_wrong_token_is_told_so_and_no_more(api: Api, presented: str) -> None:
    answer = await api.get("/flags", token=presented)
    assert answer.status == 401
    assert answer.headers["WWW-Authenticate"].endswith('error="invalid_token"')
    assert set(answer.json) == {"type", "title", "status"}


async def test_another_scheme_is_no_token(api: Api) -> None:
    for scheme in (f"Basic {api.token}", api.token, f"Bearer{api.token}"):
        assert (await api.get("/flags", token="", headers={"Authorization": scheme})).status == 401
    assert (await api.get("/flags", token="", headers={"Authorization": f"bearer {api.token}"})).status == 200


async def test_a_revoked_token_is_dead_at_once(api: Api) -> None:
    assert (await api.get("/flags")).status == 200
    await revoke_token(api.services.store, "reports")
    assert (await api.get("/flags")).status == 401


async def test_only_the_digest_of_a_token_is_stored(api: Api) -> None:
    async with api.services.store.reading() as tx:
        [stored] = await staff.tokens(tx)
    assert stored.token_hash == digest(api.token)
    assert api.token not in str(stored)
    assert len(api.token) >= 43


async def test_two_tokens_never_share_a_name(api: Api) -> None:
    assert await add_token(api.services.store, "reports", "", MONDAY) is None


async def test_a_clinics_token_sees_that_clinic_and_no_other(api: Api) -> None:
    mine = await treat(api.services.store)
    other = await treat(api.services.store, "S-1", clinic="sun", patient="P-9", phone="+447700900999")
    await lose(api, "lost-1", "sun")
    token = await add_token(api.services.store, "glow only", "glow", MONDAY)

    assert token is not None
    assert [flag["clinic"] for flag in (await api.get("/flags", token=token)).json["items"]] == ["glow"]
    assert [one["id"] for one in (await api.get("/episodes", token=token)).json["items"]] == [mine.id]
    found = await api.post("/episodes/search", {"phone": "+447700900999"}, token=token)
    assert found.json["items"] == []
    assert (await api.get("/strays", token=token)).json["items"] == []
    assert (await api.get(f"/episodes/{other.id}", token=token)).status == 404
    act = {"act": "claim", "version": 1}
    assert (await api.post(f"/flags/{other.flags[0].id}/acts", act, token=token)).status == 404
    assert (await api.post(f"/episodes/{other.id}/messages", {"body": "hello"}, token=token)).status == 404
    assert (await api.get("/flags?clinic=sun", token=token)).problem == "other-clinic"
    assert len((await api.get("/flags?clinic=glow", token=token)).json["items"]) == 1
    assert len((await api.get("/flags")).json["items"]) == 2
    assert [flag["clinic"] for flag in (await api.get("/flags?clinic=sun")).json["items"]] == ["sun"]


async def test_a_flag_says_why_in_the_patients_words_the_rule_and_the_numbers(api: Api) -> None:
    episode = await treat(api.services.store)
    flag = await the_flag(api)

    assert flag["patient"] == {"id": "P-1", "name": "Zoë Example", "phone_last4": "0123"}
    assert (flag["episode_id"], flag["clinic"]) == (episode.id, "glow")
    assert (flag["reason"], flag["urgency"], flag["symptom"], flag["state"]) == (
        "persisting",
        "today",
        "redness",
        "active",
    )
    assert flag["evidence"] == {
        "said": SAID,
        "rule": "above none after its window",
        "reported_at": "2026-11-23T10:00:00Z",
        "hours_since_treatment": 72.0,
        "window_hours": 48.0,
    }
    assert (flag["owner"], flag["version"], flag["raised_at"]) == (None, 1, "2026-11-23T10:00:00Z")


async def test_no_answer_holds_a_whole_phone_number(api: Api) -> None:
    episode = await treat(api.services.store)
    await lose(api, "lost-1", "glow")
    await the_flag(api)
    await api.get(f"/episodes/{episode.id}")
    await api.post("/episodes/search", {"phone": ZOE_PHONE})
    await api.get("/strays")

    assert all(ZOE_PHONE not in text for text in api.calls)


async def test_the_most_urgent_flags_come_first_page_by_page(api: Api) -> None:
    for number, urgency in enumerate((Urgency.REVIEW, Urgency.NOW, Urgency.TODAY, Urgency.NOW)):
        at = MONDAY + timedelta(minutes=number)
        await treat(api.services.store, f"B-{number}", patient=f"P-{number}", at=at, flags=2, urgency=urgency)

    seen: list[dict[str, Any]] = []
    cursor: str | None = ""
    while cursor is not None:
        page = (await api.get(f"/flags?limit=3&cursor={cursor}")).json
        assert len(page["items"]) <= 3
        seen += page["items"]
        cursor = page["next"]

    assert [flag["urgency"] for flag in seen] == ["now"] * 4 + ["today"] * 2 + ["review"] * 2
    assert [flag["patient"]["id"] for flag in seen[:4:2]] == ["P-1", "P-3"]
    assert len({flag["id"] for flag in seen}) == 8


async def test_flags_are_narrowed_by_state_urgency_and_reason(api: Api) -> None:
    await treat(api.services.store)
    flag = await the_flag(api)
    await api.post(f"/flags/{flag['id']}/acts", {"act": "close", "version": 1, "outcome": "mistaken"})

    async def number(query: str) -> int:
        return len((await api.get(f"/flags?{query}")).json["items"])

    assert [await number(f"state={state}") for state in ("active", "closed", "mistaken", "all")] == [0, 0, 1, 1]
    assert [await number(f"state=all&urgency={urgency}") for urgency in ("now", "today", "")] == [0, 1, 1]
    assert [await number(f"state=all&reason={reason}") for reason in ("severe", "persisting")] == [0, 1]


async def test_staff_claim_acknowledge_note_close_and_reopen_as_the_token_they_hold(api: Api) -> None:
    await treat(api.services.store)
    path = f"/flags/{(await the_flag(api))['id']}/acts"
    acts: list[tuple[dict[str, Any], dict[str, Any]]] = [
        ({"act": "claim"}, {"owner": "token:reports", "state": "active"}),
        ({"act": "acknowledge"}, {"acknowledged_by": "token:reports"}),
        ({"act": "note", "note": "will call at 3"}, {"state": "active"}),
        ({"act": "close", "outcome": "advised", "note": "cold pack"}, {"state": "closed", "outcome": "advised"}),
        ({"act": "reopen"}, {"state": "active", "outcome": None}),
    ]
    version = 1
    for act, after in acts:
        answer = await api.post(path, {**act, "version": version})
        assert answer.status == 200
        assert after.items() <= answer.json.items()
        assert answer.json["version"] > version
        version = answer.json["version"]


async def test_who_comes_second_is_told_who_was_first(api: Api) -> None:
    await treat(api.services.store)
    flag = await the_flag(api)
    other = await add_token(api.services.store, "night desk", "", MONDAY)
    path = f"/flags/{flag['id']}/acts"

    first, second = await asyncio.gather(
        api.post(path, {"act": "claim", "version": 1}), api.post(path, {"act": "claim", "version": 1}, token=other)
    )

    winner, loser = sorted((first, second), key=lambda answer: answer.status)
    assert (winner.status, loser.status, loser.problem) == (200, 409, "somebody-was-first")
    assert loser.json["who"] == winner.json["owner"]
    assert loser.json["version"] == winner.json["version"]


async def test_what_cannot_be_done_now_is_refused_with_the_reason(api: Api) -> None:
    await treat(api.services.store)
    flag = await the_flag(api)
    answer = await api.post(f"/flags/{flag['id']}/acts", {"act": "reopen", "version": 1})
    assert (answer.status, answer.problem, answer.json["detail"]) == (409, "not-possible", "this flag is open")


async def test_an_act_on_no_flag_is_not_found(api: Api) -> None:
    for name in ("nobody", "%00", "a'--", "é" * 50):
        assert (await api.post(f"/flags/{name}/acts", {"act": "claim", "version": 1})).status == 404


async def test_of_a_call_only_a_refused_token_is_logged_and_not_the_token(api: Api) -> None:
    episode = await treat(api.services.store)
    with capture_logs() as logs:
        await api.post("/episodes/search", {"phone": ZOE_PHONE})
        await api.get(f"/episodes/{episode.id}")
        await api.get("/flags", token="fu_secret")
    assert logs == [{"event": "token_refused", "route": "/api/v1/flags", "log_level": "warning"}]


async def test_the_document_is_public_and_the_same_as_the_tests_use(api: Api) -> None:
    answer = await api.get("/openapi.json", token="")
    assert answer.status == 200
    assert set(answer.json["paths"]) == {
        "/api/v1/flags",
        "/api/v1/flags/{id}/acts",
        "/api/v1/episodes",
        "/api/v1/episodes/search",
        "/api/v1/episodes/{id}",
        "/api/v1/episodes/{id}/fhir",
        "/api/v1/episodes/{id}/opt-out",
        "/api/v1/episodes/{id}/messages",
        "/api/v1/strays",
        "/api/v1/openapi.json",
    }
    served = {
        (route.method, route.resource.canonical)
        for route in api.client.app.router.routes()
        if route.resource and route.resource.canonical.startswith("/api") and route.method != "HEAD"
    }
    assert served == {(method.upper(), path) for path, item in answer.json["paths"].items() for method in item}
