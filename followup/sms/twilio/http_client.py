"""The one place where bytes leave for Twilio: bounded in time, never repeated, never redirected, never logged."""

from __future__ import annotations

import asyncio
import logging
from base64 import b64encode
from datetime import timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import aiohttp
from twilio.http import AsyncHttpClient
from twilio.http.response import Response

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aiohttp.abc import AbstractStreamWriter

TIME_LIMIT = 10.0
"""Seconds for one whole call, from waiting for a connection to the last byte of the answer."""

CONNECTIONS = 50

IDLE_LIMIT = 5.0
"""Seconds an idle connection is kept: one that Twilio has just closed would make the next text's fate unknown."""


class BusyError(Exception):
    """Twilio said 429: the call was never processed; `after` is its Retry-After."""

    def __init__(self, after: timedelta | None) -> None:
        super().__init__("HTTP 429")
        self.after = after


class PromptBody(aiohttp.BytesPayload):
    """A body that leaves in time or never.

    aiohttp writes it in a task of its own. A process that is stopped before that, and goes on much later, would
    otherwise send what somebody else has looked for in vain, and sent again, long ago.
    """

    def __init__(self, value: bytes, deadline: float) -> None:
        super().__init__(value)
        self._deadline = deadline

    async def write_with_length(self, writer: AbstractStreamWriter, content_length: int | None) -> None:
        """Writes it, or TimeoutError; the headers have not left before it."""
        if asyncio.get_running_loop().time() >= self._deadline:
            raise TimeoutError
        await super().write_with_length(writer, content_length)


class BoundedHttpClient(AsyncHttpClient):  # type: ignore[misc] # the SDK ships no types
    """An HTTP client for the SDK in which a total time limit holds and nothing is sent twice.

    The SDK's own async client passes timeout=None (a hung call hangs for ever) and its max_retries posts again
    after a 5xx, which can text a patient twice; `pool_connections=False` leaks a session per failure. It also logs
    URLs, in which a listing names the phone: this one never logs.
    """

    def __init__(self, time_limit: float = TIME_LIMIT, connections: int = CONNECTIONS) -> None:
        super().__init__(logging.getLogger(__name__), is_async=True, timeout=time_limit)
        self._time_limit = time_limit
        self._connections = connections
        self._session: aiohttp.ClientSession | None = None

    async def request(
        self,
        method: str,
        uri: str,
        params: Mapping[str, object] | None = None,
        data: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 - the SDK's signature
        allow_redirects: bool = False,  # noqa: FBT001, FBT002 - the SDK's signature
    ) -> Response:
        """One request, one answer. Raises BusyError for a 429, aiohttp's own errors and TimeoutError."""
        del timeout, allow_redirects  # ours hold, whatever the SDK asks for
        call = self._open_session().request(
            method.upper(),
            uri,
            params=[(name, str(value)) for name, value in (params or {}).items()],
            data=self._body(data) if data else None,
            headers={**(headers or {}), **_basic(auth)},
            allow_redirects=False,
        )
        async with asyncio.timeout(self._time_limit), call as answer:
            text = await answer.text()
        if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
            raise BusyError(_seconds(answer.headers.get("Retry-After")))
        return Response(answer.status, text, answer.headers)

    def _body(self, data: Mapping[str, object]) -> PromptBody:
        deadline = asyncio.get_running_loop().time() + self._time_limit
        return PromptBody(urlencode(data, doseq=True).encode(), deadline)

    async def close(self) -> None:
        """Give back connections."""
        if self._session is not None:
            await self._session.close()

    def _open_session(self) -> aiohttp.ClientSession:
        if self._session is None:
            # A connect that fails or takes half the limit ends as a ClientConnectorError or ConnectionTimeoutError:
            # no byte of ours left, which the total limit alone could not tell.
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=self._connections, keepalive_timeout=IDLE_LIMIT),
                timeout=aiohttp.ClientTimeout(total=None, connect=self._time_limit / 2),
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        return self._session


def _basic(auth: tuple[str, str] | None) -> dict[str, Any]:
    if auth is None:
        return {}
    return {"Authorization": "Basic " + b64encode(":".join(auth).encode()).decode()}


def _seconds(retry_after: str | None) -> timedelta | None:
    """Retry-After in seconds; its date form is left to our own back-off."""
    return timedelta(seconds=int(retry_after)) if retry_after and retry_after.isdecimal() else None
