"""The dead man's switch: a service elsewhere that raises the alarm when our calls stop coming."""

from __future__ import annotations

import asyncio
from http import HTTPStatus

import aiohttp

MOST_SECONDS = 10.0


async def ping(url: str) -> str:
    """Calls it; why it was not heard, "" where it was. Nothing that is said holds the address: who has it can call."""
    try:
        async with (
            asyncio.timeout(MOST_SECONDS),
            aiohttp.ClientSession(trust_env=False) as session,
            session.get(url, allow_redirects=False) as answer,
        ):
            return "" if answer.status < HTTPStatus.MULTIPLE_CHOICES else f"it answered {answer.status}"
    except TimeoutError:
        return "it did not answer in time"
    except aiohttp.ClientError as error:
        return f"it could not be reached ({type(error).__name__})"
