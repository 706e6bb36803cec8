"""Speaks with one Twilio account through Twilio's SDK."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import aiohttp
from twilio.base.exceptions import TwilioException, TwilioRestException, TwilioServiceException
from twilio.rest import Client

from followup.domain.delivery import ErrorKind
from followup.domain.inputs import Reply
from followup.sms import Accepted, CarrierUnavailableError, FoundText, Refused, TryLater, Unknown
from followup.sms.twilio.errors import classify
from followup.sms.twilio.http_client import CONNECTIONS, TIME_LIMIT, BoundedHttpClient, BusyError
from followup.sms.twilio.media import TwilioMedia
from followup.sms.twilio.reply_hooks import SERVICE_PREFIX, reply_hooks

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from datetime import datetime, timedelta

    from twilio.rest.api.v2010.account.message import MessageInstance

    from followup.sms import Gateway, OutgoingText, SendOutcome

LISTING_LIMIT = 60.0
"""Seconds for one whole find or missed, over all its pages."""

SHORTEST_VALIDITY, LONGEST_VALIDITY = 1, 36_000
FIRST_TWILIO_CODE = 10_000
BUSY_CODE = 20_429
PAGE_SIZE = 200

NOTHING_LEFT_US = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)
UNANSWERED = (
    TwilioException,
    aiohttp.ClientError,
    BusyError,
    OSError,  # TimeoutError is one
    ValueError,  # JSON that is none
    LookupError,
    TypeError,
    AttributeError,  # JSON of another shape, met inside the SDK
)


def make_gateway(
    account_sid: str,
    auth_token: str,
    api_url: str | None,
    *,
    time_limit: float = TIME_LIMIT,
    connections: int = CONNECTIONS,
) -> Gateway:
    """The gateway of one account; `api_url` is another base URL than Twilio's. Opens nothing before its first call."""
    http = BoundedHttpClient(time_limit, connections)
    # An environment of our own: the SDK would read TWILIO_REGION and TWILIO_EDGE by itself and bend a local base URL.
    client = Client(account_sid, auth_token, http_client=http, environment={"TWILIO_REGION": ""})
    if api_url:
        client.api.base_url = api_url.rstrip("/")
    return TwilioGateway(client, http, TwilioMedia(account_sid, auth_token, api_url), api_url)


class TwilioGateway:
    """One Twilio account."""

    def __init__(self, client: Client, http: BoundedHttpClient, media: TwilioMedia, api_url: str | None) -> None:
        self._client = client
        self._http = http
        self._api_url = api_url
        self.media = media

    async def send(self, text: OutgoingText) -> SendOutcome:
        """One POST; never raises for what Twilio or the network does."""
        try:
            made = await self._client.messages.create_async(**_parameters(text))
        except Exception as error:  # noqa: BLE001 - whatever went wrong after the call began, the text may exist
            return _outcome(error)
        sid = made.sid
        return Accepted(sid) if isinstance(sid, str) and sid else Unknown("an answer without a sid")

    async def find(self, phone: str, since: datetime) -> Sequence[FoundText]:
        """Our texts to this phone since then."""
        return [_found(message) for message in await self._listed(since, to=phone) if _is_ours(message)]

    async def missed(self, sent_to: str, since: datetime) -> Sequence[Reply]:
        """Replies Twilio holds for our number, or our Messaging Service, since then."""
        if sent_to.startswith(SERVICE_PREFIX):  # cannot be listed by its name
            listed = [m for m in await self._listed(since) if m.messaging_service_sid == sent_to]
        else:
            listed = await self._listed(since, to=sent_to)
        return [_reply(message) for message in listed if message.direction == "inbound"]

    async def reply_hooks(self, sender: str) -> Sequence[str]:
        """Where Twilio posts what patients write to this sender."""
        try:
            async with asyncio.timeout(LISTING_LIMIT):
                if self._api_url:  # only here: naming it loads that half of the SDK
                    self._client.messaging.base_url = self._client.api.base_url
                return await reply_hooks(self._client, sender)
        except UNANSWERED as error:
            raise CarrierUnavailableError(_named(error)) from error

    async def close(self) -> None:
        """Give back connections."""
        await self._http.close()
        await self.media.close()

    async def _listed(self, since: datetime, **wanted: str) -> list[MessageInstance]:
        try:
            async with asyncio.timeout(LISTING_LIMIT):
                return [message async for message in self._newest_first(since, **wanted)]
        except UNANSWERED as error:
            raise CarrierUnavailableError(_named(error)) from error

    async def _newest_first(self, since: datetime, **wanted: str) -> AsyncIterator[MessageInstance]:
        # Not filtered by DateSent: it is empty until a text has been sent, and those are the ones we look for.
        start = since.replace(microsecond=0)  # Twilio's dates have whole seconds
        page: Any = await self._client.messages.page_async(page_size=PAGE_SIZE, **wanted)
        while page is not None:
            for message in page:
                if message.date_created < start:
                    return
                yield message
            page = await page.next_page_async()


def _parameters(text: OutgoingText) -> dict[str, Any]:
    sender = "messaging_service_sid" if text.sender.startswith(SERVICE_PREFIX) else "from_"
    return {
        "to": text.phone,
        sender: text.sender,
        "body": text.body,
        "status_callback": text.receipt_url,
        "validity_period": _validity(text.valid_for),
    }


def _validity(valid_for: timedelta) -> int:
    return min(max(int(valid_for.total_seconds()), SHORTEST_VALIDITY), LONGEST_VALIDITY)


def _outcome(error: Exception) -> SendOutcome:
    """What a failed create means: who is certain of what."""
    if isinstance(error, NOTHING_LEFT_US):
        return TryLater(None)
    if isinstance(error, BusyError):
        return TryLater(BUSY_CODE, error.after)
    if isinstance(error, TwilioRestException | TwilioServiceException) and _is_refusal(error):
        code = int(error.code)
        return TryLater(code) if classify(code).kind is ErrorKind.TEMPORARY else Refused(code, f"HTTP {error.status}")
    return Unknown(_named(error))


def _is_refusal(error: TwilioRestException | TwilioServiceException) -> bool:
    """A 4xx of Twilio's own making; the SDK writes the HTTP status as the code where the answer had none."""
    is_fourhundred = HTTPStatus.BAD_REQUEST <= error.status < HTTPStatus.INTERNAL_SERVER_ERROR
    return is_fourhundred and isinstance(error.code, int) and error.code >= FIRST_TWILIO_CODE


def _named(error: Exception) -> str:
    """The error without its message: Twilio's messages quote phone numbers."""
    status = getattr(error, "status", None)
    return type(error).__name__ if status is None else f"HTTP {status} code {getattr(error, 'code', None)}"


def _is_ours(message: MessageInstance) -> bool:
    return str(message.direction).startswith("outbound")


def _found(message: MessageInstance) -> FoundText:
    return FoundText(
        carrier_id=str(message.sid),
        phone=message.to or "",
        body=message.body or "",
        created_at=message.date_created,
        raw_state=str(message.status),
        error_code=message.error_code,
    )


def _reply(message: MessageInstance) -> Reply:
    return Reply(
        carrier_id=str(message.sid),
        phone=message.from_ or "",
        sent_to=message.to or "",
        text=message.body or "",
        media_count=int(message.num_media) if str(message.num_media).isdecimal() else 0,
        received_at=message.date_created,
        service=message.messaging_service_sid or "",
    )
