"""What came with patients' texts: fetched from Twilio and deleted there, and from nowhere else."""

from __future__ import annotations

import asyncio
import json
import re
import socket
from base64 import b64encode
from contextlib import asynccontextmanager
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver
from aiohttp.resolver import ThreadedResolver
from yarl import URL

from followup.sms import MANY, MediaError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from aiohttp.abc import ResolveResult

TWILIO = "https://api.twilio.com"
MOST_BYTES = 12 * 1024 * 1024
"""Twilio takes five megabytes from a phone."""
TIME_LIMIT = 20.0
"""Seconds for one whole fetch, over all its hops."""
MOST_HOPS = 3
PIECE = 64 * 1024
SOON = 5
"""Tries for what may be there a moment later: Twilio tells of a picture before all its machines have it."""

NOT_ITS_OWN = "its address is not the carrier's"
LATER = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS})
REDIRECTS = frozenset({301, 302, 303, 307, 308})
GONE = frozenset({HTTPStatus.NO_CONTENT, HTTPStatus.OK, HTTPStatus.NOT_FOUND, HTTPStatus.GONE})
_SID = re.compile(r"[A-Z]{2}[0-9a-fA-F]{32}")
_TWILIOS = re.compile(r"(?:[a-z0-9-]+\.)*twilio\.com")
_STORES = re.compile(r"(?:[a-z0-9-]+\.)*(?:twilio|twiliocdn)\.com")
_OLD_STORE, _OLD_PATH = re.compile(r"s3-external-1\.amazonaws\.com"), "/media.twiliocdn.com/"
"""Where Twilio has pictures of accounts that do not ask for a password."""
_NO_PICTURES = {
    "video/": "a video",
    "audio/": "a voice message or other sound",
    "text/vcard": "a contact card",
    "text/x-vcard": "a contact card",
    "text/": "a text file",
    "application/pdf": "a PDF document",
}


class TwilioMedia:
    """The media of one account. Credentials go to Twilio's API only, never where it leads on to."""

    def __init__(self, account_sid: str, auth_token: str, api_url: str | None) -> None:
        self._account_sid = account_sid
        self._basic = "Basic " + b64encode(f"{account_sid}:{auth_token}".encode()).decode()
        self._api = (api_url or TWILIO).rstrip("/")
        self._session: aiohttp.ClientSession | None = None

    async def addresses(self, carrier_id: str) -> Sequence[str]:
        """Where Twilio has what came with this text, the oldest first."""
        if not _SID.fullmatch(carrier_id):
            raise MediaError("its text has no id of the carrier's", most_tries=1)
        root = f"{self._api}/2010-04-01/Accounts/{self._account_sid}/Messages/{carrier_id}/Media"
        async with self._call("GET", f"{root}.json?PageSize=50") as answer:
            _check(answer.status)
            listed = json.loads(await _content(answer))["media_list"]
            sids = [(parsedate_to_datetime(one["date_created"]), place, one["sid"]) for place, one in enumerate(listed)]
        return [f"{root}/{sid}" for _, _, sid in sorted(sids) if _SID.fullmatch(sid)]

    async def fetch(self, address: str) -> bytes:
        """What is there; the carrier may lead on to where it stores, and to nowhere else."""
        url, is_api = address, self._is_api(address)
        if not is_api:
            raise MediaError(NOT_ITS_OWN, most_tries=1)
        try:
            async with asyncio.timeout(TIME_LIMIT):
                for _ in range(MOST_HOPS):
                    async with self._call("GET", url, has_credentials=is_api) as answer:
                        if answer.status not in REDIRECTS:
                            _check(answer.status)
                            _check_kind(answer.headers.get("Content-Type", ""))
                            return await _content(answer)
                        url, is_api = self._led_to(url, answer.headers.get("Location", "")), False
        except TimeoutError as error:
            raise MediaError("the carrier did not hand it over in time") from error
        raise MediaError("the carrier leads on and on", most_tries=SOON)

    async def delete(self, address: str) -> None:
        """Away with it."""
        if not self._is_api(address):
            raise MediaError(NOT_ITS_OWN, most_tries=1)
        async with self._call("DELETE", f"{address}.json") as answer:
            if answer.status not in GONE:
                _check(answer.status)

    async def close(self) -> None:
        """Give back connections."""
        if self._session is not None:
            await self._session.close()

    @asynccontextmanager
    async def _call(
        self, method: str, url: str, *, has_credentials: bool = True
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """One call, never repeated and never led on by itself; whatever the network does to it is a MediaError."""
        headers = {"Accept-Encoding": "identity"}  # what is packed could grow beyond any limit
        if has_credentials:
            headers["Authorization"] = self._basic
        try:
            asked = self._open().request(method, URL(url, encoded=True), headers=headers, allow_redirects=False)
            async with asked as answer:
                yield answer
        except (aiohttp.ClientError, OSError, ValueError, LookupError, TypeError) as error:
            raise MediaError("the carrier could not be reached, or broke off") from error

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            resolver = PublicOnly(urlsplit(self._api).hostname or "")
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=10, keepalive_timeout=5, resolver=resolver),
                timeout=aiohttp.ClientTimeout(total=TIME_LIMIT),
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
            )
        return self._session

    def _is_api(self, url: str) -> bool:
        """Whether our credentials may go there: the address in the settings, or another one of Twilio's for it."""
        if _is_same(url, self._api):
            return True
        return _is_https(self._api, _TWILIOS) and _is_https(url, _TWILIOS)

    def _led_to(self, url: str, location: str) -> str:
        target = urljoin(url, location)
        is_old = _is_https(target, _OLD_STORE) and urlsplit(target).path.startswith(_OLD_PATH)
        if not (is_old or _is_https(target, _STORES) or _is_same(target, self._api)):
            raise MediaError("the carrier leads to a place that is not known as its own", most_tries=1)
        return target


class PublicOnly(AbstractResolver):
    """No name leads into the machine's own network, but for `own`, which is the one in the settings."""

    def __init__(self, own: str) -> None:
        self._own = own
        self._names = ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """The public ones of its addresses."""
        found = await self._names.resolve(host, port, family)
        public = [one for one in found if host == self._own or _is_public(one["host"])]
        if not public:
            raise OSError("no public address")
        return public

    async def close(self) -> None:
        """Gives back what looks names up."""
        await self._names.close()


def _is_public(address: str) -> bool:
    return ip_address(address.partition("%")[0]).is_global


def _origin(url: str) -> tuple[str, str, int] | None:
    """Scheme, host and port; None for what has none, or has credentials in it."""
    try:
        parts = urlsplit(url)
        port = parts.port or {"https": 443, "http": 80}.get(parts.scheme)
    except ValueError:
        return None
    if not parts.hostname or not port or "@" in parts.netloc:
        return None
    return parts.scheme, parts.hostname, port


def _is_same(url: str, other: str) -> bool:
    origin = _origin(url)
    return origin is not None and origin == _origin(other)


def _is_https(url: str, hosts: re.Pattern[str]) -> bool:
    """Whether it is https to one of these hosts, at the usual port."""
    origin = _origin(url)
    return origin is not None and origin[::2] == ("https", 443) and bool(hosts.fullmatch(origin[1]))


def _check(status: int) -> None:
    if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        raise MediaError("the carrier refuses our credentials for it: tell the administrator")
    if status in {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}:
        raise MediaError("the carrier does not have it", most_tries=SOON)
    if status >= HTTPStatus.MULTIPLE_CHOICES:
        is_ours = status < HTTPStatus.INTERNAL_SERVER_ERROR and status not in LATER
        why = f"the carrier answered with HTTP {status}"
        raise MediaError(why, most_tries=SOON if is_ours else MANY)


def _check_kind(said: str) -> None:
    kind = next((words for begin, words in _NO_PICTURES.items() if said.lower().startswith(begin)), "")
    if kind:
        why = f"it is {kind}, no picture"
        raise MediaError(why, most_tries=1)


async def _content(answer: aiohttp.ClientResponse) -> bytes:
    """The body, as far as it is of a sensible size."""
    too_large = MediaError(f"it is larger than {MOST_BYTES // 1024**2} megabytes", most_tries=1)
    if (answer.content_length or 0) > MOST_BYTES:
        raise too_large
    content = bytearray()
    async for piece in answer.content.iter_chunked(PIECE):
        content += piece
        if len(content) > MOST_BYTES:
            raise too_large
    return bytes(content)
