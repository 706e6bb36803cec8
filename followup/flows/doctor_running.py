"""What is wrong with a followup that runs: its database, its worker, its disk, and whom it has to reach."""

from __future__ import annotations

import re
import shutil
from datetime import timedelta
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING

from aiohttp import ClientError, ClientSession, ClientTimeout

from followup.flows.doctor import Finding, fail, ok, warn
from followup.flows.readiness import OLDEST_BEAT, OLDEST_DUE, WORKER, how_late
from followup.sms import CarrierUnavailableError
from followup.store import beats, condition, deliveries, notices

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Sequence
    from datetime import datetime

    from followup.domain.clinic import Clinic
    from followup.domain.outbound import Endpoint
    from followup.flows.services import Services
    from followup.store import Store
    from followup.store.condition import Condition

LITTLE, TOO_LITTLE = 1 << 30, 100 << 20
MOST_SKEW = timedelta(seconds=5)
LONGEST_UNSEALED = 10_000
OLD_COPY, TOO_OLD_COPY = timedelta(days=2), timedelta(days=8)
MANY_TRIES = 3
# Versions in which two connections in WAL mode could lose a commit when the log was reset.
FIRST_ODD, FIRST_MENDED = (3, 7, 0), (3, 51, 3)
WAIT = ClientTimeout(total=10)


async def examine_database(store: Store, database_url: str, clock: datetime, wall: datetime) -> AsyncIterator[Finding]:
    """The database and what it tells of the work. The store is open, so its schema is ours."""
    async with store.reading() as tx:
        said = await condition.condition_of(tx)
        beat_at, late = await beats.last(tx, WORKER), await how_late(tx, clock)
        unsealed = await condition.unsealed(tx)
        disabled = await deliveries.disabled(tx)
        stuck = await notices.stuck(tx, MANY_TRIES)
        damage = await condition.damage_of(tx)
        copied_at = await beats.last(tx, beats.COPIED)
    yield ok("database", f"{said.engine} {said.version}, schema up to date")
    if damage:
        yield fail("damage", damage, "stop followup and put the newest backup back: followup restore FILE --force")
    for finding in (*_sqlite(said, database_url), *_clock(said, wall)):
        yield finding
    yield _beat(beat_at, wall)
    yield _due(late.ours)
    yield _copy(said.engine, copied_at, wall)
    for finding in (*map(_not_told, disabled), *_staff_not_told(stuck)):
        yield finding
    if unsealed > LONGEST_UNSEALED:
        yield warn("journal", f"{unsealed} lines not sealed yet", "see whether the worker runs, and its log")
    else:
        yield ok("journal", f"{unsealed} lines not sealed yet")


def _sqlite(said: Condition, database_url: str) -> Iterator[Finding]:
    if said.engine != "sqlite":
        return
    if FIRST_ODD <= said.numbers < FIRST_MENDED:
        todo = "use a Python whose sqlite3.sqlite_version is 3.51.3 or newer, and keep to one process (`serve`)"
        yield warn("sqlite version", f"SQLite {said.version} may lose a commit with several processes", todo)
    for name, value, wanted in (("journal mode", said.journal_mode, "wal"), ("synchronous", said.synchronous, "full")):
        if value != wanted:
            todo = f"keep the database on a local disk, where SQLite can use {wanted.upper()}"
            yield fail(name, f"{value}, not {wanted}: a power cut may lose what was acknowledged", todo)
        else:
            yield ok(name, value)
    yield from _disk(database_url)


def _disk(database_url: str) -> Iterator[Finding]:
    file = Path(re.sub(r"^sqlite:///", "", database_url)).absolute()
    if not file.is_file():
        return
    free = shutil.disk_usage(file.parent).free
    said = f"{free // (1 << 20):,} MiB free beside the database"
    if free < TOO_LITTLE:
        yield fail("disk", said, "make room at once: without it nothing can be kept")
    elif free < LITTLE:
        yield warn("disk", said, "make room")
    else:
        yield ok("disk", said)


def _clock(said: Condition, wall: datetime) -> Iterator[Finding]:
    if said.now is None:
        return
    skew = abs(said.now - wall)
    if skew > MOST_SKEW:
        todo = "let both machines set their clocks by NTP"
        yield warn("clock", f"{skew.total_seconds():.0f} s between this machine and the database", todo)
    else:
        yield ok("clock", "agrees with the database")


def _beat(at: datetime | None, wall: datetime) -> Finding:
    todo = "start `followup serve`, or `followup worker` beside `followup web`"
    if at is None:
        return fail("worker", "has never run on this database", todo)
    age = wall - at
    said = f"last seen {age.total_seconds():.0f} s ago"
    return ok("worker", said) if age < OLDEST_BEAT else fail("worker", said, todo)


def _due(late: timedelta) -> Finding:
    said = f"the oldest due thing has waited {late.total_seconds():.0f} s"
    if late <= OLDEST_DUE:
        return ok("due", said)
    return fail("due", said, "see whether the worker runs, and its log")


def _copy(engine: str, at: datetime | None, wall: datetime) -> Finding:
    name, todo = "backup", "let this run every night: followup backup /another/disk/followup-$(date +%F).db"
    if engine != "sqlite":
        return ok(name, "made by PostgreSQL's own tools, which do not tell followup how old the newest one is")
    if at is None:
        return warn(name, "`followup backup` has never copied this database", todo)
    age = wall - at
    said = f"the newest is {age / timedelta(days=1):.1f} days old"
    if age > TOO_OLD_COPY:
        return fail(name, said, todo)
    return warn(name, said, todo) if age > OLD_COPY else ok(name, said)


def _staff_not_told(stuck: int) -> Iterator[Finding]:
    if stuck:
        todo = "see the log for notice_settled, and whether the services behind the addresses take them"
        yield fail("telling staff", f"{stuck} notices could not be told off-screen", todo)


def _not_told(endpoint: Endpoint) -> Finding:
    said = f"endpoint {endpoint.id} of {endpoint.clinic} is told no outcomes: {endpoint.why}"
    return warn("outbound", said, f"mend it, then: followup outbound retry {endpoint.id}")


async def ask_around(services: Services) -> AsyncIterator[Finding]:
    """--deep: calls the carrier, and ourselves as strangers would."""
    for clinic in services.catalogue.clinics.values():
        name = f"carrier of {clinic.id}"
        gateway = services.gateways.get(clinic.sms.gateway)
        if gateway is None:
            continue
        try:
            await gateway.missed(clinic.sms.sender, services.clock() - timedelta(minutes=1))
            yield ok(name, f"{clinic.sms.gateway} answers")
            yield _replies(clinic, await gateway.reply_hooks(clinic.sms.sender), services.public_url)
        except CarrierUnavailableError as error:
            todo = "see whether the account's credentials are right and the network lets us out"
            yield fail(name, f"{clinic.sms.gateway} does not answer: {error}", todo)
    yield await _call_ourselves(services.public_url)


def _replies(clinic: Clinic, hooks: Sequence[str], public_url: str) -> Finding:
    """What patients write has to come here, or nobody reads it before the next time the carrier is asked."""
    name, ours = f"replies to {clinic.id}", f"{public_url.rstrip('/')}/hooks/sms/{clinic.sms.gateway}/reply"
    where = f"in the carrier's console, at {clinic.sms.sender}, under messages that come in"
    if not hooks:
        todo = f"correct `sender` in {clinic.id}'s file, or bring the number into the account whose credentials are set"
        return fail(name, f"the account has no sender {clinic.sms.sender}", todo)
    # Behind the # stands how Twilio tries again; it is no part of the address.
    wrong = [hook for hook in hooks if hook.partition("#")[0] != ours]
    if wrong:
        said = f"{clinic.sms.sender} sends them to {wrong[0] or 'nobody'}"
        return fail(name, said, f"{where}, set the webhook to {ours}#rc=3&rp=all with HTTP POST")
    return ok(name, f"{clinic.sms.sender} sends them to {ours}")


async def _call_ourselves(public_url: str) -> Finding:
    url = f"{public_url.rstrip('/')}/healthz"
    todo = "see whether followup runs, and whether the reverse proxy leads to it"
    try:
        async with ClientSession(timeout=WAIT) as session, session.get(url, allow_redirects=False) as answer:
            is_us = answer.status == HTTPStatus.OK and (await answer.json(content_type=None)).get("status") == "ok"
    except (ClientError, TimeoutError, ValueError, AttributeError) as error:
        return fail("public url answers", f"{url}: {type(error).__name__}", todo)
    if not is_us:
        return fail("public url answers", f"{url} is answered with {answer.status}, not by followup", todo)
    return ok("public url answers", url)
