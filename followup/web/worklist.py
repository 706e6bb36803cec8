"""The worklist: what cannot wait on top, then the rest of what staff have to look at; and the search."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from aiohttp import web

from followup.flows import read_pages
from followup.store.worklist import Filter
from followup.web.clinics import of_catalogue
from followup.web.forms import read_form
from followup.web.keys import SERVICES
from followup.web.pictures import beside
from followup.web.presence import PRESENCE
from followup.web.render import show
from followup.web.sessions import account_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from followup.store.worklist import Counts

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


@dataclass(frozen=True, slots=True)
class View:
    """Which part of the worklist, and whose. An address with it holds nothing of a patient."""

    section: str = ""
    owner: str = ""
    cursor: str = ""

    def link(self, **changes: str) -> str:
        """The address of another view, from its beginning."""
        wanted = {"section": self.section, "owner": self.owner, **changes}
        given = {name: value for name, value in wanted.items() if value}
        return "/" + (f"?{urlencode(given)}" if given else "")


async def show_worklist(request: web.Request) -> web.StreamResponse:
    """GET /: everything, or one section page by page."""
    view, account, services = _view(request), account_of(request), request.app[SERVICES]
    owner = {"mine": account.email, "unowned": ""}.get(view.owner)
    wanted = Filter(clinics=None, owner=owner, mentioned=account.email if view.owner == "mentions" else "")
    if view.section:
        desk = await read_pages.read_section(services, account, view.section, wanted, view.cursor or None)
    else:
        desk = await read_pages.read_desk(services, account, wanted)
    await request.app[PRESENCE].refresh(services)
    return show(
        request,
        "worklist.html",
        desk=desk,
        strays=desk.strays,
        stray_pictures=await beside(services, desk.strays),
        colleagues=desk.colleagues,
        only=view.section,
        owner=view.owner,
        link=view.link,
        totals=_totals(desk.counts),
        labels=LABELS,
        **of_catalogue(request),
    )


async def search(request: web.Request) -> web.StreamResponse:
    """POST /search: by name, last digits or booking; a form, since no patient stands in an address."""
    words = (await read_form(request)).get("words", "").strip()[:LONGEST_SEARCH]
    if not words:
        raise web.HTTPSeeOther("/")
    found = await read_pages.search(request.app[SERVICES], account_of(request), words)
    return show(request, "search.html", words=words, found=found, colleagues=(), **of_catalogue(request))


def _view(request: web.Request) -> View:
    query = request.query
    if len(set(query)) != len(query):
        raise web.HTTPBadRequest
    view = View(query.get("section", ""), query.get("owner", ""), query.get("cursor", ""))
    if view.section not in {"", *read_pages.SECTIONS} or view.owner not in OWNERS:
        raise web.HTTPNotFound
    return view


def _totals(counts: Counts) -> Sequence[tuple[str, int]]:
    return (
        ("now", counts.now),
        ("today", counts.today),
        ("review", counts.review),
        ("not-heard", counts.silent),
        ("not-delivered", counts.unreachable),
        ("needs-details", counts.needs_details),
        ("strays", counts.strays),
    )
