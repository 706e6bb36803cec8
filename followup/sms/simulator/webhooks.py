"""What Twilio posts to us: the forms, the signature, one try each."""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64encode
from collections import deque
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

import aiohttp

from followup.sms.simulator.account import API_VERSION, media_sid

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from followup.sms.simulator.account import Text

Form = dict[str, str]

PATIENCE = 15.0
"""Seconds Twilio waits for our whole answer."""

KEPT_POSTS = 20_000


@dataclass(frozen=True, slots=True)
class Post:
    """One webhook as it went out; `status` is None where nobody answered."""

    url: str
    form: Mapping[str, str]
    status: int | None


def sign(auth_token: str, url: str, fields: Sequence[tuple[str, str]]) -> str:
    """X-Twilio-Signature over the URL, without fragment and userinfo, and the fields by name."""
    parts = urlsplit(url)
    signed = urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2], fragment=""))
    for name, group in groupby(sorted(set(fields)), key=lambda field: field[0]):
        signed += "".join(name + value for _, value in group)
    return b64encode(hmac.new(auth_token.encode(), signed.encode(), hashlib.sha1).digest()).decode()


def reply_form(text: Text, account_sid: str, media_url: str) -> Form:
    """An inbound text; geography is blank, as it often is, and signed all the same."""
    form = {"ToCountry": "", "ToState": "", "SmsMessageSid": text.sid, "NumMedia": str(text.media), "ToCity": ""}
    form |= {"FromZip": "", "SmsSid": text.sid, "FromState": "", "SmsStatus": "received", "FromCity": ""}
    form |= {"Body": text.body, "FromCountry": "", "To": text.number, "ToZip": "", "NumSegments": "1"}
    form |= {"MessageSid": text.sid, "AccountSid": account_sid, "From": text.phone, "ApiVersion": API_VERSION}
    for index, file in enumerate(text.files):
        form[f"MediaUrl{index}"] = f"{media_url}/{text.sid}/Media/{media_sid(index)}"
        form[f"MediaContentType{index}"] = file.kind if file else ""
    return form | _service(text)


def receipt_form(text: Text, account_sid: str, status: str, error_code: int | None) -> Form:
    """A status callback."""
    form = {"SmsSid": text.sid, "SmsStatus": status, "MessageStatus": status, "To": text.phone, "From": text.number}
    form |= {"MessageSid": text.sid, "AccountSid": account_sid, "ApiVersion": API_VERSION}
    if error_code is not None:
        form["ErrorCode"] = str(error_code)
    return form | _service(text)


def _service(text: Text) -> Form:
    return {"MessagingServiceSid": text.service} if text.service else {}


class Poster:
    """Signs and posts forms; never twice, never following a redirect."""

    def __init__(self, auth_token: str) -> None:
        self.posts: deque[Post] = deque(maxlen=KEPT_POSTS)
        self._auth_token = auth_token
        self._session: aiohttp.ClientSession | None = None

    async def post(self, url: str, form: Form) -> int | None:
        """The status of the answer; None where there was none."""
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=PATIENCE))
        headers = {
            "X-Twilio-Signature": sign(self._auth_token, url, list(form.items())),
            "User-Agent": "TwilioProxy/1.1",
        }
        status = None
        try:
            async with self._session.post(url, data=form, headers=headers, allow_redirects=False) as answer:
                await answer.read()
                status = answer.status
        except (aiohttp.ClientError, TimeoutError, OSError):
            pass  # nobody answered; Twilio would note it in its debugger
        self.posts.append(Post(url, form, status))
        return status

    async def close(self) -> None:
        """Give back connections."""
        if self._session is not None:
            await self._session.close()
