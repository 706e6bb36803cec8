"""Strays: what belongs to no episode and waits for staff."""

from __future__ import annotations

from typing import TYPE_CHECKING

from followup.flows.records import strays_of
from followup.web.api.answers import StrayList
from followup.web.api.shown import stray

if TYPE_CHECKING:
    from followup.web.api.asked import StrayQuery
    from followup.web.api.call import Call


async def list_strays(call: Call[StrayQuery, None]) -> StrayList:
    """The open strays, oldest first."""
    query = call.query
    rows, following = await strays_of(
        call.services, call.caller.narrowed(query.clinic), cursor=query.cursor, limit=query.limit
    )
    return StrayList(items=tuple(map(stray, rows)), next=following)
