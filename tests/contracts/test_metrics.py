"""What Prometheus reads, and who may."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from aiohttp.test_utils import make_mocked_request
from api_kit import Api, open_api
from prometheus_client.parser import text_string_to_metric_families
from treated import ZOE_PHONE, treat

from followup.domain.understanding.values import Urgency
from followup.flows.readiness import WORKER
from followup.flows.tokens import add_token
from followup.store import NewItem, beats
from followup.web.metrics import is_this_machine
from kit.hand_clock import MONDAY

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[Api]:
    async with open_api(tmp_path) as opened:
        yield opened


async def figures(api: Api) -> dict[str, float]:
    """Every sample, by its name and its labels' values."""
    answer = await api.outside("/metrics")
    assert answer.status == 200
    return {
        "|".join([sample.name, *sample.labels.values()]): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


async def test_the_database_is_counted_when_it_is_asked(api: Api) -> None:
    await treat(api.services.store, flags=2, urgency=Urgency.NOW)
    for key, door in (("a", "booking:glow-native"), ("b", "booking:glow-native"), ("c", "sms:simulator:reply")):
        await api.services.store.keep(NewItem("glow", door, key, b"x", {}, MONDAY))
    for attempt in ("m1.1", "m2.1", "m3.1"):
        await api.services.store.keep(NewItem("glow", f"sms:simulator:receipt:{attempt}", "k", b"x", {}, MONDAY))
    api.clock.move(hours=24, seconds=30)

    seen = await figures(api)

    assert {name: value for name, value in seen.items() if name.startswith("followup_inbox_received_total")} == {
        "followup_inbox_received_total|booking:glow-native": 2,
        "followup_inbox_received_total|sms:simulator:reply": 1,
        "followup_inbox_received_total|sms:simulator:receipt": 3,
    }
    assert seen["followup_inbox_waiting"] == 6
    assert (seen["followup_messages_total|delivered"], seen["followup_messages_total|received"]) == (1, 1)
    assert (seen["followup_messages_total|unknown"], seen["followup_unknown_sends"]) == (0, 0)
    assert (seen["followup_flags_active|now"], seen["followup_flags_active|today"]) == (2, 0)
    assert (seen["followup_episodes|active"], seen["followup_episodes|on_hold"]) == (1, 0)
    assert seen["followup_strays_open"] == 0
    assert seen["followup_waited_seconds|wake"] == 30
    assert seen["followup_waited_seconds|inbox"] == seen["followup_oldest_due_seconds"] == 24 * 3600 + 30


async def test_a_beat_has_an_age_once_there_was_one(api: Api) -> None:
    assert "followup_beat_age_seconds" not in await figures(api)
    async with api.services.store.transaction() as tx:
        await beats.beat(tx, WORKER, api.wall())
    api.wall.move(seconds=7)
    assert (await figures(api))["followup_beat_age_seconds"] == 7


async def test_requests_are_counted_by_route_and_never_by_url(api: Api) -> None:
    episode = await treat(api.services.store)
    await api.get(f"/episodes/{episode.id}")
    await api.get("/episodes/nobody")
    await api.get("/flags", token="")
    await api.outside(f"/{ZOE_PHONE}")

    seen = await figures(api)

    name = "followup_http_requests_total"
    assert seen[f"{name}|GET|/api/v1/episodes/{{id}}|200"] == 1
    assert seen[f"{name}|GET|/api/v1/episodes/{{id}}|404"] == 1
    assert seen[f"{name}|GET|/api/v1/flags|401"] == 1
    assert seen[f"{name}|any|none|404"] == 1
    assert not [key for key in seen if ZOE_PHONE in key or episode.id in key]


async def test_a_proxy_on_this_machine_is_not_this_machine(api: Api) -> None:
    for header in ("X-Forwarded-For", "Forwarded", "Via"):
        answer = await api.outside("/metrics", **{header: "203.0.113.7"})
        assert answer.status == 403
        assert "followup_" not in answer.text


@pytest.mark.parametrize(
    ("peer", "is_near"),
    [("127.0.0.1", True), ("::1", True), ("::ffff:127.0.0.1", True), ("10.0.0.7", False), ("", False), ("x", False)],
)
def test_only_loopback_is_this_machine(peer: str, is_near: bool) -> None:  # noqa: FBT001 - a parameter of the table
    request = make_mocked_request("GET", "/metrics").clone(remote=peer)
    assert is_this_machine(request) is is_near


async def test_a_token_of_all_clinics_reads_metrics_from_anywhere(api: Api) -> None:
    glow = await add_token(api.services.store, "glow", "glow", MONDAY)
    for token, status in ((api.token, 200), (glow, 403), ("fu_wrong", 403)):
        headers = {"Authorization": f"Bearer {token}", "X-Forwarded-For": "203.0.113.7"}
        assert (await api.outside("/metrics", **headers)).status == status
