"""What a page sends back: each field once, as clean text, and only from our own pages."""

from __future__ import annotations

import hmac
import unicodedata
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from aiohttp import web

from followup.web.keys import SERVICES
from followup.web.sessions import SESSION

if TYPE_CHECKING:
    from collections.abc import Mapping

LONGEST = 4_000
OWN = frozenset({"same-origin", "none"})
TOKEN = "csrf"  # noqa: S105 - a field's name


async def read_form(request: web.Request) -> Mapping[str, str]:
    """The form's fields. 400 for a field sent twice or too long, 403 where the form is not of our own page."""
    if not is_from_here(request):
        raise web.HTTPForbidden
    sent = await request.post()
    fields: dict[str, str] = {}
    for name, value in sent.items():
        if name in fields or not isinstance(value, str) or len(value) > LONGEST:
            raise web.HTTPBadRequest
        fields[name] = clean(value)
    session = request.get(SESSION)
    if session is not None and not hmac.compare_digest(fields.get(TOKEN, "").encode(), session.csrf.encode()):
        raise web.HTTPForbidden
    return fields


def is_from_here(request: web.Request) -> bool:
    """Whether the browser says that a page of ours sent this; an old browser, or none, says nothing."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site in OWN
    origin = request.headers.get("Origin", "null")
    # "null" is what our own pages send, too: they name no referrer. The token in the form still has to be right.
    return origin == "null" or urlsplit(origin).netloc in {request.host, urlsplit(_public_url(request)).netloc}


def clean(text: str) -> str:
    """The text with its line ends as one kind and without control characters."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(character for character in lines if character in "\n\t" or not _is_control(character))


def _is_control(character: str) -> bool:
    return unicodedata.category(character) in {"Cc", "Cs"}


def _public_url(request: web.Request) -> str:
    return request.app[SERVICES].public_url
