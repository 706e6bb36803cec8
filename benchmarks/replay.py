"""A clinic's simulated year: 10,000 episodes and their reviews, and a changed protocol over all of them.

    .venv/bin/python benchmarks/replay.py [EPISODES]

Prints how long `followup replay` and the lead's page take over them, for how long everybody else waits meanwhile, and
what was found. Patients heal at their own pace, from a fixed seed; staff close what lasted as advised, and what was
gone by the next answer as mistaken.
"""

from __future__ import annotations

import asyncio
import random
import resource
import sys
import tempfile
import time
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from followup.catalogue.problems import Problems
from followup.catalogue.protocols import read_protocol
from followup.domain.decision import Decision
from followup.domain.enrolment import planned
from followup.domain.episode import CheckInState, Completion, Episode, EpisodeState, Report
from followup.domain.events import EpisodeOpened
from followup.domain.flag import Flag, FlagState
from followup.domain.inputs import Outcome
from followup.domain.replay import Fate, findings
from followup.domain.understanding.values import Severity
from followup.flows.replay import replay
from followup.store import episodes, migrate, open_store

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from followup.domain.protocol import Protocol
    from followup.domain.replay import Replayed
    from followup.store import Store

ROOT = Path(__file__).parents[1]
NEW_YEAR = datetime(2025, 1, 1, 9, tzinfo=UTC)
YEAR = timedelta(days=365)
TOGETHER = 250
HOUR = timedelta(hours=1)


def simulated(number: int, protocol: Protocol, chance: random.Random) -> Episode:
    """One patient's aftercare: redness and swelling that go at their own pace, asked at every check-in."""
    treated = NEW_YEAR + YEAR * chance.random()
    name = f"episode-{number:06}"
    heals = chance.lognormvariate(4.1, 0.6)
    reports, check_ins = [], []
    for one in planned(name, protocol, treated):
        at = one.due_at + HOUR * chance.random() * 3
        is_answered = chance.random() < 0.8  # about what text studies find
        state = CheckInState.ANSWERED if is_answered else CheckInState.MISSED
        check_ins.append(replace(one, state=state, asked_at=one.due_at))
        hours = (at - treated) / HOUR
        for symptom in ("redness", "swelling") if is_answered else ():
            left = 2.4 * (1 - hours / (heals * (1.3 if symptom == "swelling" else 1)))
            severity = Severity.from_digit(max(0, min(3, round(left + chance.gauss(0, 0.3)))))
            message = f"{name}-{one.step}"
            reports.append(Report(f"{message}-{symptom}", symptom, severity, None, at, message, one.step, "", "digit"))
    episode = Episode(
        id=name,
        clinic="glow",
        source="simulated",
        booking_id=name,
        patient_id=name,
        protocol_id=protocol.id,
        protocol_version=protocol.version,
        state=EpisodeState.FINISHED,
        treated_from=None,
        treated_until=treated,
        completion=Completion.EXPLICIT,
        opened_at=treated,
        check_ins=tuple(check_ins),
        reports=tuple(reports),
    )
    return replace(episode, flags=_reviewed(episode, protocol))


def _reviewed(episode: Episode, protocol: Protocol) -> tuple[Flag, ...]:
    flags: dict[str, Flag] = {}
    for finding in findings(episode, protocol):
        at = finding.evidence.reported_at
        lasted = any(one.reported_at > at and one.severity is not Severity.NONE for one in episode.reports)
        outcome = Outcome.ADVISED if lasted else Outcome.MISTAKEN
        flag = Flag(
            id=f"{episode.id}-{finding.label}",
            reason=finding.reason,
            urgency=finding.urgency,
            subject=finding.subject,
            raised_at=at,
            last_raised_at=at,
            evidence=finding.evidence,
            state=FlagState.CLOSED if lasted else FlagState.MISTAKEN,
            closed_at=at + 400 * HOUR,
            outcome=outcome,
        )
        flags.setdefault(finding.label, flag)
    return tuple(flags.values())


async def fill(store: Store, protocol: Protocol, number: int) -> None:
    """Writes the year."""
    chance = random.Random(2025)  # noqa: S311 - the same year at every run
    for start in range(0, number, TOGETHER):
        async with store.transaction() as tx:
            for place in range(start, min(start + TOGETHER, number)):
                episode = simulated(place, protocol, chance)
                await episodes.apply(tx, None, Decision((EpisodeOpened(episode),), None), at=episode.opened_at)


def _say(found: Replayed, seconds: float) -> None:
    before, after = sum(found.before.values()), sum(found.after.values())
    print(f"replay: {found.episodes} episodes, {found.check_ins} check-ins in {seconds:.1f} s")
    print(f"flags per 100 check-ins: {found.per_hundred(before):.1f} → {found.per_hundred(after):.1f}")
    print(", ".join(f"{len(found.of(fate))} {fate}" for fate in Fate if fate is not Fate.KEPT))
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


@asynccontextmanager
async def watched() -> AsyncIterator[list[float]]:
    """How late a task is that wants its turn each millisecond."""
    late: list[float] = []

    async def watch() -> None:
        while True:
            asked_at = time.perf_counter()
            await asyncio.sleep(0.001)
            late.append(time.perf_counter() - asked_at - 0.001)

    watching = asyncio.create_task(watch())
    try:
        yield late
    finally:
        watching.cancel()


async def main(number: int) -> None:
    """Fills a database and replays it under windows of 96 instead of 48 hours."""
    read = read_protocol(ROOT / "config" / "protocols" / "mesotherapy.toml", Problems())
    if read is None:
        raise SystemExit("the shipped protocol cannot be read")
    protocol = read.protocol
    longer = {
        name: replace(window, window=max(window.window or HOUR, 96 * HOUR))
        for name, window in protocol.expected.items()
    }
    with tempfile.TemporaryDirectory() as directory:
        url = f"sqlite:///{directory}/year.db"
        await migrate(url)
        store = await open_store(url, wall=lambda: NEW_YEAR)
        began = time.perf_counter()
        await fill(store, protocol, number)
        print(f"filled in {time.perf_counter() - began:.1f} s")
        async with watched() as late:
            began = time.perf_counter()
            found = await replay(store, replace(protocol, expected=longer))
            _say(found, time.perf_counter() - began)
        late.sort()
        middle = late[len(late) // 2]
        print(f"everybody else waited {late[-1] * 1000:.0f} ms at most, {middle * 1000:.1f} ms in the middle")
        await store.close()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000))
