"""Takes a stranger's body in: raw, whole, not too large and not for ever."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from aiohttp import web

from followup.web.problems import BODY_PROBLEMS, TOO_LARGE, WRONG_TYPE, ProblemError

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_BYTES = 256 * 1024
MAX_SECONDS = 10


async def read_body(request: web.Request) -> bytes:
    """The bytes as sent. Capped here, since aiohttp's own cap is one for the whole app."""
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise ProblemError(WRONG_TYPE, "Content-Encoding is not read here")
    if (request.content_length or 0) > MAX_BYTES:
        raise ProblemError(TOO_LARGE)
    try:
        if request.content.is_eof():
            return _capped(request.content.read_nowait())  # most bodies come with their head: nothing to wait for
        async with asyncio.timeout(MAX_SECONDS):
            return await _collect(request)
    except TimeoutError:
        raise web.HTTPRequestTimeout from None
    except (web.RequestPayloadError, ConnectionError):
        raise ProblemError(BODY_PROBLEMS[400], "The body is incomplete") from None


def _capped(body: bytes) -> bytes:
    if len(body) > MAX_BYTES:
        raise ProblemError(TOO_LARGE)
    return body


async def _collect(request: web.Request) -> bytes:
    parts = bytearray()
    async for part in request.content.iter_any():
        parts += part
        if len(parts) > MAX_BYTES:
            raise ProblemError(TOO_LARGE)
    return bytes(parts)


def lowered(headers: Mapping[str, str]) -> dict[str, str]:
    """Headers by lower-case name; of a name sent twice the first counts."""
    found: dict[str, str] = {}
    for name, value in headers.items():
        found.setdefault(name.lower(), value)
    return found
