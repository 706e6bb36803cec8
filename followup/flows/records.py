"""What programs read: flags, episodes and strays, as the store has them now."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from followup.flows.phones import read_phone
from followup.store import journal, strays, worklist

if TYPE_CHECKING:
    from datetime import datetime

    from followup.flows.services import Services
    from followup.store.strays import Stray
    from followup.store.worklist import EpisodePage, EpisodeRow, Filter, FlagRow

Clinics = tuple[str, ...] | None
SEEN = "EpisodeSeen"
ONE_VISIT = timedelta(minutes=5)


async def flags_of(
    services: Services, wanted: Filter, cursor: str | None, limit: int
) -> tuple[list[FlagRow], str | None]:
    """A page of flags and the cursor of the next."""
    async with services.store.reading() as tx:
        return await worklist.flags(tx, wanted, cursor=cursor, limit=limit)


async def episodes_of(
    services: Services,
    *,
    clinics: Clinics,
    booking: str = "",
    patient: str = "",
    state: str = "",
    phone: str = "",
    cursor: str | None = None,
    limit: int = 50,
) -> tuple[list[EpisodeRow], str | None]:
    """A page of episodes and the cursor of the next."""
    async with services.store.reading() as tx:
        return await worklist.find_episodes(
            tx,
            clinics=clinics,
            booking=booking,
            patient=patient,
            state=state,
            phone=phone,
            cursor=cursor,
            limit=limit,
        )


async def episodes_of_phone(
    services: Services, written: str, *, clinics: Clinics, cursor: str | None, limit: int
) -> tuple[list[EpisodeRow], str | None]:
    """The same for a phone as somebody wrote it; a national number is read in each clinic's country."""
    known = services.catalogue.clinics
    countries = {clinic.country for clinic in known.values() if clinics is None or clinic.id in clinics}
    numbers = {number.e164 for country in sorted(countries) if (number := read_phone(written, country))}
    if len(numbers) != 1:
        return [], None
    return await episodes_of(services, clinics=clinics, phone=numbers.pop(), cursor=cursor, limit=limit)


async def episode_of(services: Services, episode_id: str, clinics: Clinics, who: str) -> EpisodePage | None:
    """One episode with everything known of it; that somebody saw it goes to the journal."""
    now = services.clock()
    async with services.store.reading() as tx:
        page = await worklist.episode_page(tx, episode_id, clinics)
    if page is not None and not _saw_it_lately(page, who, now):
        async with services.store.transaction() as tx:
            await journal.note(tx, page.episode.clinic, page.episode.id, SEEN, {}, at=now, who=who)
    return page


def _saw_it_lately(page: EpisodePage, who: str, now: datetime) -> bool:
    """A program that looks every second has seen it once."""
    return any(line.event == SEEN and line.who == who and now - line.at < ONE_VISIT for line in page.journal)


async def strays_of(
    services: Services, clinics: Clinics, *, cursor: str | None, limit: int
) -> tuple[list[Stray], str | None]:
    """A page of open strays and the cursor of the next."""
    async with services.store.reading() as tx:
        return await strays.page(tx, clinics, cursor, limit)
