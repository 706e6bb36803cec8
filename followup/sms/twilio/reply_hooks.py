"""Where Twilio posts what patients write to a sender: of a number, a short code, or a Messaging Service."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from twilio.rest import Client

MOST_NUMBERS = 100
SERVICE_PREFIX = "MG"


async def reply_hooks(client: Client, sender: str) -> Sequence[str]:
    """The addresses, each with its method where that is not POST; "" for nowhere; none for an unknown sender."""
    if sender.startswith(SERVICE_PREFIX):
        return await _of_service(client, sender)
    if sender.startswith("+"):
        found: Sequence[Any] = await client.incoming_phone_numbers.list_async(phone_number=sender, limit=MOST_NUMBERS)
        return [await _of_number(client, number) for number in found if number.phone_number == sender]
    codes: Sequence[Any] = await client.api.v2010.account.short_codes.list_async(short_code=sender, limit=MOST_NUMBERS)
    return [_said(code.sms_method, code.sms_url) for code in codes if code.short_code == sender]


async def _of_service(client: Client, sid: str) -> Sequence[str]:
    """The service's own address, or those of its numbers where it leaves it to them."""
    services: Sequence[Any] = await client.messaging.v1.services.list_async(limit=MOST_NUMBERS)
    service = next((one for one in services if one.sid == sid), None)
    if service is None:
        return []
    if not service.use_inbound_webhook_on_number:
        return [_said(service.inbound_method, service.inbound_request_url)]
    numbers: Sequence[Any] = await client.messaging.v1.services(sid).phone_numbers.list_async(limit=MOST_NUMBERS)
    return [hook for number in numbers for hook in await reply_hooks(client, number.phone_number)]


async def _of_number(client: Client, number: Any) -> str:
    """An application goes before what stands at the number itself."""
    if number.sms_application_sid:
        application: Any = await client.applications(number.sms_application_sid).fetch_async()
        return _said(application.sms_method, application.sms_url)
    return _said(number.sms_method, number.sms_url)


def _said(method: str | None, url: str | None) -> str:
    return url or "" if (method or "POST") == "POST" else f"{method} {url or ''}".strip()
