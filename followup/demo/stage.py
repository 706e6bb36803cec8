"""Everything around the service in a demo: a fast clock, a carrier, invented patients, an environment to read."""

from __future__ import annotations

import secrets
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from followup.demo.bookings import make_secret
from followup.demo.cast import answering, make_cast
from followup.demo.fast_clock import fast_clock
from followup.sms.simulator.simulator import make_simulator

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping, Sequence
    from datetime import datetime

    from followup.demo.cast import Member
    from followup.demo.fast_clock import FastClock
    from followup.sms.simulator.simulator import Simulator

HOST = "127.0.0.1"
ZONE = ZoneInfo("Europe/London")
"""The sample clinic's, config/clinics/glow.toml."""
SOURCE = "glow-native"
SECRET_NAME = "GLOW_BOOKING_SECRET"  # noqa: S105 - the name of the variable


@dataclass(frozen=True, slots=True)
class Stage:
    """What the demo put up; `environment` is all that the service needs to be told."""

    clock: FastClock
    simulator: Simulator
    cast: Sequence[Member]
    environment: Mapping[str, str]

    @property
    def origin(self) -> str:
        """Where the service is to be found."""
        return self.environment["FOLLOWUP_PUBLIC_URL"]

    @property
    def bookings_url(self) -> str:
        """The door for the demo's booking system."""
        return f"{self.origin}/hooks/bookings/{SOURCE}"

    @property
    def names(self) -> Mapping[str, str]:
        """Whose phone is whose, for the page of phones."""
        return {member.phone: f"{member.given} {member.family}" for member in self.cast}


@asynccontextmanager
async def set_stage(
    port: int, speed: float, patients: int, *, wall: Callable[[], datetime], ticks: Callable[[], float]
) -> AsyncIterator[Stage]:
    """A stage for a service on this port; carrier, database and secrets are gone afterwards."""
    clock = fast_clock(wall(), ZONE, speed, ticks)
    cast = make_cast(patients, clock.start)
    origin = f"http://{HOST}:{port}"
    simulator = make_simulator(
        clock,
        auth_token=secrets.token_hex(16),
        reply_url=f"{origin}/hooks/sms/simulator/reply",
        answering=answering(cast, clock),
        speed=speed,
    )
    with TemporaryDirectory(prefix="followup-demo-") as directory:
        await simulator.start(HOST)
        try:
            yield Stage(clock, simulator, cast, _environment(simulator, Path(directory), origin, port))
        finally:
            await simulator.stop()


def _environment(simulator: Simulator, directory: Path, origin: str, port: int) -> Mapping[str, str]:
    return {
        "DATABASE_URL": f"sqlite:///{directory / 'demo.db'}",
        "PORT": str(port),
        "FOLLOWUP_HOST": HOST,
        "FOLLOWUP_PUBLIC_URL": origin,
        "FOLLOWUP_SECRET_KEY": secrets.token_urlsafe(48),
        "TWILIO_ACCOUNT_SID": simulator.account_sid,
        "TWILIO_AUTH_TOKEN": simulator.auth_token,
        "TWILIO_API_URL": simulator.api_url,
        SECRET_NAME: make_secret(),
    }
