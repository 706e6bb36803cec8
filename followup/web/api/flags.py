"""Flags: the list, and what staff do with one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from followup.domain.inputs import ReviewAct
from followup.domain.review import Refusal
from followup.flows.records import flags_of
from followup.flows.review_flag import review_flag
from followup.store.worklist import Filter
from followup.web.api.answers import FlagList, FlagShown
from followup.web.api.refusals import NOT_FOUND, RefusedError
from followup.web.api.shown import flag_row
from followup.web.problems import ProblemError

if TYPE_CHECKING:
    from followup.web.api.asked import ActBody, FlagQuery
    from followup.web.api.call import Call


async def list_flags(call: Call[FlagQuery, None]) -> FlagList:
    """The flags asked for, the most urgent first."""
    query = call.query
    wanted = Filter(
        clinics=call.caller.narrowed(query.clinic),
        state=query.state,
        urgency=query.urgency,
        reasons=(query.reason,) if query.reason else (),
    )
    rows, following = await flags_of(call.services, wanted, query.cursor, query.limit)
    return FlagList(items=tuple(map(flag_row, rows)), next=following)


async def act_on_flag(call: Call[None, ActBody]) -> FlagShown:
    """One act on one flag, unless somebody was first."""
    said = call.body
    act = ReviewAct(
        flag_id=call.path["id"],
        act=said.act,
        who=call.caller.who,
        version=said.version,
        outcome=said.outcome,
        note=(said.note or "").strip(),
        until=said.until,
        owner=said.owner,
        contact=said.contact,
    )
    done = await review_flag(call.services, act.flag_id, act, call.caller.clinics)
    if done is None:
        raise ProblemError(NOT_FOUND)
    if isinstance(done, Refusal):
        raise RefusedError(done.why, done.who, done.version)
    return flag_row(done)
