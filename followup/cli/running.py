"""Runs web, worker or both until told to stop, and then within five seconds."""

from __future__ import annotations

import asyncio
import ctypes
import errno
import gc
import signal
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import TYPE_CHECKING

import structlog
from aiohttp import web

from followup import __version__
from followup.app import open_services
from followup.cli.configuration import templates_of
from followup.cli.ending import VerbError
from followup.store.condition import damage_of
from followup.web import make_app
from followup.worker import running

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from followup.catalogue.catalogue import Catalogue
    from followup.settings import Settings
    from followup.store import Store

WEB, WORKER = "web", "worker"
SIGNALS = (signal.SIGINT, signal.SIGTERM)
LAST_ANSWERS = 1.5
"""Seconds that answers under way have when we are told to stop."""

FIRST_LOOKS = 5.0
"""Seconds after which what was needed once, at the start, has been."""
_M_ARENA_MAX = -8
"""mallopt(3)'s number for it."""

_log = structlog.get_logger(__name__)


async def run(
    settings: Settings, environment: Mapping[str, str], parts: frozenset[str], catalogue: Catalogue | None = None
) -> None:
    """These parts of the service, until SIGTERM or Ctrl-C."""
    share_one_heap()
    stopped = stop_event()
    news = asyncio.Event()
    async with AsyncExitStack() as stack:
        services = await stack.enter_async_context(
            open_services(settings, environment, nudge=news.set, catalogue=catalogue)
        )
        await refuse_damage(services.store)
        if WORKER in parts:
            await stack.enter_async_context(running(services, news))
        if WEB in parts:
            app = make_app(services, templates_of(settings))
            await stack.enter_async_context(listening(app, settings.host, settings.port))
        settle_memory()
        asyncio.get_running_loop().call_later(FIRST_LOOKS, _give_back)
        _log.info("started", version=__version__, url=settings.public_url if WEB in parts else "")
        await stopped.wait()
        _log.info("stopping")
    _log.info("stopped")


def share_one_heap() -> None:
    """One heap of the C library for all threads: ours wait for the disk, and a heap each is memory for nothing."""
    with suppress(OSError, AttributeError):  # only the GNU library can
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 1)


def settle_memory() -> None:
    """What is there now stays for good and need not be looked through; what reading it took goes back to the system."""
    gc.collect()
    gc.freeze()
    _give_back()


def _give_back() -> None:
    with suppress(OSError, AttributeError):  # only the GNU library can
        ctypes.CDLL(None).malloc_trim(0)


async def refuse_damage(store: Store) -> None:
    """VerbError for a damaged database: it would only get worse, and a backup is whole."""
    async with store.reading() as tx:
        damage = await damage_of(tx)
    if damage:
        message = f"the database is damaged ({damage}); put the newest backup back: followup restore FILE --force"
        raise VerbError(message)


def stop_event() -> asyncio.Event:
    """Set by the first SIGTERM or Ctrl-C."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for one in SIGNALS:
        loop.add_signal_handler(one, stopped.set)
    return stopped


@asynccontextmanager
async def listening(app: web.Application, host: str, port: int) -> AsyncIterator[None]:
    """The app answers on this port. No access log: addresses name episodes, and people."""
    runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=LAST_ANSWERS)
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, host, port).start()
        except OSError as error:
            raise VerbError(why_not_listening(host, port, error)) from error
        yield
    finally:
        await runner.cleanup()


def why_not_listening(host: str, port: int, error: OSError) -> str:
    """In words that say what to do."""
    if error.errno == errno.EADDRINUSE:
        return f"port {port} on {host} is in use by another program; choose another one (PORT, or --port)"
    return f"cannot listen on {host}:{port}: {error.strerror or error}"
