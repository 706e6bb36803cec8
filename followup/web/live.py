"""Server-sent events: says when the desk has changed, and that it is still there when nothing has."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aiohttp import web

from followup.flows import read_pages
from followup.flows.looking import clinic_where
from followup.store import StoreUnavailableError
from followup.web.keys import SERVICES
from followup.web.presence import PRESENCE
from followup.web.sessions import account_of, find_session
from followup.web.wording import utc

if TYPE_CHECKING:
    from followup.store.staff import Account

LOOK_EVERY = 0.5
BEAT_EVERY = 4.0
"""Seconds. A page calls itself stale after seven of silence."""
RETRY_MS = 2_000


@dataclass(slots=True)
class Streams:
    """Every open stream of this process; `closing` ends them all."""

    closing: asyncio.Event = field(default_factory=asyncio.Event)


STREAMS: web.AppKey[Streams] = web.AppKey("streams", Streams)


async def give_streams(app: web.Application) -> None:
    """On startup: the event belongs to the loop that serves."""
    app[STREAMS].closing.clear()


async def end_streams(app: web.Application) -> None:
    """On shutdown: nobody waits for a page to go away."""
    app[STREAMS].closing.set()


async def stream(request: web.Request) -> web.StreamResponse:
    """GET /events: the journal's newest number whenever it moves, under that number, and a beat in between."""
    answer = web.StreamResponse(headers={"Content-Type": "text/event-stream; charset=utf-8", "X-Accel-Buffering": "no"})
    with suppress(ConnectionResetError):
        await answer.prepare(request)
        await answer.write(f"retry: {RETRY_MS}\n\n".encode())
        await _tell(request, answer, account_of(request))
    return answer


async def _tell(request: web.Request, answer: web.StreamResponse, account: Account) -> None:
    services, at = request.app[SERVICES], request.query.get("at", "")
    clinic = await clinic_where(services, at, read_pages.scope(account)) if at else ""
    at = at if clinic else ""
    async with request.app[PRESENCE].looking(services, clinic, at, account.email):
        await _tell_news(request, answer, account, at)


async def _tell_news(request: web.Request, answer: web.StreamResponse, account: Account, at: str) -> None:
    loop, presence = asyncio.get_running_loop(), request.app[PRESENCE]
    told, told_at, marked = _known(request), -BEAT_EVERY, presence.mark(at, account.email)
    while not request.app[STREAMS].closing.is_set() and not _is_gone(request):
        with suppress(StoreUnavailableError):
            await presence.refresh(request.app[SERVICES])
            seq = await read_pages.newest(request.app[SERVICES], read_pages.scope(account))
            is_beat = loop.time() - told_at >= BEAT_EVERY
            if is_beat and await find_session(request, is_use=False) is None:
                await answer.write(b"event: over\ndata: {}\n\n")
                return
            # On the worklist whoever comes and goes anywhere is told with the next beat; on a case at once.
            has_company = bool(at) and presence.mark(at, account.email) != marked
            if is_beat or seq > told or has_company:
                marked = presence.mark(at, account.email)
                await answer.write(await _news(request, account, marked))
                told, told_at = seq, loop.time()
        with suppress(TimeoutError):
            await asyncio.wait_for(request.app[STREAMS].closing.wait(), LOOK_EVERY)


def _is_gone(request: web.Request) -> bool:
    return request.transport is None or request.transport.is_closing()


async def _news(request: web.Request, account: Account, mark: int) -> bytes:
    services = request.app[SERVICES]
    counts, seq = await read_pages.read_counts(services, account)
    data = {"seq": seq, "urgent": counts.now, "now": utc(services.clock()), "mark": mark}
    return f"id: {seq}\nevent: beat\ndata: {json.dumps(data)}\n\n".encode()


def _known(request: web.Request) -> int:
    """What the page has seen: the number it was sent last, or the one it was made with."""
    said = request.headers.get("Last-Event-ID") or request.query.get("seq", "")
    return int(said) if said.isdecimal() and len(said) < 19 else 0  # noqa: PLR2004 - a 64-bit number's digits
