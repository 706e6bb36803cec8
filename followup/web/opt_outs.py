"""Staff write down that a patient wants no more texts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from followup.flows import read_pages
from followup.flows.opt_outs import record_opt_out
from followup.web.acts import back_to_episode
from followup.web.forms import read_form
from followup.web.keys import SERVICES
from followup.web.sessions import account_of

if TYPE_CHECKING:
    from aiohttp import web


async def record(request: web.Request) -> web.StreamResponse:
    """POST /episodes/{id}/opt-out: what the patient said, and where."""
    form = await read_form(request)
    account, episode_id = account_of(request), request.match_info["episode"]
    services, clinics = request.app[SERVICES], read_pages.scope(account)
    done = await record_opt_out(services, episode_id, form.get("words", ""), account.email, clinics)
    return await back_to_episode(request, episode_id, done, form)
