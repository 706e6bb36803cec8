"""A worker that is killed while it tells somebody has lost nothing."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sys
import time
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from treated import treat

from followup.app import open_services, real_time
from followup.demo.bookings import make_secret
from followup.domain.notifying import LEASE
from followup.domain.understanding.values import Urgency
from followup.flows.notify_staff import notify_staff
from followup.settings import read_settings
from followup.store import migrate, notices, open_store
from kit.sources import TOP

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from datetime import datetime
    from pathlib import Path

RULE = '\n[[notify]]\nurgency = "now"\nurls = "env:GLOW_ONCALL"\n'


def configured(directory: Path, port: int) -> Mapping[str, str]:
    """An installation that has one contact told."""
    shutil.copytree(TOP / "config", directory / "config")
    with (directory / "config" / "clinics" / "glow.toml").open("a", encoding="utf-8") as file:
        file.write(RULE)
    return {
        "DATABASE_URL": f"sqlite:///{directory / 'followup.db'}",
        "FOLLOWUP_CONFIG": str(directory / "config"),
        "FOLLOWUP_TEMPLATES": str(TOP / "templates"),
        "FOLLOWUP_SECRET_KEY": make_secret(),
        "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
        "TWILIO_AUTH_TOKEN": "0" * 32,
        "TWILIO_API_URL": "http://127.0.0.1:1",
        "GLOW_BOOKING_SECRET": make_secret(),
        "GLOW_ONCALL": f"json://127.0.0.1:{port}/nurse?rto=30",
    }


@dataclass
class Contact:
    """Somebody to be told, who does not answer while `is_stuck`."""

    titles: list[str] = field(default_factory=list)
    called: asyncio.Event = field(default_factory=asyncio.Event)
    is_stuck: bool = True

    async def answer(self, request: web.Request) -> web.Response:
        self.titles.append((await request.json())["title"])
        self.called.set()
        if self.is_stuck:
            await asyncio.sleep(30)
        return web.Response()


@dataclass
class Installation:
    """Where a flag that cannot wait was raised a minute ago, and a worker that is just telling somebody of it."""

    environment: Mapping[str, str]
    contact: Contact
    worker: asyncio.subprocess.Process

    async def end(self, number: int) -> int:
        self.worker.send_signal(number)
        return await self.worker.wait()


@pytest.fixture
async def installation(tmp_path: Path) -> AsyncIterator[Installation]:
    contact = Contact()
    app = web.Application()
    app.router.add_post("/nurse", contact.answer)
    async with TestServer(app) as server:
        environment = configured(tmp_path, server.port or 0)
        settings = read_settings(environment)
        await migrate(settings.database_url)
        store = await open_store(settings.database_url, wall=real_time)
        async with store.transaction() as tx:
            await notices.begin(tx, "glow", "now", real_time() - timedelta(hours=1))
        await treat(store, at=real_time() - timedelta(minutes=1), urgency=Urgency.NOW)
        await store.close()
        command = (sys.executable, "-m", "followup", "worker")
        worker = await asyncio.create_subprocess_exec(*command, cwd=TOP, env={**os.environ, **environment})
        async with asyncio.timeout(60):
            await contact.called.wait()
        yield Installation(environment, contact, worker)


async def test_a_worker_killed_while_it_tells_somebody_loses_nothing(installation: Installation) -> None:
    await installation.end(signal.SIGKILL)
    installation.contact.is_stuck = False

    def after_the_lease() -> datetime:
        return real_time() + LEASE

    settings = read_settings(installation.environment)
    async with open_services(settings, installation.environment, wall=after_the_lease) as services:
        assert await notify_staff(services) == 1
        assert await notify_staff(services) == 0
    assert installation.contact.titles == ["Glow Clinic: now, persisting"] * 2


async def test_a_worker_ends_in_time_though_a_contact_does_not_answer(installation: Installation) -> None:
    began = time.monotonic()
    assert await installation.end(signal.SIGTERM) == 0
    assert time.monotonic() - began < 10  # and not the thirty seconds of the contact
