"""Settings and the environment become Services. The machine's clock is named here, and nowhere else but in the demo."""

from __future__ import annotations

import hashlib
import hmac
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from datetime import UTC, datetime
from importlib import import_module
from typing import TYPE_CHECKING

from followup.bookings.find import load_adapters
from followup.cli.configuration import read_configuration
from followup.flows.pace import Pace
from followup.flows.services import Services
from followup.notify.by_apprise import AppriseNotifier
from followup.settings import BadSettingsError
from followup.store import episodes, migrate, open_store

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence

    from followup.catalogue.catalogue import Catalogue
    from followup.domain.outbound import OutboundRule
    from followup.settings import Settings
    from followup.sms import Gateway, Hooks
    from followup.store import Store


def real_time() -> datetime:
    """The machine's clock."""
    return datetime.now(UTC)


def _nobody() -> None:
    """Where nothing beats, nobody needs to be told."""


def journal_key(settings: Settings) -> bytes:
    """What seals the journal; of the secret key, but not the key itself."""
    return hmac.new(secret_key(settings).encode(), b"followup journal", hashlib.sha256).digest()


def secret_key(settings: Settings) -> str:
    """The secret key; BadSettingsError where there is none."""
    if settings.secret_key is None:
        hint = "make one: python3 -c 'import secrets; print(secrets.token_urlsafe(48))'"
        raise BadSettingsError([f"FOLLOWUP_SECRET_KEY is missing; {hint}"])
    return settings.secret_key.get_secret_value()


@contextmanager
def _of_settings() -> Iterator[None]:
    """An address of a database that is none is a mistake in the settings."""
    try:
        yield
    except ValueError as error:
        raise BadSettingsError([str(error)]) from error


async def bring_up_schema(settings: Settings) -> None:
    """Migrates the database; SchemaError where it is newer than we are."""
    with _of_settings():
        await migrate(settings.database_url)


@asynccontextmanager
async def open_database(
    settings: Settings,
    wall: Callable[[], datetime] = real_time,
    listeners: Mapping[str, Sequence[OutboundRule]] | None = None,
) -> AsyncIterator[Store]:
    """The store alone, for verbs that need no configuration. Raises SchemaError and StoreUnavailableError."""
    key = journal_key(settings) if settings.secret_key else b""
    with _of_settings():
        store = await open_store(settings.database_url, wall=wall, journal_key=key, listeners=listeners)
    try:
        yield store
    finally:
        await store.close()


@asynccontextmanager
async def open_services(
    settings: Settings,
    environment: Mapping[str, str],
    *,
    clock: Callable[[], datetime] = real_time,
    wall: Callable[[], datetime] = real_time,
    nudge: Callable[[], None] = _nobody,
    faster: float = 1.0,
    catalogue: Catalogue | None = None,
) -> AsyncIterator[Services]:
    """Everything a flow needs, and closed again. `faster`: how much faster than `wall` `clock` runs, in a demo.

    catalogue: one that was read before, by `read_configuration`.
    """
    key = secret_key(settings)
    catalogue = catalogue or read_configuration(settings, environment)
    clinics = catalogue.clinics.values()
    names = sorted({clinic.sms.gateway for clinic in clinics})
    listeners = {clinic.id: clinic.outbound for clinic in clinics}
    async with AsyncExitStack() as stack:
        store = await stack.enter_async_context(open_database(settings, wall, listeners))
        await _refuse_lost_plans(store, catalogue)
        gateways = {name: _gateway(name, settings) for name in names}
        for gateway in gateways.values():
            stack.push_async_callback(gateway.close)
        yield Services(
            store=store,
            catalogue=catalogue,
            adapters=load_adapters(source.adapter for clinic in clinics for source in clinic.sources),
            hooks={name: _hooks(name, settings) for name in names},
            gateways=gateways,
            clock=clock,
            wall=wall,
            public_url=settings.public_url,
            secret_key=key,
            nudge=nudge,
            pace=Pace(faster),
            requires_second_factor=settings.requires_second_factor,
            notifier=AppriseNotifier(),
            ping_url=settings.ping_url or "",
        )


async def _refuse_lost_plans(store: Store, catalogue: Catalogue) -> None:
    """A plan that runs and whose clinic or protocol is gone could never be gone on with."""
    async with store.reading() as tx:
        followed = sorted(await episodes.followed(tx))
    lost = [
        f'patients of the clinic "{clinic}" still follow the protocol "{protocol}": keep it until they are done'
        for clinic, protocol in followed
        if clinic not in catalogue.clinics or protocol not in catalogue.protocols
    ]
    if lost:
        raise BadSettingsError(lost)


def _gateway(name: str, settings: Settings) -> Gateway:
    made: Gateway = import_module(f"followup.sms.{name}.gateway").make_gateway(
        settings.twilio_account_sid, settings.auth_tokens[0], settings.twilio_api_url
    )
    return made


def _hooks(name: str, settings: Settings) -> Hooks:
    made: Hooks = import_module(f"followup.sms.{name}.hooks").make_hooks(settings.auth_tokens)
    return made
