"""The demo's booking system: tells of finished treatments by signed Standard Webhooks, as any native source does."""

from __future__ import annotations

import asyncio
import base64
import json
import secrets
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import aiohttp
from standardwebhooks.webhooks import Webhook

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from followup.demo.cast import Member

SECRET_BYTES = 32
TAKES = timedelta(minutes=45)
TRIES = 20
PAUSE = 0.5
TOO_MANY, UNAVAILABLE = 429, 503


class BookingRefusedError(Exception):
    """Our own door did not take a booking of the demo."""


def make_secret() -> str:
    """A signing secret for this run."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


async def send_bookings(
    url: str, secret: str, members: Iterable[Member], wall: Callable[[], datetime], zone: str
) -> None:
    """Post each treatment, one after the other; `wall` is the real time, which the signature carries."""
    signer = Webhook(secret)
    run = secrets.token_hex(4)
    async with aiohttp.ClientSession() as session:
        for member in members:
            await _post(session, url, signer, f"demo-{run}-{member.number}", json.dumps(_booking(member, zone)), wall)


async def _post(
    session: aiohttp.ClientSession, url: str, signer: Webhook, key: str, body: str, wall: Callable[[], datetime]
) -> None:
    for _ in range(TRIES):
        now = wall()
        headers = {
            "Content-Type": "application/json",
            "webhook-id": key,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": signer.sign(key, now, body),
        }
        async with session.post(url, data=body.encode(), headers=headers) as answer:
            if answer.ok:
                return
            if answer.status not in {TOO_MANY, UNAVAILABLE}:
                message = f"{url} answered {answer.status}: {(await answer.text())[:300]}"
                raise BookingRefusedError(message)
        await asyncio.sleep(PAUSE)
    message = f"{url} took no booking in {TRIES} tries"
    raise BookingRefusedError(message)


def _booking(member: Member, zone: str) -> dict[str, Any]:
    """The native contract's booking.completed, in care time."""
    ended, started = member.treated_until, member.treated_until - TAKES
    service_id, service_name = member.service
    consent = {"sms": {"status": "granted", "at": started.isoformat(), "source": "booking form"}}
    return {
        "type": "booking.completed",
        "timestamp": ended.isoformat(),
        "data": {
            "booking": {
                "id": f"B-{1000 + member.number}",
                "sequence": 1,
                "status": "fulfilled",
                "start": started.isoformat(),
                "end": ended.isoformat(),
                "timeZone": zone,
                "updated": ended.isoformat(),
                "service": {"id": service_id, "name": service_name},
                "practitioner": {"id": "p1", "name": "Dr Sample"},
            },
            "patient": {
                "id": f"P-{member.number}",
                "name": {"given": member.given, "family": member.family},
                "phone": member.phone,
                "language": member.language,
            },
            **({"consent": consent} if member.has_consented else {}),
        },
    }
