"""What a page sends back: each field once, as clean text, and only from our own pages."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import unicodedata
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from aiohttp import web

from followup.web.keys import SERVICES
from followup.web.sessions import SESSION

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

LONGEST = 4_000
OWN = frozenset({"same-origin", "none"})
TOKEN = "csrf"  # noqa: S105 - a field's name
MASK_LASTS = 300
"""Seconds."""
_PAD = secrets.token_bytes(32)


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
    if session is not None and not is_token(session.csrf, fields.get(TOKEN, "")):
        raise web.HTTPForbidden
    return fields


def masked(token: str, at: datetime) -> str:
    """The token as pages of these minutes show it: a compressed page's length could tell it piece by piece (BREACH).

    Not another on each page: then nothing on a page that freshens would be as it was before.
    """
    text = token.encode()
    minutes = str(int(at.timestamp() // MASK_LASTS))
    pad = hashlib.shake_256(_PAD + text + minutes.encode()).digest(len(text))
    return (pad + _mixed(text, pad)).hex()


def is_token(token: str, given: str) -> bool:
    """Whether that is the token, masked."""
    try:
        sent = bytes.fromhex(given)
    except ValueError:
        return False
    pad, rest = sent[: len(sent) // 2], sent[len(sent) // 2 :]
    return len(pad) == len(rest) and hmac.compare_digest(_mixed(rest, pad), token.encode())


def _mixed(text: bytes, pad: bytes) -> bytes:
    return bytes(one ^ other for one, other in zip(text, pad, strict=True))


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
