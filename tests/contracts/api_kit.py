"""The API, health and metrics on a port of their own, before a real store with invented patients."""

from __future__ import annotations

import json
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from http import HTTPStatus
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from openapi_kit import faults_of_value

from followup.catalogue.catalogue import read_catalogue
from followup.flows.services import Services
from followup.flows.tokens import add_token
from followup.store import migrate, open_store, strays
from followup.store.strays import Stray
from followup.web.api import add_api_routes
from followup.web.api.openapi import describe
from followup.web.api.routes import PREFIX, ROUTES
from followup.web.health import add_health_routes
from followup.web.keys import SERVICES
from followup.web.metrics import add_metrics_routes, count_requests
from followup.web.problems import PROBLEM_JSON, problem_errors
from kit.hand_clock import HandClock
from kit.sources import TOP

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from followup.catalogue.catalogue import Catalogue
    from followup.store import Store

KEY = b"a key for tests only"
DOCUMENT = json.loads(json.dumps(describe(ROUTES, PREFIX)))


@dataclass
class Api:
    """What a program sees. Every answer is held against the document before a test gets it."""

    client: TestClient[web.Request, web.Application]
    services: Services
    clock: HandClock
    wall: HandClock
    token: str
    calls: list[str] = field(default_factory=list)

    async def get(self, path: str, **how: Any) -> Answer:
        return await self.call("GET", path, **how)

    async def post(self, path: str, body: Any, **how: Any) -> Answer:
        return await self.call("POST", path, json=body, **how)

    async def call(self, method: str, path: str, *, token: str | None = None, **how: Any) -> Answer:
        """One call under /api/v1; `token` None is the fixture's own, "" is none."""
        presented = self.token if token is None else token
        headers = {**({"Authorization": f"Bearer {presented}"} if presented else {}), **how.pop("headers", {})}
        async with self.client.request(method, PREFIX + path, headers=headers, **how) as response:
            answer = Answer(response.status, await response.text(), dict(response.headers))
        self.calls.append(answer.text)
        assert faults_of_answer(method, path, answer) == []
        return answer

    async def outside(self, path: str, **headers: str) -> Answer:
        """A call that is not the API's."""
        async with self.client.get(path, headers=headers) as response:
            return Answer(response.status, await response.text(), dict(response.headers))


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    text: str
    headers: dict[str, str]

    @property
    def json(self) -> Any:
        return json.loads(self.text)

    @property
    def problem(self) -> str:
        return str(self.json["type"]).removeprefix("urn:followup:problem:")

    @property
    def pointers(self) -> list[str]:
        return [place["pointer"] for place in self.json["errors"]]


def faults_of_answer(method: str, path: str, answer: Answer) -> list[str]:
    """Where an answer is not what the document says of its route."""
    plain = path.partition("?")[0].split("/")
    operation = next(
        (
            item[method.lower()]
            for template, item in DOCUMENT["paths"].items()
            if method.lower() in item and _fits(template.removeprefix(PREFIX).split("/"), plain)
        ),
        None,
    )
    if operation is None:
        return [] if answer.status in {HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED} else ["no such route"]
    response = operation["responses"].get(str(answer.status))
    media_type = answer.headers["Content-Type"].partition(";")[0]
    if response is None or media_type not in response["content"]:
        return [f"{answer.status} {media_type} is not in the document"]
    assert (media_type == PROBLEM_JSON) == (answer.status >= HTTPStatus.BAD_REQUEST)
    return faults_of_value(DOCUMENT, response["content"][media_type]["schema"], answer.json)


def _fits(template: list[str], path: list[str]) -> bool:
    return len(template) == len(path) and all(
        part == said or part.startswith("{") for part, said in zip(template, path, strict=True)
    )


@asynccontextmanager
async def open_api(directory: Path) -> AsyncIterator[Api]:
    """A store in this directory, and the API before it."""
    clock, wall = HandClock(), HandClock()
    file = directory / "followup.db"
    file.write_bytes(await empty_database())
    url = f"sqlite:///{file}"
    store = await open_store(url, wall=wall, journal_key=KEY)
    try:
        services = services_of(store, clock, wall)
        token = await add_token(store, "reports", "", wall())
        assert token is not None
        app = web.Application(middlewares=[count_requests, problem_errors])
        app[SERVICES] = services
        add_metrics_routes(app)
        add_health_routes(app)
        add_api_routes(app)
        async with TestClient(TestServer(app)) as client:
            yield Api(client, services, clock, wall, token)
    finally:
        await store.close()


_EMPTY: list[bytes] = []


async def empty_database() -> bytes:
    """A database file with the whole schema and no row; made once, since each test wants one."""
    if not _EMPTY:
        with TemporaryDirectory() as directory:
            file = Path(directory) / "empty.db"
            await migrate(f"sqlite:///{file}")
            _EMPTY.append(file.read_bytes())
    return _EMPTY[0]


@cache
def _catalogue() -> Catalogue:
    return read_catalogue(TOP / "config", TOP / "templates", {"GLOW_BOOKING_SECRET": "whsec_invented"})


def services_of(store: Store, clock: HandClock, wall: HandClock) -> Services:
    return Services(
        store=store,
        catalogue=_catalogue(),
        adapters={},
        hooks={"simulator": None},  # type: ignore[dict-item] # only its name is looked at
        gateways={},
        clock=clock,
        wall=wall,
        public_url="https://followup.example",
        secret_key="for tests only",
        nudge=lambda: None,
    )


async def the_flag(api: Api) -> dict[str, Any]:
    """The only flag there is."""
    [flag] = (await api.get("/flags")).json["items"]
    found: dict[str, Any] = flag
    return found


async def lose(api: Api, name: str, clinic: str, kind: str = "reply") -> None:
    """What belongs to no episode: a reply from an unknown number, or a booking nobody can use."""
    body, phone = ("who is this?", "+447700900777") if kind == "reply" else ("{}", None)
    why = "an unknown number" if kind == "reply" else 'no protocol for the service "Hydra facial"'
    async with api.services.store.transaction() as tx:
        await strays.add(tx, Stray(name, clinic, kind, why, body, phone, api.clock()))
