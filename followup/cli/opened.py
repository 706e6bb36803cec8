"""What verbs for administrators open: the database, and what little a flow needs beside it."""

from __future__ import annotations

import asyncio
import os
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, TypeVar

from followup.app import open_database, real_time
from followup.catalogue.catalogue import Catalogue
from followup.catalogue.problems import nearest
from followup.cli.ending import VerbError
from followup.domain.wording import Texts
from followup.flows.services import Services
from followup.settings import read_settings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from followup.store import Store

T = TypeVar("T")


def known_clinic(clinic: str) -> str:
    """The same, where it is one of the configuration's ("" is all of them); VerbError else."""
    directory = read_settings(os.environ).config / "clinics"
    # By the files' names, which are the clinics' ids: whatever is wrong inside them locks nobody out.
    known = {file.stem for file in directory.glob("*.toml")}
    if clinic and known and clinic not in known:
        message = f'there is no clinic "{clinic}" in {directory}{nearest(clinic, known)}'
        raise VerbError(message)
    return clinic


def with_store(work: Callable[[Store], Awaitable[T]]) -> T:
    """Opens the database of this environment, does the work, closes it."""

    async def run() -> T:
        async with open_database(read_settings(os.environ)) as store:
            return await work(store)

    return asyncio.run(run())


def with_services(work: Callable[[Services], Awaitable[T]]) -> T:
    """The same for flows about staff: no clinic's configuration is read, so mistakes in it lock nobody out."""

    async def run() -> T:
        async with _bare_services() as services:
            return await work(services)

    return asyncio.run(run())


@asynccontextmanager
async def _bare_services() -> AsyncIterator[Services]:
    settings = read_settings(os.environ)
    async with open_database(settings) as store:
        yield Services(
            store=store,
            catalogue=Catalogue({}, {}, {}, Texts({}, {})),
            adapters={},
            hooks={},
            gateways={},
            clock=real_time,
            wall=real_time,
            public_url=settings.public_url,
            secret_key="",
            nudge=lambda: None,
        )
