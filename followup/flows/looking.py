"""Who has which episode before them, told from process to process by a few short-lived rows."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from followup.flows.review_flag import may_see
from followup.store import episodes, journal, lookers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from followup.flows.review_flag import Clinics
    from followup.flows.services import Services
    from followup.store.lookers import Looker
    from followup.store.staff import Account

LASTS = timedelta(seconds=45)
"""A row that was not written again for so long is of a page, or of a process, that is gone."""
ONE_LOOK = timedelta(minutes=5)
"""Within this a second look at an episode is the same one."""


async def share(services: Services, place: str, mine: Sequence[Looker]) -> list[Looker]:
    """Whom the other processes have before an episode; `mine`: of this one, where others have to hear of it again."""
    now = services.wall()
    if mine:
        async with services.store.transaction() as tx:
            await lookers.note(tx, place, mine, now)
    async with services.store.reading() as tx:
        return await lookers.elsewhere(tx, place, now - LASTS)


async def leave(services: Services, place: str, one: Looker) -> None:
    """They went away: the other processes need not wait until the row is old."""
    async with services.store.transaction() as tx:
        await lookers.gone(tx, place, one)


async def clinic_where(services: Services, episode_id: str, clinics: Clinics) -> str:
    """The clinic of an episode that these clinics' staff may see, "" for any other."""
    async with services.store.reading() as tx:
        episode = await episodes.look(tx, episode_id)
    return episode.clinic if episode is not None and may_see(episode.clinic, clinics) else ""


async def note_seen(services: Services, account: Account, clinic: str, episode_id: str) -> None:
    """Who looked at a patient's episode is in the journal, one line for one look, whatever process it was."""
    wall = services.wall()
    async with services.store.transaction() as tx:
        if await lookers.is_new_look(tx, clinic, episode_id, account.id, wall, wall - ONE_LOOK):
            await journal.note(tx, clinic, episode_id, "EpisodeSeen", {}, at=services.clock(), who=account.email)
