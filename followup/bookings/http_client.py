"""Asks one booking system's API: its own host only, no redirects, in limited time and of limited size."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

import aiohttp
from yarl import URL

from followup.bookings import FetchFailedError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from datetime import datetime

    from followup.bookings import Setting

MAX_SECONDS = 10
MAX_BYTES = 1024 * 1024

_NOTHING = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.GONE})
# A key may be renewed, a limit ends, a server comes back: worth asking again.
_PASSING = frozenset(
    {
        HTTPStatus.UNAUTHORIZED,
        HTTPStatus.FORBIDDEN,
        HTTPStatus.REQUEST_TIMEOUT,
        HTTPStatus.TOO_EARLY,
        HTTPStatus.TOO_MANY_REQUESTS,
    }
)


class HttpClient:
    """One round of questions to one source. What it raises names neither a patient nor a credential."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        api_url: str,
        setting: Setting,
        asked_at: datetime,
        seconds: float = MAX_SECONDS,
    ) -> None:
        self._session = session
        self._seconds = seconds
        self._origin = api_url.rstrip("/")
        self.setting = setting
        self.asked_at = asked_at

    async def get(self, *path: str, query: Mapping[str, str] | None = None) -> Any:
        """The JSON at this path; None where there is nothing. Raises FetchFailedError."""
        url = self._url(path)
        try:
            async with asyncio.timeout(self._seconds):
                async with self._session.get(url, params=query, allow_redirects=False) as answer:
                    return await _content(answer)
        except TimeoutError:
            raise FetchFailedError("it did not answer in time") from None
        except aiohttp.ClientError as error:
            message = f"it could not be reached ({type(error).__name__})"
            raise FetchFailedError(message) from None

    def _url(self, path: tuple[str, ...]) -> URL:
        # An id is a stranger's word: it may name a record, and no other place.
        if any(not part or part.strip(".") == "" for part in path):
            raise FetchFailedError("an id is none", is_final=True)
        return URL("/".join([self._origin, *(quote(part, safe="") for part in path)]), encoded=True)


@asynccontextmanager
async def open_client(
    api_url: str, credentials: Mapping[str, str], setting: Setting, asked_at: datetime, seconds: float = MAX_SECONDS
) -> AsyncIterator[HttpClient]:
    """A client for the API at this address. Raises FetchFailedError where it is none."""
    if urlsplit(api_url).scheme not in {"http", "https"} or not urlsplit(api_url).hostname:
        raise FetchFailedError("the source has no api_url", is_final=True)
    headers = {"accept": "application/json, application/fhir+json", "accept-encoding": "identity", **credentials}
    jar = aiohttp.DummyCookieJar()
    async with aiohttp.ClientSession(headers=headers, cookie_jar=jar, trust_env=False) as session:
        yield HttpClient(session, api_url, setting, asked_at, seconds)


async def _content(answer: aiohttp.ClientResponse) -> Any:
    if answer.status in _NOTHING:
        return None
    if answer.status != HTTPStatus.OK:
        is_final = answer.status not in _PASSING and answer.status < HTTPStatus.INTERNAL_SERVER_ERROR
        message = f"it answered {answer.status}"
        raise FetchFailedError(message, is_final=is_final)
    body = bytearray()
    async for part in answer.content.iter_any():
        body += part
        if len(body) > MAX_BYTES:
            raise FetchFailedError("its answer is too large", is_final=True)
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise FetchFailedError("its answer is no JSON") from None
