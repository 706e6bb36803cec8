"""What would this rule have flagged? A page on which a lead tries a changed protocol on what is past."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aiohttp import BodyPartReader, web

from followup.catalogue.problems import BadConfigurationError
from followup.domain.replay import Fate
from followup.flows.try_protocol import try_protocol
from followup.web.clinics import of_catalogue
from followup.web.forms import TOKEN, is_from_here, is_token
from followup.web.keys import SERVICES
from followup.web.render import show
from followup.web.sessions import SESSION, account_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from followup.catalogue.problems import Problem

RUNNING: web.AppKey[asyncio.Lock] = web.AppKey("replay_running", asyncio.Lock)
"""One at a time in a process: the desk has to stay quick for everybody else."""
LARGEST = 64 * 1024
"""The longest protocol we ship has 11 KB."""
AROUND = 2 * 1024
"""What a form may have beside the protocol: names of fields, the token."""
UPLOAD_SECONDS, SECONDS = 10, 25
FATES: Mapping[Fate, tuple[str, str]] = {
    Fate.MISSED: ("Real, and would be missed", "Nothing else would have brought these replies before a person."),
    Fate.SEEN_OTHERWISE: ("Real, flagged for another reason", "The same replies would reach staff all the same."),
    Fate.SPARED: ("False, and spared", "Staff closed these as mistaken."),
    Fate.UNREVIEWED: ("Not reviewed", "These would not be raised, and nobody has said yet whether they were real."),
    Fate.ADDED: ("New", "Replies that raised nothing then, and would now."),
}
BAD, TOO_MANY = 422, 429


@dataclass(frozen=True, slots=True)
class Draft:
    """A protocol as somebody wrote it: in the form, or in a file they chose."""

    written: bytes

    @property
    def text(self) -> str:
        """As the form shows it again."""
        return self.written.decode("utf-8-sig", "replace")


async def show_replay(request: web.Request) -> web.StreamResponse:
    """GET /replay: the form, with the protocol named in the address as it is now."""
    services = request.app[SERVICES]
    protocol = services.catalogue.protocols.get(request.query.get("protocol", ""))
    text = services.catalogue.protocol_texts.get(protocol.digest, "") if protocol else ""
    return _page(request, Draft(text.encode()), chosen=protocol.id if protocol else "")


async def try_changed(request: web.Request) -> web.StreamResponse:
    """POST /replay: the protocol sent, over all past episodes of this lead's clinics. Nothing of it is kept."""
    draft = await _read_draft(request)
    running = request.app[RUNNING]
    if running.locked():
        return _page(request, draft, status=TOO_MANY, is_busy=True)
    async with running:
        return await _tried(request, draft)


async def _tried(request: web.Request, draft: Draft) -> web.StreamResponse:
    time = asyncio.get_running_loop().time
    until = time() + SECONDS
    try:
        trial = await try_protocol(
            request.app[SERVICES], account_of(request), draft.written, is_over=lambda: time() > until
        )
    except BadConfigurationError as error:
        return _page(request, draft, status=BAD, problems=error.problems)
    return _page(request, draft, chosen=trial.protocol.id, trial=trial)


def _page(
    request: web.Request, draft: Draft, *, status: int = 200, problems: Sequence[Problem] = (), **values: Any
) -> web.Response:
    said = {"chosen": "", "trial": None, "is_busy": False, **values}
    return show(
        request,
        "replay.html",
        status=status,
        text=draft.text,
        problems=problems,
        fates=FATES,
        seconds=SECONDS,
        **said,
        **of_catalogue(request),
    )


async def _read_draft(request: web.Request) -> Draft:
    """What was sent, read into memory only. 400 where it is no such form, 403 not of our page, 413 too long."""
    if not is_from_here(request):
        raise web.HTTPForbidden
    if not request.content_type.startswith("multipart/form-data"):
        raise web.HTTPBadRequest
    try:
        async with asyncio.timeout(UPLOAD_SECONDS):
            fields = await _fields(request)
    except TimeoutError:
        raise web.HTTPRequestTimeout from None
    except (ValueError, ConnectionError):
        raise web.HTTPBadRequest from None
    if not is_token(request[SESSION].csrf, fields.get(TOKEN, b"").decode("utf-8", "replace")):
        raise web.HTTPForbidden
    return Draft(fields.get("file") or fields.get("protocol", b""))


async def _fields(request: web.Request) -> dict[str, bytes]:
    fields: dict[str, bytes] = {}
    left = 2 * LARGEST + AROUND
    reader = await request.multipart()
    while (part := await reader.next()) is not None:
        if not isinstance(part, BodyPartReader) or not part.name or part.name in fields:
            raise web.HTTPBadRequest
        fields[part.name] = await _bytes(part, left)
        left -= len(fields[part.name])
    return fields


async def _bytes(part: BodyPartReader, left: int) -> bytes:
    """The part as it was sent: not unpacked, so that a small one stays small."""
    found = bytearray()
    while chunk := await part.read_chunk():
        found += chunk
        if len(found) > min(LARGEST, left):
            raise web.HTTPRequestEntityTooLarge(LARGEST, len(found))
    return bytes(found)
