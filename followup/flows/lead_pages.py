"""What leads read of their clinics: the journal, the figures, and the sheet that one shift leaves to the next."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from followup.domain.care_figures import care_figures
from followup.flows.read_pages import read_people, scope
from followup.store import lead_pages, worklist
from followup.store import strays as kept_strays

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from followup.domain.care_figures import CareFigures
    from followup.flows.services import Services
    from followup.store.lead_pages import Line, Wanted
    from followup.store.staff import Account
    from followup.store.worklist import Counts, FlagRow

ON_PAGE, ON_SHEET, LOST = 100, 200, 50
SHIFT = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class Handover:
    """What waits and what was done in a shift. `is_cut`: more waits than fits."""

    counts: Counts
    waiting: Sequence[FlagRow]
    closed: Sequence[FlagRow]
    strays: int
    is_cut: bool
    people: Mapping[str, str]


async def read_journal(
    services: Services, account: Account, wanted: Wanted, cursor: str | None
) -> tuple[Sequence[Line], str | None, Mapping[str, str]]:
    """A page of the journal, the cursor of the next, and everybody's names."""
    async with services.store.reading() as tx:
        mine = replace(wanted, clinics=scope(account))
        found, following = await lead_pages.lines(tx, mine, cursor=cursor, limit=ON_PAGE)
    return found, following, await read_people(services)


async def read_figures(services: Services, account: Account, length: timedelta) -> CareFigures:
    """What the time until now came to."""
    now = services.clock()
    async with services.store.reading() as tx:
        asked = await lead_pages.asked(tx, scope(account), now - length)
        raised = await lead_pages.raised(tx, scope(account), now - length)
    return care_figures(asked, raised, services.catalogue.clinics, now)


async def read_handover(services: Services, account: Account) -> Handover:
    """The sheet as it is now."""
    clinics, since = scope(account), services.clock() - SHIFT
    async with services.store.reading() as tx:
        waiting, following = await worklist.flags(tx, worklist.Filter(clinics), cursor=None, limit=ON_SHEET)
        ids = await lead_pages.closed_ids(tx, clinics, since, LOST)
        closed = [row for each in ids if (row := await worklist.flag_row(tx, each, clinics))]
        strays, _ = await kept_strays.page(tx, clinics, None, ON_SHEET)
        counts = await worklist.counts(tx, clinics)
    return Handover(counts, waiting, closed, len(strays), following is not None, await read_people(services))
