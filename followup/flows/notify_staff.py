"""Tells staff off-screen of flags nobody deals with: kept first, told after, so that a crash loses nothing."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog

from followup.domain.notifying import (
    NO_LONGER,
    NoticeState,
    addresses,
    body_of,
    is_older,
    on_failed,
    on_look,
    on_start,
    on_told,
    on_turn,
    rules_of,
    title_of,
    told_of,
)
from followup.flows.mistakes import where
from followup.notify import Failed, Told
from followup.store import StoreUnavailableError, journal, notices

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from followup.domain.clinic import Clinic
    from followup.domain.notifying import Notice
    from followup.flows.services import Services
    from followup.store import Transaction

AT_ONCE = 32
"""Notices on their way at the same time."""
MOST_FLAGS = 100
"""Looked at in one go, the urgent ones first."""
LOOK_AGAIN = 1.0
"""Seconds after which we look again, though somebody is still being told: a slow contact must not hold up the next."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Claimed:
    """One notice that is ours to tell now, where to and with what words."""

    notice: Notice
    url: str
    title: str
    body: str


async def notify_staff(services: Services) -> int:
    """Tells whatever is due; how many tries it made. Raises StoreUnavailableError."""
    told = 0
    under_way: set[asyncio.Task[None]] = set()
    try:
        while True:
            await _look(services)
            claimed = await _claim(services, AT_ONCE - len(under_way)) if len(under_way) < AT_ONCE else ()
            told += len(claimed)
            under_way |= {asyncio.create_task(_tell(services, one)) for one in claimed}
            if not under_way:
                return told
            done, under_way = await asyncio.wait(under_way, timeout=LOOK_AGAIN, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()  # StoreUnavailableError ends this beat
    finally:
        # Told to stop: a notice that is cut off here has its lease, and is told when that is over.
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)


async def _look(services: Services) -> None:
    """Writes the notices that are due now."""
    now = services.clock()
    async with services.store.reading() as tx:
        all_starts = await notices.starts(tx)
    for clinic in services.catalogue.clinics.values():
        starts: Mapping[str, datetime] = all_starts.get(clinic.id, {})
        if told_of(clinic) != starts.keys():
            starts = await _begin(services, clinic)
        if not starts:
            continue
        async with services.store.reading() as tx:
            newest = max(starts.values())
            found = await notices.to_look_at(tx, clinic.id, rules_of(clinic), now, MOST_FLAGS, newest)
        for flag_id in found:
            await _look_at(services, clinic, flag_id, starts)


async def _begin(services: Services, clinic: Clinic) -> Mapping[str, datetime]:
    """Remembers of what the clinic has somebody told now; what waited before is told of together, once."""
    now, wanted = services.clock(), told_of(clinic)
    async with services.store.transaction() as tx:
        known = (await notices.starts(tx)).get(clinic.id, {})
        for urgency in known.keys() - wanted:
            await notices.end(tx, clinic.id, urgency)
        for urgency in wanted - known.keys():
            if await notices.begin(tx, clinic.id, urgency, now):
                await _tell_of_older(tx, clinic, urgency, now)
        return (await notices.starts(tx)).get(clinic.id, {})


async def _tell_of_older(tx: Transaction, clinic: Clinic, urgency: str, now: datetime) -> None:
    count, oldest = await notices.waiting_before(tx, clinic.id, urgency, now)
    seen = await notices.waiting(tx, clinic.id, oldest) if oldest else None
    if seen is not None:
        await notices.save(tx, on_start(clinic, seen.episode_id, seen.flag, count, now))


async def _look_at(services: Services, clinic: Clinic, flag_id: str, starts: Mapping[str, datetime]) -> None:
    now = services.clock()
    try:
        async with services.store.transaction() as tx:
            seen = await notices.waiting(tx, clinic.id, flag_id)
            if seen is None:
                return
            start = starts.get(seen.flag.urgency)
            look = on_look(clinic, seen.episode_id, seen.flag, seen.known, now, start)
            await notices.save(tx, look.notices)
            since, rules = seen.flag.waits_since, rules_of(clinic)
            if is_older(seen.flag, start):
                rules = notices.aside(rules)
            await notices.looked(tx, clinic.id, flag_id, since=since, rules=rules, look_at=look.look_at)
    except StoreUnavailableError:
        raise
    except Exception as error:  # noqa: BLE001 - one flag must not stand in the way of the others
        _log.error("notices_failed", flag=flag_id, error=type(error).__qualname__, at=where(error))


async def _claim(services: Services, most: int) -> Sequence[Claimed]:
    """Transaction one: whose turn has come is taken, if the flag still waits."""
    async with services.store.reading() as tx:
        if not await notices.is_any_due(tx, services.clock()):
            return ()
    async with services.store.transaction() as tx:
        found = await notices.claimable(tx, services.clock(), most)
        judged = [_judge(services, one) for one in found]
        await notices.save(tx, [notice for notice, _ in judged])
    return [claimed for _, claimed in judged if claimed is not None]


def _judge(services: Services, found: notices.Claimable) -> tuple[Notice, Claimed | None]:
    """The notice after its turn and, if it is to be told, all that this needs."""
    now, wall = services.clock(), services.wall()
    notice = on_turn(found.notice, found.flag, now, wall)
    if notice.state is not NoticeState.DUE:
        return notice, None
    clinic = services.catalogue.clinics.get(notice.clinic)
    url = addresses(clinic).get(notice.contact) if clinic else None
    if clinic is None or url is None:
        return on_failed(notice, NO_LONGER, now, wall, is_final=True), None
    return notice, Claimed(notice, url, title_of(notice, found.flag, clinic), body_of(notice, services.public_url))


async def _tell(services: Services, claimed: Claimed) -> None:
    """The one call, with no transaction open, and transaction two."""
    outcome = await services.notifier.tell((claimed.url,), claimed.title, claimed.body)
    async with services.store.transaction() as tx:
        notice = await notices.load(tx, claimed.notice.clinic, claimed.notice.id)
        if notice is None or notice.tries != claimed.notice.tries:
            return  # its lease was over, and somebody else has told it since
        settled = _settled(services, notice, outcome)
        await notices.save(tx, [settled])
        if settled.state is NoticeState.TOLD:
            await _note(tx, settled)
    log = _log.info if isinstance(outcome, Told) else _log.warning
    log("notice_settled", notice=notice.id, contact=notice.contact, state=settled.state.value, why=settled.why)


def _settled(services: Services, notice: Notice, outcome: Told | Failed) -> Notice:
    now = services.clock()
    if isinstance(outcome, Failed):
        if notice.state is not NoticeState.DUE:
            return notice  # overtaken by a later one
        return on_failed(notice, outcome.why, now, services.wall(), is_final=outcome.is_final)
    return on_told(notice, now)


async def _note(tx: Transaction, notice: Notice) -> None:
    body = {"flag": notice.flag_id, "notice": notice.id, "number": notice.number, "contact": notice.contact}
    at = notice.settled_at or notice.due_at
    await journal.note(tx, notice.clinic, notice.episode_id, "StaffNotified", body, at=at)
