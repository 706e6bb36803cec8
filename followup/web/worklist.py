"""The worklist: what cannot wait on top, then the rest of what staff have to look at; and the search."""

from __future__ import annotations

import re

from aiohttp import web

from followup.domain.flag import Reason
from followup.flows import read_pages
from followup.web.clinics import of_catalogue
from followup.web.forms import read_form
from followup.web.keys import SERVICES
from followup.web.pictures import beside
from followup.web.presence import PRESENCE
from followup.web.render import show
from followup.web.sessions import account_of
from followup.web.sieve import View, choices, totals

OWNERS = ("", "mine", "unowned", "mentions")
LONGEST_SEARCH = 100
LABELS = {
    "now": "now",
    "today": "today",
    "review": "to review",
    "not-heard": "not heard",
    "not-delivered": "not delivered",
    "needs-details": "need details",
    "strays": "strays",
}
_ID = re.compile(r"[\w.-]{0,64}", re.ASCII)


async def show_worklist(request: web.Request) -> web.StreamResponse:
    """GET /: everything, or one section page by page."""
    view, account, services = _view(request), account_of(request), request.app[SERVICES]
    if not all(request.query.values()):
        # A form sends what was left open, too.
        raise web.HTTPSeeOther(view.link(cursor=view.cursor))
    sieve = view.sieve(account.email)
    if view.section:
        desk = await read_pages.read_section(services, account, view.section, sieve, view.cursor or None)
    else:
        desk = await read_pages.read_desk(services, account, sieve)
    await request.app[PRESENCE].refresh(services)
    named = of_catalogue(request)
    return show(
        request,
        "worklist.html",
        desk=desk,
        strays=desk.strays,
        stray_pictures=await beside(services, desk.strays),
        colleagues=desk.colleagues,
        only=view.section,
        view=view,
        link=view.link,
        choices=choices(desk.sifted, view, named["clinics"], named["titles"]),
        totals=totals(desk),
        labels=LABELS,
        **named,
    )


async def search(request: web.Request) -> web.StreamResponse:
    """POST /search: by name, last digits or booking; a form, since no patient stands in an address."""
    words = (await read_form(request)).get("words", "").strip()[:LONGEST_SEARCH]
    if not words:
        raise web.HTTPSeeOther("/")
    found = await read_pages.search(request.app[SERVICES], account_of(request), words)
    return show(request, "search.html", words=words, found=found, colleagues=(), **of_catalogue(request))


def _view(request: web.Request) -> View:
    query, clinic = request.query, account_of(request).clinic
    if len(set(query)) != len(query):
        raise web.HTTPBadRequest
    view = View(**{name: query.get(name, "") for name in View.__slots__})
    is_known = view.section in {"", *read_pages.SECTIONS} and view.owner in OWNERS and view.reason in {"", *Reason}
    if not is_known or not all(map(_ID.fullmatch, (view.clinic, view.treatment))):
        raise web.HTTPNotFound
    if clinic and view.clinic not in {"", clinic}:
        raise web.HTTPNotFound
    return view
