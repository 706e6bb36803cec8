"""What patients send beside words: kept by the account until it is deleted, handed over by a detour as Twilio does."""

from __future__ import annotations

import asyncio
import secrets
import struct
import zlib
from collections import deque
from dataclasses import dataclass
from email.utils import format_datetime
from typing import TYPE_CHECKING

from aiohttp import web

from followup.sms.simulator.account import API_VERSION, Refusal, media_sid
from followup.sms.simulator.api import NOT_FOUND, cut, refused, signed_in

if TYPE_CHECKING:
    from followup.sms.simulator.account import Account, Text

TEMPORARY_REDIRECT = 307
WIDE, HIGH = 160, 120
SKIN, RED = (228, 190, 165), (205, 95, 85)


@dataclass(frozen=True, slots=True)
class MediaFault:
    """How one call for a file goes; the default goes well.

    status: instead of the file. location: where the call is led to. drops: the connection is cut half way. delay: real
    seconds before the answer.
    """

    status: int = 0
    location: str = ""
    drops: bool = False
    delay: float = 0.0


FINE = MediaFault()


class MediaApi:
    """The handlers of one account's files. `fetched`, `deleted`: sids; `strangers`: credentials that went astray."""

    def __init__(self, account: Account, auth_token: str) -> None:
        self.fetched: list[str] = []
        self.deleted: list[str] = []
        self.strangers: list[str] = []
        self._account = account
        self._auth_token = auth_token
        self._faults: deque[MediaFault] = deque()
        self._stored: dict[str, tuple[Text, int, MediaFault]] = {}

    def next_calls(self, *faults: MediaFault) -> None:
        """The next calls about a file, to fetch or to delete it, go like this, one each."""
        self._faults.extend(faults)

    def routes(self) -> list[web.RouteDef]:
        """Every URL of them in one table."""
        sid, token = self._account.sid, self._auth_token
        root = f"/{API_VERSION}/Accounts/{{account}}/Messages/{{sid:[A-Z]{{2}}[0-9a-f]{{32}}}}/Media"
        one = root + "/{media:ME[0-9a-f]{32}}"
        return [
            web.get(root + ".json", signed_in(sid, token, self._list)),
            web.get(one, signed_in(sid, token, self._lead_on)),
            web.delete(one + ".json", signed_in(sid, token, self._delete)),
            web.get("/store/{token}", self._give),
        ]

    async def _list(self, request: web.Request) -> web.StreamResponse:
        text = self._account.find(request.match_info["sid"])
        if text is None:
            return refused(NOT_FOUND)
        kept = [(place, file) for place, file in enumerate(text.files) if file is not None]
        listed = [
            {"sid": media_sid(place), "content_type": file.kind, "date_created": format_datetime(text.created_at)}
            for place, file in kept
        ]
        return web.json_response({"media_list": listed, "page": 0, "next_page_uri": None})

    async def _lead_on(self, request: web.Request) -> web.StreamResponse:
        """Not the file, but where it is stored for a while."""
        fault = self._faults.popleft() if self._faults else FINE
        found = self._find(request)
        await asyncio.sleep(fault.delay)
        if fault.status or found is None:
            return refused(Refusal(fault.status, 20000, "On purpose") if fault.status else NOT_FOUND)
        token = secrets.token_hex(8)
        self._stored[token] = (*found, fault)
        return web.Response(status=TEMPORARY_REDIRECT, headers={"Location": fault.location or f"/store/{token}"})

    async def _give(self, request: web.Request) -> web.StreamResponse:
        """The file, to whoever knows where it is for now."""
        if "Authorization" in request.headers:
            self.strangers.append(request.headers["Authorization"])
        stored = self._stored.pop(request.match_info["token"], None)
        file = stored[0].files[stored[1]] if stored else None
        if stored is None or file is None:
            raise web.HTTPNotFound
        answer = web.StreamResponse(headers={"Content-Type": file.kind, "Content-Length": str(len(file.content))})
        await answer.prepare(request)
        await answer.write(file.content[: len(file.content) // 2])
        if stored[2].drops:
            cut(request)
            return answer
        await answer.write(file.content[len(file.content) // 2 :])
        self.fetched.append(media_sid(stored[1]))
        return answer

    async def _delete(self, request: web.Request) -> web.StreamResponse:
        fault = self._faults.popleft() if self._faults else FINE
        if fault.status:
            return refused(Refusal(fault.status, 20000, "On purpose"))
        found = self._find(request)
        if found is None:
            return refused(NOT_FOUND)
        text, place = found
        text.files[place] = None
        self.deleted.append(media_sid(place))
        return web.Response(status=204)

    def _find(self, request: web.Request) -> tuple[Text, int] | None:
        text = self._account.find(request.match_info["sid"])
        place = int(request.match_info["media"].removeprefix("ME"), 16)
        is_there = text is not None and place < len(text.files) and text.files[place] is not None
        return (text, place) if text is not None and is_there else None


def sample_picture() -> bytes:
    """A small PNG that looks like reddened skin from far away; of nobody."""
    rows = b"".join(b"\0" + bytes(part for x in range(WIDE) for part in _point(x, y)) for y in range(HIGH))
    header = struct.pack(">IIBBBBB", WIDE, HIGH, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, content) for name, content in chunks)


def _point(x: int, y: int) -> tuple[int, ...]:
    away = min(1.0, (((x - 0.55 * WIDE) / (0.3 * WIDE)) ** 2 + ((y - 0.5 * HIGH) / (0.32 * HIGH)) ** 2) ** 0.5)
    light = 1 - 0.15 * y / HIGH
    return tuple(round((red + (skin - red) * away) * light) for skin, red in zip(SKIN, RED, strict=True))


def _chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
