"""Telling staff off-screen: which notices about a flag are due, and whether one still is when its turn comes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from followup.domain.clinic import MENTIONED
from followup.domain.ids import derive
from followup.domain.understanding.values import Urgency

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from followup.domain.clinic import Clinic
    from followup.domain.flag import Flag

AGAIN_AFTER = timedelta(minutes=30)
"""An urgent flag that even the last contact did not see to is told to them again, until somebody does."""
LEASE = timedelta(seconds=90)
"""Longer than any notifier takes; after that whoever took a notice is gone, and it is told (perhaps again)."""
PAUSES = tuple(timedelta(seconds=seconds) for seconds in (5, 15, 60, 300, 900))
"""Between tries; the last one is repeated for as long as nobody deals with the flag."""
OVERTAKEN = "a later notice goes instead"
SEEN_TO = "somebody dealt with it"
READ = "whoever was mentioned has read it"
NO_LONGER = "the clinic's file no longer names this contact"


MENTION, BEFORE = "mention ", "before"
"""Steps of notices that are no round of a wait: of a colleague who is mentioned, and of what waited before any rule."""


class NoticeState(StrEnum):
    """Whether a notice is still to be told."""

    DUE = "due"
    TOLD = "told"
    NEEDLESS = "needless"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Notice:
    """One contact to be told of one flag. `number`: the how manieth round of notices about this flag it is part of.

    contact: which address, without naming it, since an address may hold a password. waits_since: for which wait of the
    flag. due_at, settled_at: care time; hands_off_until: machine time.
    """

    id: str
    clinic: str
    episode_id: str
    flag_id: str
    waits_since: datetime
    step: str
    number: int
    contact: str
    due_at: datetime
    state: NoticeState = NoticeState.DUE
    tries: int = 0
    hands_off_until: datetime | None = None
    settled_at: datetime | None = None
    why: str = ""

    @property
    def is_round(self) -> bool:
        """Whether it is one of those about a flag that waits."""
        return not self.step.startswith((MENTION, BEFORE))

    @property
    def mentioned(self) -> str:
        """Of whose mention it tells, "" for none."""
        return self.step.removeprefix(MENTION) if self.step.startswith(MENTION) else ""


@dataclass(frozen=True, slots=True)
class Look:
    """What a look at a flag came to: notices that are new or overtaken, and when to look again (None: never)."""

    notices: tuple[Notice, ...] = ()
    look_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One round of notices: when it is due, its name and who is told."""

    at: datetime
    name: str
    contacts: tuple[str, ...]


def contact_of(url: str) -> str:
    """The name under which an address is remembered; it tells nothing of the address."""
    return derive("contact", url)


def addresses(clinic: Clinic) -> dict[str, str]:
    """Every address of the clinic by its contact's name."""
    return {contact_of(url): url for rule in clinic.notify for url in rule.urls}


def rules_of(clinic: Clinic) -> str:
    """Changes whenever the clinic changes whom it has told, and when."""
    rules = [f"{rule.urgency} {rule.after} {contact_of(url)}" for rule in clinic.notify for url in rule.urls]
    return derive("rules", *rules)


def is_older(flag: Flag, since: datetime | None) -> bool:
    """Whether a flag waited before anybody was to be told of such flags, and nothing has happened to it since."""
    waits_since = flag.waits_since
    return since is not None and waits_since is not None and max(waits_since, flag.last_raised_at) < since


def told_of(clinic: Clinic) -> frozenset[str]:
    """The urgencies of which the clinic has somebody told."""
    return frozenset(rule.urgency for rule in clinic.notify if rule.urls and rule.urgency in set(Urgency))


def on_look(
    clinic: Clinic, episode_id: str, flag: Flag, known: Sequence[Notice], now: datetime, since: datetime | None = None
) -> Look:
    """Whom to tell of this flag by now. `known`: the notices about it that there are.

    since: since when the clinic has somebody told of such flags; of older ones they are told together (`on_start`).
    """
    if flag.waits_since is None or is_older(flag, since):
        return Look()
    known = [one for one in known if one.is_round]
    plan = _steps(clinic, flag, flag.waits_since, now)
    ids = {notice.id for notice in known}
    found: list[Notice] = []
    told = {(one.waits_since, one.step) for one in known if one.state is not NoticeState.NEEDLESS}
    for step in (step for step in plan if step.at <= now):
        due = [one for one in _notices(clinic, episode_id, flag, step, len(told) + 1) if one.id not in ids]
        # Whoever is named in several steps that are due at once is told once.
        due = [one for one in due if not _is_overtaken(one, step, plan, now)]
        told |= {(one.waits_since, one.step) for one in due}
        found += due
    later = [step.at for step in plan if step.at > now]
    return Look((*found, *_overtaken(known, found, now)), min(later, default=None))


def _steps(clinic: Clinic, flag: Flag, since: datetime, now: datetime) -> list[Step]:
    """The rounds of this wait, in order; if the flag is urgent, the last one over and over."""
    rules = [rule for rule in clinic.notify if rule.urgency == flag.urgency and rule.urls]
    steps = []
    for after in sorted({rule.after for rule in rules}):
        urls = [url for rule in rules if rule.after == after for url in rule.urls]
        contacts = tuple(dict.fromkeys(map(contact_of, urls)))
        steps.append(Step(_at(clinic, flag, since, after), f"{after.total_seconds():.0f}", contacts))
    return [*steps, *_repeats(steps[-1], now)] if steps and flag.urgency is Urgency.NOW else steps


def _at(clinic: Clinic, flag: Flag, since: datetime, after: timedelta) -> datetime:
    """What is urgent is told whatever the hour; the rest waits while nobody is there."""
    is_urgent = flag.urgency is Urgency.NOW
    return since + after if is_urgent else clinic.opening_hours.after(since, after, clinic.zone)


def _repeats(last: Step, now: datetime) -> Iterator[Step]:
    """The latest repetition that is due, and the next one; those that were missed are not made up for."""
    passed = max(0, (now - last.at) // AGAIN_AFTER)
    for count in (passed, passed + 1):
        if count:
            yield Step(last.at + count * AGAIN_AFTER, f"{last.name}+{count}", last.contacts)


def _notices(clinic: Clinic, episode_id: str, flag: Flag, step: Step, number: int) -> Iterator[Notice]:
    since = flag.waits_since
    if since is None:
        return
    for contact in step.contacts:
        name = derive("notice", clinic.id, flag.id, since.isoformat(), flag.urgency, step.name, contact)
        yield Notice(name, clinic.id, episode_id, flag.id, since, step.name, number, contact, step.at)


def on_start(clinic: Clinic, episode_id: str, oldest: Flag, count: int, now: datetime) -> list[Notice]:
    """The clinic begins to have somebody told: of all that waits already in one notice, which names the oldest."""
    first = min((rule.after for rule in clinic.notify if rule.urgency == oldest.urgency), default=None)
    urls = [
        url for rule in clinic.notify if rule.urgency == oldest.urgency and rule.after == first for url in rule.urls
    ]
    return [
        Notice(
            derive("notice", clinic.id, oldest.urgency, BEFORE, now.isoformat(), contact),
            *(clinic.id, episode_id, oldest.id, now, BEFORE, count, contact),
            due_at=now if oldest.urgency is Urgency.NOW else clinic.opening_hours.after(now, timedelta(0), clinic.zone),
        )
        for contact in dict.fromkeys(map(contact_of, urls))
    ]


def on_mention(clinic: Clinic, episode_id: str, flag: Flag, mentioned: Sequence[str], now: datetime) -> list[Notice]:
    """Whoever is to be told where a note names these colleagues: in opening hours, unless the flag cannot wait."""
    at = now if flag.urgency is Urgency.NOW else clinic.opening_hours.after(now, timedelta(0), clinic.zone)
    rules = [rule for rule in clinic.notify if rule.urgency == MENTIONED]
    found = {}
    for email in mentioned:
        urls = [url for rule in rules if rule.person in {"", email} for url in rule.urls]
        for contact in map(contact_of, urls):
            name = derive("notice", clinic.id, flag.id, MENTION, email, now.isoformat(), contact)
            found[name] = Notice(name, clinic.id, episode_id, flag.id, now, f"{MENTION}{email}", 1, contact, at)
    return list(found.values())


def _is_overtaken(notice: Notice, step: Step, plan: Sequence[Step], now: datetime) -> bool:
    return any(later.at > step.at and later.at <= now and notice.contact in later.contacts for later in plan)


def _overtaken(known: Sequence[Notice], found: Sequence[Notice], now: datetime) -> Iterator[Notice]:
    """After an outage nobody wants every repetition that could not be told."""
    contacts = {notice.contact for notice in found}
    for notice in known:
        if notice.state is NoticeState.DUE and notice.contact in contacts:
            yield needless(notice, OVERTAKEN, now)


def needless(notice: Notice, why: str, now: datetime) -> Notice:
    """Not to be told any more."""
    return replace(notice, state=NoticeState.NEEDLESS, settled_at=now, hands_off_until=None, why=why)


def on_turn(notice: Notice, flag: Flag, now: datetime, wall: datetime) -> Notice:
    """Its turn has come: taken until the lease ends, if nobody has dealt with the flag meanwhile."""
    if notice.mentioned and notice.mentioned not in flag.mentioned:
        return needless(notice, READ, now)
    if notice.is_round and flag.waits_since != notice.waits_since:
        return needless(notice, SEEN_TO, now)
    return replace(notice, tries=notice.tries + 1, hands_off_until=wall + LEASE)


def on_told(notice: Notice, now: datetime) -> Notice:
    """The contact has it."""
    return replace(notice, state=NoticeState.TOLD, settled_at=now, hands_off_until=None, why="")


def on_failed(notice: Notice, why: str, now: datetime, wall: datetime, *, is_final: bool) -> Notice:
    """Tried again later, unless it never could be told."""
    if is_final:
        return replace(notice, state=NoticeState.FAILED, settled_at=now, hands_off_until=None, why=why)
    pause = PAUSES[min(notice.tries, len(PAUSES)) - 1]
    return replace(notice, hands_off_until=wall + pause, why=why)


def title_of(notice: Notice, flag: Flag, clinic: Clinic) -> str:
    """Who tells, how urgent, why and, if so, that it is not the first time; nothing about the patient."""
    if notice.mentioned:
        return f"{clinic.name}: a note mentions {notice.mentioned}"
    if notice.step == BEFORE:
        waited = "1 flag" if notice.number == 1 else f"{notice.number} flags"
        return f"{clinic.name}: {flag.urgency}, {waited} already waiting"
    again = f", again ({_ordinal(notice.number)})" if notice.number > 1 else ""
    return f"{clinic.name}: {flag.urgency}, {flag.reason.replace('_', ' ')}{again}"


def body_of(notice: Notice, public_url: str) -> str:
    """Where to look; who opens it has to sign in."""
    if notice.step == BEFORE:
        return f"They waited before anybody was to be told; now you are told of each: {public_url.rstrip('/')}/"
    told = "Nobody has dealt with this flag yet" if notice.number > 1 else "A flag waits for you"
    told = "A colleague wrote something for you" if notice.mentioned else told
    return f"{told}: {public_url.rstrip('/')}/episodes/{notice.episode_id}#flag-{notice.flag_id}"


def _ordinal(number: int) -> str:
    teen = number % 100 in {11, 12, 13}
    return f"{number}{'th' if teen else {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th')}"
