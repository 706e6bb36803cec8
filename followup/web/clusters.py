"""A lead has looked into what several patients have in common."""

from __future__ import annotations

from aiohttp import web

from followup.flows import read_pages
from followup.flows.clusters import look_into
from followup.web.forms import read_form
from followup.web.keys import SERVICES
from followup.web.sessions import account_of


async def looked_into(request: web.Request) -> web.StreamResponse:
    """POST /clusters: the banner goes; what was found stands with each patient. 409 where it is another by now."""
    form = await read_form(request)
    account, note, flags = account_of(request), form.get("note", "").strip(), form.get("flags", "").split()
    if not note:
        raise web.HTTPBadRequest
    if not await look_into(request.app[SERVICES], flags, note, account.email, read_pages.scope(account)):
        raise web.HTTPConflict
    raise web.HTTPSeeOther("/")
