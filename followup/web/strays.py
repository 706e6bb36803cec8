"""What came in and belongs to no treatment we know."""

from __future__ import annotations

from aiohttp import web

from followup.flows import read_pages
from followup.flows.review_flag import close_stray
from followup.web.clinics import of_catalogue
from followup.web.forms import read_form
from followup.web.keys import SERVICES
from followup.web.paths import safe_path
from followup.web.pictures import beside
from followup.web.render import show
from followup.web.sessions import account_of


async def show_strays(request: web.Request) -> web.StreamResponse:
    """GET /strays: page by page, the oldest first."""
    account, services = account_of(request), request.app[SERVICES]
    _, seq = await read_pages.read_counts(services, account)
    strays, cursor = await read_pages.read_strays(services, account, request.query.get("cursor"))
    pictures = await beside(services, strays)
    return show(
        request,
        "strays.html",
        strays=strays,
        stray_pictures=pictures,
        cursor=cursor,
        seq=seq,
        **of_catalogue(request),
    )


async def close(request: web.Request) -> web.StreamResponse:
    """POST /strays/{id}/close: somebody has dealt with it. Closed by a colleague meanwhile: the same end."""
    form = await read_form(request)
    account = account_of(request)
    await close_stray(request.app[SERVICES], request.match_info["stray"], account.email, read_pages.scope(account))
    raise web.HTTPSeeOther(safe_path(form.get("next", "")))
