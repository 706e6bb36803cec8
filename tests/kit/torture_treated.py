"""Treated patients by the dozen, put into a store as a booking system's calls would have put them there."""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING

from followup.catalogue.catalogue import read_catalogue
from followup.demo.bookings import make_secret
from followup.domain import events as e
from followup.domain.decision import Decision
from followup.domain.enrolment import planned
from followup.domain.episode import Completion, Episode, EpisodeState, Patient
from followup.store import episodes, patients
from kit.sources import TOP

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from followup.catalogue.catalogue import Catalogue
    from followup.domain.protocol import Protocol
    from followup.store import Store

SECRET = make_secret()
FIRST_CHECK_IN = timedelta(hours=24)


@cache
def catalogue() -> Catalogue:
    """The sample configuration, read once."""
    return read_catalogue(TOP / "config", TOP / "templates", {"GLOW_BOOKING_SECRET": SECRET})


def protocol() -> Protocol:
    """The sample protocol."""
    return catalogue().protocols["mesotherapy"]


def phone_of(number: int) -> str:
    """Each patient's own, of the numbers kept for invented people as far as they last."""
    return f"+4477{number:08d}"


def episode_of(number: int, treated: datetime) -> Episode:
    """One patient's plan, treated for certain."""
    return Episode(
        id=f"{number:032x}",
        clinic="glow",
        source="glow-native",
        booking_id=f"B-{number}",
        patient_id=f"P-{number}",
        protocol_id=protocol().id,
        protocol_version=protocol().version,
        state=EpisodeState.ACTIVE,
        treated_from=None,
        treated_until=treated,
        completion=Completion.EXPLICIT,
        opened_at=treated,
        check_ins=planned(f"{number:032x}", protocol(), treated),
        booked_as="runs",
    )


async def treat(store: Store, numbers: Sequence[int], due: datetime) -> None:
    """These patients, whose first check-in is due then."""
    treated = due - FIRST_CHECK_IN
    async with store.transaction() as tx:
        for number in numbers:
            name, phone = f"P-{number}", phone_of(number)
            await patients.save(tx, Patient("glow", "glow-native", name, phone=phone, consent="granted"))
            opened = e.EpisodeOpened(episode_of(number, treated))
            await episodes.apply(tx, None, Decision((opened,), due), at=treated)
