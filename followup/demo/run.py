"""Puts the demo together: the stage, the real service on it, a person to sign in as, the show."""

from __future__ import annotations

import asyncio
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from followup.app import bring_up_schema, open_services
from followup.catalogue.shipped import shipped_config, shipped_templates
from followup.cli.configuration import templates_of
from followup.cli.ending import VerbError
from followup.cli.running import listening, why_not_listening
from followup.demo.bookings import BookingRefusedError
from followup.demo.show import Desk, show
from followup.demo.stage import HOST, ZONE, set_stage
from followup.domain.ids import derive
from followup.flows.sign_in import SIGN_IN, make_link
from followup.settings import read_settings
from followup.sms.simulator.phones import phone_routes
from followup.store import figures, staff
from followup.web import make_app
from followup.worker import running

if TYPE_CHECKING:
    from typing import TextIO

    from followup.demo.stage import Stage
    from followup.flows.services import Services

EMAIL = "lead@glow.example"


def real_time() -> datetime:
    """The machine's clock, for what is not on the demo's stage: leases, sessions, signatures."""
    return datetime.now(UTC)


@dataclass(slots=True)
class Ticks:
    """The machine's seconds since `begin`: until then the demo's clock stands, however long starting takes."""

    begun: float | None = None

    def begin(self) -> None:
        """Time runs."""
        self.begun = time.monotonic()

    def __call__(self) -> float:
        """How many; none before it begins."""
        return 0.0 if self.begun is None else time.monotonic() - self.begun


async def run_demo(port: int, speed: float, patients: int, out: TextIO) -> None:
    """Until Ctrl-C or SIGTERM. Raises VerbError where it cannot begin, or its bookings are refused."""
    await _check_port(port)
    ticks = Ticks()
    async with set_stage(port, speed, patients, wall=real_time, ticks=ticks) as stage:
        try:
            await _perform(stage, ticks, out)
        except* BookingRefusedError as group:
            raise VerbError(str(group.exceptions[0])) from group


async def _perform(stage: Stage, ticks: Ticks, out: TextIO) -> None:
    environment = {
        **stage.environment,
        "FOLLOWUP_CONFIG": str(shipped_config()),
        "FOLLOWUP_TEMPLATES": str(shipped_templates()),
    }
    settings = read_settings(environment)
    await bring_up_schema(settings)
    news = asyncio.Event()
    async with AsyncExitStack() as stack:
        opened = open_services(
            settings, environment, clock=stage.clock, wall=real_time, nudge=news.set, faster=stage.clock.speed
        )
        services = await stack.enter_async_context(opened)
        app = make_app(services, templates_of(settings))
        app.add_routes(phone_routes(stage.simulator, ZONE, stage.names))
        await stack.enter_async_context(running(services, news))
        await stack.enter_async_context(listening(app, settings.host, settings.port))
        desk = await _desk(services)
        ticks.begin()
        await show(stage, desk, out, real_time)


async def _check_port(port: int) -> None:
    """Says so before anything is put up, rather than after."""
    try:
        probe = await asyncio.get_running_loop().create_server(asyncio.Protocol, HOST, port)
    except OSError as error:
        raise VerbError(why_not_listening(HOST, port, error)) from error
    probe.close()
    await probe.wait_closed()


async def _desk(services: Services) -> Desk:
    """Somebody to sign in as, and what to count."""
    account = staff.Account(
        id=derive("account", EMAIL),
        email=EMAIL,
        name="Demo lead",
        role="lead",
        clinic="",
        password_hash="",
        created_at=services.wall(),
        disabled_at=None,
    )
    async with services.store.transaction() as tx:
        await staff.add_account(tx, account)

    async def count() -> figures.Figures:
        async with services.store.reading() as tx:
            return await figures.count(tx, ())

    async def count_bookings() -> int:
        received = (await count()).received
        return sum(calls for door, calls in received.items() if door.startswith("booking:"))

    async def count_flags() -> int:
        return sum((await count()).flags_active.values())

    return Desk(await make_link(services, account, SIGN_IN), count_bookings, count_flags)
