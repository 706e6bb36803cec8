"""The page of the clinic's own recovery curves, and the same for a spreadsheet."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from aiohttp import web

from followup.domain.recovery import FEWEST, HALF, NEARLY_ALL
from followup.domain.turnbull import NEVER
from followup.flows import curves as flow
from followup.web.chart import TICKS, Scale
from followup.web.clinics import of_catalogue
from followup.web.keys import SERVICES
from followup.web.lead import safe_cell
from followup.web.render import show
from followup.web.sessions import account_of
from followup.web.wording import plain_hours

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from followup.domain.recovery import Quantile, Step
    from followup.flows.curves import Recovery

LENGTHS = {90: "90 days", 365: "a year", 1825: "5 years"}
USUAL = 365
TOP, BASE = 12, 132
"""Where all and where none still have it, in pixels."""
SHORTEST, ROOM, CLOSEST = 48.0, 1.08, 9.0
HEADINGS = (
    *("treatment", "symptom", "episodes", "gone between two replies", "gone at the first reply", "there at the last"),
    *("half without it after (h)", "until (h)", "95 in 100: from (h)", "to (h)"),
    *("95 % without it after (h)", "until (h)", "95 in 100: from (h)", "to (h)"),
    *("expected until (h)", "then still there, least %", "most %"),
)


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of the curve: flat from `x` to `to`, then down from y to `down` somewhere before `end`; all but y in %."""

    x: float
    to: float
    end: float
    y: float
    down: float


@dataclass(frozen=True, slots=True)
class Bar:
    """Between which hours a share of patients is without it."""

    x: float
    end: float
    y: float
    words: str


@dataclass(frozen=True, slots=True)
class Drawing:
    """One curve, drawn: places across are percent of the width, places down are pixels."""

    pieces: Sequence[Piece]
    bars: Sequence[Bar]
    window: float
    silent_from: float
    silent_y: float
    ticks: Sequence[tuple[float, str]]


async def show_curves(request: web.Request) -> web.StreamResponse:
    """GET /figures/curves."""
    days, clinic, names = _wanted(request)
    found = await _read(request, clinic, days)
    by_protocol = [(name, list(each)) for name, each in groupby(found, key=lambda one: one.protocol_id)]
    return show(
        request,
        "curves.html",
        treatments=by_protocol,
        drawings={(one.protocol_id, one.symptom): draw(one) for one in found if one.curve.half},
        days=days,
        clinic=clinic,
        choices=names if len(names) > 1 else {},
        lengths=LENGTHS,
        fewest=FEWEST,
        never=NEVER,
        query=urlencode({"days": days, **({"clinic": clinic} if clinic else {})}),
        rough=rough,
        bounds=bounds,
        **of_catalogue(request),
    )


async def give_csv(request: web.Request) -> web.StreamResponse:
    """GET /figures/curves.csv."""
    days, clinic, _ = _wanted(request)
    titles = of_catalogue(request)["titles"]
    rows = [_row(one, titles.get(one.protocol_id, one.protocol_id)) for one in await _read(request, clinic, days)]
    written = io.StringIO()
    csv.writer(written).writerows([[safe_cell(cell) for cell in row] for row in (HEADINGS, *rows)])
    headers = {"Content-Disposition": f'attachment; filename="followup-recovery-{days}-days.csv"'}
    return web.Response(text=written.getvalue(), content_type="text/csv", charset="utf-8", headers=headers)


async def _read(request: web.Request, clinic: str, days: int) -> Sequence[Recovery]:
    return await flow.read_curves(request.app[SERVICES], account_of(request), clinic, timedelta(days=days))


def _wanted(request: web.Request) -> tuple[int, str, dict[str, str]]:
    """How far back, of which clinic ("" for all one may see), and which clinics those are; 404 for anything else."""
    own, clinic, days = account_of(request).clinic, request.query.get("clinic", ""), request.query.get("days", "")
    names: dict[str, Any] = of_catalogue(request)["clinics"]
    mine = {name: title for name, title in names.items() if own in {"", name}}
    if (clinic and clinic not in mine) or (days and days not in map(str, LENGTHS)):
        raise web.HTTPNotFound
    return int(days or USUAL), clinic, mine


def rough(quantile: Quantile) -> str:
    """The likeliest time in words."""
    if quantile.until == NEVER:
        return f"later than {plain_hours(quantile.after)}"
    return f"about {plain_hours(quantile.until)}"


def bounds(quantile: Quantile) -> str:
    """Between which times it is, in words."""
    if quantile.high == NEVER:
        return f"after {plain_hours(quantile.low)}; until when cannot be said"
    return f"between {plain_hours(quantile.low)} and {plain_hours(quantile.high)}"


def draw(one: Recovery) -> Drawing:
    """The curve up to where it is known, or to the end of the window."""
    known = [time for step in one.curve.steps for time in (step.after, step.until) if time < NEVER]
    quantiles = ((one.curve.half, HALF, "half"), (one.curve.nearly_all, NEARLY_ALL, "95 %"))
    bounded = [quantile.high for quantile, _, _ in quantiles if quantile and quantile.high < NEVER]
    scale = Scale(ROOM * max(SHORTEST, one.window or 0.0, *known, *bounded))
    pieces, left, x = [], 1.0, 0.0
    for step in one.curve.steps:
        left, x, piece = _piece(step, left, x, scale)
        pieces.append(piece)
    last = one.curve.steps[-1]
    return Drawing(
        pieces=pieces,
        bars=[_bar(quantile, share, name, scale) for quantile, share, name in quantiles if quantile],
        window=scale.at(one.window) if one.window else 0.0,
        silent_from=x if last.until == NEVER else 100.0,
        silent_y=_down(left + last.share),
        ticks=_ticks(scale),
    )


def _piece(step: Step, left: float, x: float, scale: Scale) -> tuple[float, float, Piece]:
    """What is left after the step and where it ends, and the step itself; the last may have no end that is known."""
    below, to = max(0.0, left - step.share), scale.at(step.after)
    if step.until == NEVER:
        return below, to, Piece(x, to, to, _down(left), _down(left))
    end = scale.at(step.until)
    return below, end, Piece(x, to, end, _down(left), _down(below))


def _bar(quantile: Quantile, share: float, name: str, scale: Scale) -> Bar:
    end = 100.0 if quantile.high == NEVER else scale.at(quantile.high)
    return Bar(scale.at(quantile.low), end, _down(1 - share), f"{name} without it: {bounds(quantile)}")


def _down(share: float) -> float:
    return round(TOP + (1 - share) * (BASE - TOP), 1)


def _ticks(scale: Scale) -> list[tuple[float, str]]:
    found: list[tuple[float, str]] = []
    for hour in TICKS:
        at = scale.at(hour)
        if hour <= scale.last and (not found or at - found[-1][0] >= CLOSEST):
            found.append((at, "0" if not hour else f"{hour} h" if hour <= SHORTEST else f"{hour // 24} d"))
    return found


def _row(one: Recovery, title: str) -> Sequence[object]:
    told, least, most = one.curve.told, *(_then(one) or ("", ""))
    counts = (title, one.symptom, told.all, told.between, told.gone_at_first, told.there_at_last)
    times = [*_cells(one.curve.half), *_cells(one.curve.nearly_all)]
    return [*counts, *times, "" if one.window is None else f"{one.window:g}", least, most]


def _then(one: Recovery) -> tuple[str, str] | None:
    if one.window is None or one.curve.half is None:
        return None
    least, most = one.curve.still_there(one.window)
    return f"{100 * least:.0f}", f"{100 * most:.0f}"


def _cells(quantile: Quantile | None) -> Iterator[str]:
    if quantile is None:
        yield from ("too few to say", "", "", "")
        return
    for time in (quantile.after, quantile.until, quantile.low, quantile.high):
        yield "later than anybody answered" if time == NEVER else f"{time:g}"
