"""Calls another system's address with a signed announcement (Standard Webhooks): no redirects, in limited time."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import TYPE_CHECKING

import aiohttp
from standardwebhooks.webhooks import Webhook

from followup import __version__
from followup.notify import Failed, Told

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

MOST_SECONDS = 15.0


async def call(
    url: str, secrets: Sequence[str], name: str, body: str, at: datetime, seconds: float = MOST_SECONDS
) -> Told | Failed:
    """One try. Final where the address says it is gone for good. What is said of a failure never holds the address."""
    headers = {
        "content-type": "application/json",
        "user-agent": f"followup/{__version__}",
        "webhook-id": name,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(Webhook(secret).sign(name, at, body) for secret in secrets),
    }
    try:
        async with (
            asyncio.timeout(seconds),
            aiohttp.ClientSession(trust_env=False, cookie_jar=aiohttp.DummyCookieJar()) as session,
            session.post(url, data=body.encode(), headers=headers, allow_redirects=False) as answer,
        ):
            return _judged(answer.status)
    except TimeoutError:
        return Failed("it did not answer in time")
    except (aiohttp.ClientError, OSError, ValueError) as error:
        return Failed(f"it could not be reached ({type(error).__name__})")


def _judged(status: int) -> Told | Failed:
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return Told()
    return Failed(f"it answered {status}", is_final=status == HTTPStatus.GONE)
