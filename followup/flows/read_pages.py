"""What the staff desk shows: plain reads, each in one transaction, of the clinics an account may see."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from followup.domain.flag import Reason
from followup.domain.understanding.values import Urgency
from followup.flows.clusters import clusters
from followup.flows.pinned import pinned
from followup.flows.review_flag import may_have
from followup.flows.sifting import Sifted
from followup.store import outbox, staff, worklist
from followup.store import strays as kept_strays
from followup.store.worklist import Filter

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from followup.domain.clusters import Cluster
    from followup.domain.protocol import Protocol
    from followup.flows.services import Services
    from followup.flows.sifting import Sieve
    from followup.store import Transaction
    from followup.store.outbox import Trouble
    from followup.store.staff import Account
    from followup.store.strays import Stray
    from followup.store.worklist import Counts, EpisodePage, EpisodeRow, FlagRow

IN_OVERVIEW, ON_PAGE = 20, 50

SILENCE = (Reason.SILENT,)
UNDELIVERED = (Reason.UNREACHABLE, Reason.NOT_SENT)
DETAILS = (Reason.NEEDS_DETAILS,)
SAID = tuple(reason for reason in Reason if reason not in {*SILENCE, *UNDELIVERED, *DETAILS})
SECTIONS: Mapping[str, tuple[tuple[Reason, ...], Urgency | None]] = {
    "now": ((), Urgency.NOW),
    "today": (SAID, Urgency.TODAY),
    "review": (SAID, Urgency.REVIEW),
    "not-heard": (SILENCE, None),
    "not-delivered": (UNDELIVERED, None),
    "needs-details": (DETAILS, None),
    "snoozed": ((), None),
}
"""The worklist from top to bottom. Whatever cannot wait is in `now`, for whatever reason."""
SNOOZED = "snoozed"
"""What somebody put aside for a while; everything else is awake."""


@dataclass(frozen=True, slots=True)
class Section:
    """One part of the worklist; `cursor` leads on where there is more."""

    name: str
    rows: Sequence[FlagRow]
    cursor: str | None


@dataclass(frozen=True, slots=True)
class Desk:
    """The worklist as one account sees it. `seq` is the journal's newest number: what is newer is not in it."""

    sections: Sequence[Section]
    strays: Sequence[Stray]
    sifted: Sifted
    counts: Counts
    troubles: Sequence[Trouble]
    people: Mapping[str, str]
    seq: int
    colleagues: Sequence[Account] = ()
    clusters: Sequence[Cluster] = ()
    mentions: int = 0
    """How many open flags have a note for whoever looks."""
    strays_shown: int = 0
    """How many strays the sieve lets through: it can only name their clinic."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a search came upon: flags in any state, and episodes."""

    flags: Sequence[FlagRow]
    episodes: Sequence[EpisodeRow]
    people: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Case:
    """One episode with all that is known of it."""

    page: EpisodePage
    people: Mapping[str, str]
    seq: int
    colleagues: Sequence[Account] = ()
    protocol: Protocol | None = None
    """The one its plan follows, in the wording it had then; None where that is neither configured nor kept."""


def scope(account: Account) -> tuple[str, ...] | None:
    """The clinics this account may see; None for all."""
    return (account.clinic,) if account.clinic else None


async def read_desk(services: Services, account: Account, sieve: Sieve) -> Desk:
    """The overview: the first of each section. Banners stand there whatever the sieve."""
    clinics = scope(account)
    async with services.store.reading() as tx:
        seq = await worklist.last_seq(tx, clinics)
        sifted, now = await _sifted(services, tx, clinics, sieve), services.clock()
        lost = await worklist.count_strays(tx, clinics)
        near = sieve.narrowed(clinics)
        strays, _ = await kept_strays.page(tx, near, None, IN_OVERVIEW)
        sections = [await _section(tx, name, sifted, clinics, None, IN_OVERVIEW, now) for name in SECTIONS]
        accounts = await staff.accounts(tx)
        return Desk(
            sections,
            strays,
            sifted,
            sifted.counts(lost),
            await outbox.troubles(tx, clinics),
            _names(accounts),
            seq,
            _colleagues(accounts, clinics),
            await clusters(services, tx, clinics),
            await worklist.mentions(tx, clinics, account.email),
            lost if near == clinics else await worklist.count_strays(tx, near),
        )


async def read_section(services: Services, account: Account, name: str, sieve: Sieve, cursor: str | None) -> Desk:
    """One section of the worklist, page by page."""
    clinics = scope(account)
    async with services.store.reading() as tx:
        seq = await worklist.last_seq(tx, clinics)
        sifted = await _sifted(services, tx, clinics, sieve)
        section = await _section(tx, name, sifted, clinics, cursor, ON_PAGE, services.clock())
        accounts = await staff.accounts(tx)
        counts = sifted.counts(await worklist.count_strays(tx, clinics))
        mentions = await worklist.mentions(tx, clinics, account.email)
        people, colleagues = _names(accounts), _colleagues(accounts, clinics)
        return Desk([section], (), sifted, counts, (), people, seq, colleagues, mentions=mentions)


async def read_strays(services: Services, account: Account, cursor: str | None) -> tuple[Sequence[Stray], str | None]:
    """What belongs to no episode and waits for staff, page by page, and the cursor of the next."""
    async with services.store.reading() as tx:
        return await kept_strays.page(tx, scope(account), cursor, ON_PAGE)


async def search(services: Services, account: Account, words: str) -> Found:
    """Flags and episodes of patients by name, last digits of the phone, or booking."""
    clinics = scope(account)
    async with services.store.reading() as tx:
        flags, _ = await worklist.flags(tx, Filter(clinics, state="all", search=words), cursor=None, limit=ON_PAGE)
        treated, _ = await worklist.find_episodes(tx, clinics=clinics, search=words, cursor=None, limit=ON_PAGE)
        return Found(flags, treated, await _people(tx))


async def read_case(services: Services, account: Account, episode_id: str) -> Case | None:
    """The episode of that id, where this account may see it."""
    clinics = scope(account)
    async with services.store.reading() as tx:
        seq = await worklist.last_seq(tx, clinics)
        page = await worklist.episode_page(tx, episode_id, clinics)
        accounts = await staff.accounts(tx)
        if page is None:
            return None
        protocol = (await pinned(services, tx, [page.episode])).get(page.episode.id)
        return Case(page, _names(accounts), seq, _colleagues(accounts, (page.episode.clinic,)), protocol)


async def read_flag(services: Services, account: Account, flag_id: str) -> FlagRow | None:
    """The flag of that id, where this account may see it."""
    async with services.store.reading() as tx:
        return await worklist.flag_row(tx, flag_id, scope(account))


async def read_counts(services: Services, account: Account) -> tuple[Counts, int]:
    """How much waits, and the journal's newest number."""
    clinics = scope(account)
    async with services.store.reading() as tx:
        seq = await worklist.last_seq(tx, clinics)
        return await worklist.counts(tx, clinics), seq


async def newest(services: Services, clinics: tuple[str, ...] | None) -> int:
    """The journal's newest number."""
    async with services.store.reading() as tx:
        return await worklist.last_seq(tx, clinics)


async def read_people(services: Services) -> Mapping[str, str]:
    """Each account's name by its e-mail."""
    async with services.store.reading() as tx:
        return await _people(tx)


async def _sifted(services: Services, tx: Transaction, clinics: tuple[str, ...] | None, sieve: Sieve) -> Sifted:
    now, owner = services.clock(), sieve.owner
    return Sifted(sieve, await worklist.tallies(tx, clinics, now, owner=owner, mentioned=sieve.mentioned))


async def _section(
    tx: Transaction,
    name: str,
    sifted: Sifted,
    clinics: tuple[str, ...] | None,
    cursor: str | None,
    limit: int,
    now: datetime,
) -> Section:
    (reasons, urgency), sieve = SECTIONS[name], sifted.sieve
    is_elsewhere = bool(sieve.reason and reasons and sieve.reason not in reasons)
    if is_elsewhere or (cursor is None and not sifted.shown(name)):
        # Not looked for, since that would mean looking through all that waits.
        return Section(name, (), None)
    awake, asleep = (None, now) if name == SNOOZED else (now, None)
    wanted = Filter(
        clinics=sieve.narrowed(clinics),
        urgency=urgency,
        reasons=(sieve.reason,) if sieve.reason else reasons,
        owner=sieve.owner,
        mentioned=sieve.mentioned,
        treatment=sieve.treatment,
        awake_at=awake,
        asleep_at=asleep,
        # Whatever cannot wait stands in the first section already.
        can_wait=urgency is None,
    )
    rows, following = await worklist.flags(tx, wanted, cursor=cursor, limit=limit)
    return Section(name, rows, following)


async def _people(tx: Transaction) -> Mapping[str, str]:
    return _names(await staff.accounts(tx))


def _names(accounts: Sequence[Account]) -> Mapping[str, str]:
    """Each account's name, by the e-mail that stands beside its acts."""
    return {account.email: account.name or account.email for account in accounts}


def _colleagues(accounts: Sequence[Account], clinics: tuple[str, ...] | None) -> list[Account]:
    """Whom a flag of any of these clinics can be given to."""
    return [one for one in accounts if may_have(one, one.clinic if clinics is None else clinics[0])]
