"""The clinic's own recovery: how long each symptom lasts after each treatment, beside what the protocol expects."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from followup.domain.recovery import Heard, recovery_curve
from followup.domain.triage import OVERALL
from followup.domain.turnbull import NEVER
from followup.flows.read_pages import scope
from followup.store import recovery

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from followup.domain.recovery import Curve
    from followup.flows.services import Services
    from followup.store.recovery import Course
    from followup.store.staff import Account

HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Recovery:
    """One symptom after one kind of treatment. window: hours it is expected; None where the protocol says none."""

    protocol_id: str
    symptom: str
    curve: Curve
    window: float | None


async def read_curves(services: Services, account: Account, clinic: str, length: timedelta) -> Sequence[Recovery]:
    """Of treatments in the time until now, by protocol and symptom. clinic: one of the account's; "" for all."""
    mine = scope(account)
    clinics = (clinic,) if clinic and (mine is None or clinic in mine) else mine
    async with services.store.reading() as tx:
        found = await recovery.courses(tx, clinics, services.clock() - length)
    curves = await asyncio.to_thread(_curves, found)
    return [
        Recovery(protocol, symptom, curve, _window(services, protocol, symptom))
        for (protocol, symptom), curve in sorted(curves.items())
    ]


def _curves(found: Sequence[Course]) -> Mapping[tuple[str, str], Curve]:
    """In a thread: of many thousand episodes it takes longer than the loop may stand still."""
    heard: dict[tuple[str, str], list[Heard]] = {}
    for one in found:
        if one.symptom != OVERALL:
            heard.setdefault((one.protocol_id, one.symptom), []).append(_heard(one))
    return {which: recovery_curve(each) for which, each in heard.items()}


def _heard(one: Course) -> Heard:
    there = (one.there_at - one.treated_until) / HOUR if one.there_at else 0.0
    return Heard(there, (one.gone_at - one.treated_until) / HOUR if one.gone_at else NEVER)


def _window(services: Services, protocol_id: str, symptom: str) -> float | None:
    protocol = services.catalogue.protocols.get(protocol_id)
    expected = protocol.expected.get(symptom) if protocol else None
    return expected.window / HOUR if expected and expected.window else None
