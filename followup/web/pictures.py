"""Pictures from patients: on the episode's page in a row, and one by itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiohttp import web

from followup.domain.picture import PictureState
from followup.flows.see_pictures import TYPE, can_open, note_picture_seen, open_picture, read_stray_pictures
from followup.web.keys import SERVICES
from followup.web.seen import SEEN
from followup.web.sessions import account_of
from followup.web.wording import span

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from followup.domain.picture import Picture
    from followup.flows.services import Services
    from followup.store.strays import Stray
    from followup.store.worklist import EpisodePage

SMALL_SIDE = 480
SEALED_OTHERWISE = "It cannot be opened: it was sealed with another secret key than the service has now."
NOT_HERE_YET = "Not here yet"
ERASED = "Erased with the patient's data."
HEADERS = {
    "Content-Disposition": 'inline; filename="picture.jpg"',
    "Content-Security-Policy": "default-src 'none'; img-src 'self'; style-src 'unsafe-inline'; sandbox",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
}


@dataclass(frozen=True, slots=True)
class Shown:
    """One picture as a page shows it. `why`: why it is not to be seen, "" where it is; `note`: what else staff know."""

    id: str
    at: datetime
    reply_id: str
    caption: str
    place: str
    words: str
    why: str
    note: str
    width: int
    height: int


def shown(page: EpisodePage, services: Services) -> list[Shown]:
    """Every picture of an episode, the oldest first, so that the skin's course can be seen."""
    words = {one.message.id: one.message.body for one in page.messages}
    count = len(page.pictures)
    return [
        _shown(services, picture, f"{number} of {count}", _after(page, picture), words.get(picture.came_with, ""))
        for number, picture in enumerate(page.pictures, 1)
    ]


async def beside(services: Services, strays: Sequence[Stray]) -> dict[str, list[Shown]]:
    """What came with texts that belong to nobody we know, by the stray."""
    found = await read_stray_pictures(services, strays)
    return of_replies([_shown(services, picture, str(picture.place + 1), "", "") for picture in found])


def _shown(services: Services, picture: Picture, place: str, caption: str, words: str) -> Shown:
    width, height = _small(picture)
    return Shown(
        id=picture.id,
        at=picture.at,
        reply_id=picture.came_with,
        caption=caption,
        place=place,
        words=words,
        why=_why_not(services, picture),
        note=_note(picture),
        width=width,
        height=height,
    )


def of_replies(pictures: Sequence[Shown]) -> dict[str, list[Shown]]:
    """The same by the text they came with."""
    found: dict[str, list[Shown]] = {}
    for one in pictures:
        found.setdefault(one.reply_id, []).append(one)
    return found


def _after(page: EpisodePage, picture: Picture) -> str:
    length = picture.at - page.episode.treated_until
    return f"{span(length)} after treatment" if length.total_seconds() >= 0 else "before the treatment"


def _why_not(services: Services, picture: Picture) -> str:
    if can_open(services, picture):
        return ""
    if picture.is_kept:
        return SEALED_OTHERWISE
    if picture.state is PictureState.WANTED:
        return f"{NOT_HERE_YET}: {picture.why}. It is asked for again." if picture.why else f"{NOT_HERE_YET}."
    return f"It cannot be shown: {picture.why}." if picture.state is PictureState.REFUSED else ERASED


def _note(picture: Picture) -> str:
    """Where else it is, as long as it is."""
    if picture.state is PictureState.REFUSED:
        return "The carrier still has it: whoever runs the service can look at it there, and delete it."
    if picture.state is PictureState.LEFT:
        return f"The carrier still has it, too, and does not delete it: {picture.why}."
    return ""


def _small(picture: Picture) -> tuple[int, int]:
    """How large it is on the page, so that nothing jumps when it comes."""
    longest = max(picture.width, picture.height, 1)
    scale = min(1.0, SMALL_SIDE / longest)
    return round(picture.width * scale), round(picture.height * scale)


async def show_picture(request: web.Request) -> web.StreamResponse:
    """GET /pictures/{id}: as large as it is kept."""
    return await _give(request, is_small=False)


async def show_small(request: web.Request) -> web.StreamResponse:
    """GET /pictures/{id}/small: as it stands on a page."""
    return await _give(request, is_small=True)


async def _give(request: web.Request, *, is_small: bool) -> web.StreamResponse:
    services, account = request.app[SERVICES], account_of(request)
    opened = await open_picture(services, account, request.match_info["picture"], is_small=is_small)
    if opened is None:
        raise web.HTTPNotFound
    if opened.content is None:
        raise web.HTTPGone
    if request.app[SEEN].is_new(account.id, opened.picture.id, services.wall()):
        await note_picture_seen(services, account, opened.picture)
    return web.Response(body=opened.content, content_type=TYPE, headers=HEADERS)
