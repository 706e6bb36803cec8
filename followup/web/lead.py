"""Pages for leads: who saw and did what, what a stretch of time came to, and the sheet for the next shift."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from aiohttp import web

from followup.flows import lead_pages as flow
from followup.store.lead_pages import Wanted
from followup.web.clinics import of_catalogue
from followup.web.journal_words import TOLD, line_words
from followup.web.keys import SERVICES
from followup.web.render import show
from followup.web.sessions import account_of
from followup.web.wording import OUTCOMES, REASONS, URGENCIES, span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from followup.domain.care_figures import CareFigures

LENGTHS = (7, 30, 90)
FORMULAS = ("=", "+", "-", "@", "\t", "\r")
LONGEST = 254


async def show_journal(request: web.Request) -> web.StreamResponse:
    """GET /journal: who saw and did what, by person and by kind."""
    query = request.query
    who, event = query.get("who", "")[:LONGEST], query.get("event", "")
    if event and event not in TOLD:
        raise web.HTTPNotFound
    wanted = Wanted(None, who, event)
    lines, cursor, people = await flow.read_journal(
        request.app[SERVICES], account_of(request), wanted, query.get("cursor") or None
    )
    kept = {name: value for name, value in (("who", who), ("event", event)) if value}
    return show(
        request,
        "journal.html",
        lines=[(line, line_words(line.event, line.body)) for line in lines],
        people=people,
        who=who,
        event=event,
        events=TOLD,
        more="/journal?" + urlencode({**kept, "cursor": cursor}) if cursor else "",
        **of_catalogue(request),
    )


async def show_figures(request: web.Request) -> web.StreamResponse:
    """GET /figures."""
    days = _days(request)
    figures = await flow.read_figures(request.app[SERVICES], account_of(request), timedelta(days=days))
    return show(request, "figures.html", figures=figures, days=days, lengths=LENGTHS, **of_catalogue(request))


async def give_csv(request: web.Request) -> web.StreamResponse:
    """GET /figures.csv: the same for a spreadsheet."""
    days = _days(request)
    figures = await flow.read_figures(request.app[SERVICES], account_of(request), timedelta(days=days))
    written = io.StringIO()
    csv.writer(written).writerows([[safe_cell(cell) for cell in row] for row in _rows(figures)])
    headers = {"Content-Disposition": f'attachment; filename="followup-figures-{days}-days.csv"'}
    return web.Response(text=written.getvalue(), content_type="text/csv", charset="utf-8", headers=headers)


async def show_handover(request: web.Request) -> web.StreamResponse:
    """GET /handover: one page to print."""
    sheet = await flow.read_handover(request.app[SERVICES], account_of(request))
    return show(request, "handover.html", sheet=sheet, **of_catalogue(request))


def safe_cell(said: object) -> str:
    """A cell that no spreadsheet takes for a formula."""
    text = str(said)
    return f"'{text}" if text.startswith(FORMULAS) else text


def _days(request: web.Request) -> int:
    said = request.query.get("days", str(LENGTHS[1]))
    if said not in map(str, LENGTHS):
        raise web.HTTPNotFound
    return int(said)


def _rows(figures: CareFigures) -> Iterator[tuple[object, ...]]:
    yield "figure", "of", "value", "out of"
    yield "check-ins answered", "", figures.answered.part, figures.answered.whole
    if figures.first_reply:
        yield "time to first reply, middle", "", span(figures.first_reply.middle), figures.first_reply.count
    for name, spreads in (("flag to first look", figures.seen), ("flag to closing", figures.closed)):
        for urgency, spread in spreads.items():
            yield f"{name}, middle", URGENCIES[urgency], span(spread.middle), spread.count
            yield f"{name}, nine of ten", URGENCIES[urgency], span(spread.nine_of_ten), spread.count
    for name, shares in (("looked at", figures.seen_in_time), ("closed", figures.closed_in_time)):
        for urgency, share in shares.items():
            yield f"{name} within the promise", URGENCIES[urgency], share.part, share.whole
    for outcome, count in figures.outcomes.items():
        yield "outcome", OUTCOMES[outcome][0], count, ""
    yield "still open", "", figures.still_open, ""
    for protocol, reason, share in figures.rates:
        yield f"flags: {REASONS[reason]}", protocol, share.part, share.whole
