"""Apprise: one address for each of a hundred services. Loaded only where somebody is to be told (it takes a second)."""

from __future__ import annotations

import asyncio
import logging
from functools import cache
from typing import TYPE_CHECKING

from followup.notify import Failed, Told
from followup.notify.threads import in_thread

if TYPE_CHECKING:
    from collections.abc import Sequence

    from apprise import Apprise

MOST_SECONDS = 30.0
"""Longer than a slow mail server takes, and shorter than the lease of a notice."""
UNREADABLE = "an address that Apprise cannot read"
TOO_SLOW = "no answer in time"
NOT_TAKEN = "not taken"


class AppriseNotifier:
    """Tells by Apprise."""

    async def tell(self, urls: Sequence[str], title: str, body: str) -> Told | Failed:
        """Told where every one of these addresses has taken it."""
        try:
            async with asyncio.timeout(MOST_SECONDS):
                return await in_thread(lambda: _tell(tuple(urls), title, body))
        except TimeoutError:
            return Failed(TOO_SLOW)
        except Exception as error:  # noqa: BLE001 - a plug-in's mistake, whose text may hold the address
            return Failed(type(error).__qualname__)


def _tell(urls: tuple[str, ...], title: str, body: str) -> Told | Failed:
    service = _service(urls)
    if service is None:
        return Failed(UNREADABLE, is_final=True)
    return Told() if service.notify(title=title, body=body) else Failed(NOT_TAKEN)


def is_address(url: str) -> bool:
    """Whether Apprise can read it; nothing is sent."""
    return _service((url,)) is not None


def _service(urls: tuple[str, ...]) -> Apprise | None:
    """One for these addresses; None where one of them is none."""
    _hush()
    from apprise import Apprise, AppriseAsset, NotifyFormat, PersistentStoreMode

    asset = AppriseAsset(
        app_id="followup",
        app_desc="followup",
        app_url="",
        # Everything in the thread that asks: a pool of its own would keep the process from ending.
        async_mode=False,
        service_timeout=0,
        body_format=NotifyFormat.TEXT,
        # Nothing of a notice may stay behind on the disk, and no key be made unasked.
        storage_mode=PersistentStoreMode.MEMORY,
        pgp_autogen=False,
        pem_autogen=False,
        secure_logging=True,
        allow_templates=False,
        # Somebody else's server must not send us on to a third one.
        http_redirects=False,
    )
    service = Apprise(asset=asset)
    return service if all(service.add(url) for url in urls) else None


@cache
def _hush() -> None:
    """Its own log may quote addresses; ours says what came of each notice."""
    logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)
