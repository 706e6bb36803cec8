"""Where staff are told in a story: a real local server, called by Apprise as a webhook."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from aiohttp import web
from aiohttp.test_utils import TestServer

from followup.domain.clinic import NotifyRule

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from datetime import timedelta

    from followup.flows.services import Services


@dataclass
class Pager:
    """What each contact was told, as `(contact, title, message)`; those in `down` do not take anything."""

    heard: list[tuple[str, str, str]] = field(default_factory=list)
    down: set[str] = field(default_factory=set)
    port: int = 0

    def url(self, contact: str) -> str:
        """The address of a contact as Apprise has it."""
        return f"json://127.0.0.1:{self.port}/{contact}"

    def rule(self, after: timedelta, *contacts: str, urgency: str = "now") -> NotifyRule:
        """These contacts are told of flags of this urgency that waited so long."""
        return NotifyRule(urgency, after, tuple(map(self.url, contacts)))

    @property
    def titles(self) -> list[tuple[str, str]]:
        """Who was told, and under which title."""
        return [(contact, title) for contact, title, _ in self.heard]

    async def answer(self, request: web.Request) -> web.Response:
        """One call."""
        contact, body = request.match_info["contact"], await request.json()
        if contact in self.down:
            raise web.HTTPServiceUnavailable
        self.heard.append((contact, body["title"], body["message"]))
        return web.Response()


@asynccontextmanager
async def open_pager() -> AsyncIterator[Pager]:
    """A pager that can be called."""
    pager = Pager()
    app = web.Application()
    app.router.add_post("/{contact}", pager.answer)
    async with TestServer(app) as server:
        pager.port = server.port or 0
        yield pager


def telling(services: Services, *rules: NotifyRule, clinic: str = "glow") -> Services:
    """The same services, where the clinic has these rules."""
    clinics = dict(services.catalogue.clinics)
    clinics[clinic] = replace(clinics[clinic], notify=rules)
    return replace(services, catalogue=replace(services.catalogue, clinics=clinics))
