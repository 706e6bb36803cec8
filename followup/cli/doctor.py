"""`followup doctor`: what is wrong with this installation, and what to do about it."""

from __future__ import annotations

import asyncio
import json
import os
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from followup.cli.ending import FAILED, told_plainly

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from followup.flows.doctor import Finding, Installation
    from followup.settings import Settings

Deep = Annotated[bool, typer.Option("--deep", help="Also call the carrier, and ourselves at the public address.")]
AsJson = Annotated[bool, typer.Option("--json", help="For machines.")]


def doctor(deep: Deep = False, as_json: AsJson = False) -> None:  # noqa: FBT002 - typer reads a flag as a bool parameter
    """Say what is wrong with this installation, and what to do about it. Exit 1 if something fails.

    Example: followup doctor --deep
    """
    with told_plainly():
        found = asyncio.run(_examine(deep=deep))
    fails = sum(finding.grade == "fail" for finding in found)
    if as_json:
        typer.echo(json.dumps({"ok": not fails, "findings": [asdict(one) for one in found]}, ensure_ascii=False))
    else:
        for finding in found:
            _say(finding)
    raise typer.Exit(FAILED if fails else 0)


def _say(finding: Finding) -> None:
    colours = {"ok": typer.colors.GREEN, "warn": typer.colors.YELLOW, "fail": typer.colors.RED}
    mark = typer.style(f"{finding.grade:4}", fg=colours[finding.grade])
    typer.echo(f"{mark} {finding.name}: {finding.said}")
    if finding.todo:
        typer.echo(f"     {finding.todo}")


async def _examine(*, deep: bool) -> Sequence[Finding]:
    from followup.flows.doctor import examine, fail
    from followup.settings import BadSettingsError, read_settings

    try:
        settings = read_settings(os.environ)
    except BadSettingsError as error:
        todo = "docs/settings.md explains each setting"
        return [fail("settings", mistake, todo) for mistake in error.mistakes]
    return [*examine(_installation(settings)), *[finding async for finding in _running(settings, deep=deep)]]


def _installation(settings: Settings) -> Installation:
    from followup.cli.configuration import templates_of
    from followup.flows.doctor import Installation

    return Installation(
        database_url=settings.database_url,
        public_url=settings.public_url,
        config=settings.config,
        templates=templates_of(settings),
        environment=os.environ,
        secret_key=settings.secret_key.get_secret_value() if settings.secret_key else "",
        api_url=settings.twilio_api_url or "",
        has_account=bool(settings.twilio_account_sid),
        has_token=bool(settings.auth_tokens),
    )


async def _running(settings: Settings, *, deep: bool) -> AsyncIterator[Finding]:
    from followup.app import open_database, open_services, real_time
    from followup.catalogue.problems import BadConfigurationError
    from followup.flows.doctor import fail
    from followup.flows.doctor_running import ask_around, examine_database
    from followup.settings import BadSettingsError
    from followup.store import SchemaError, StoreUnavailableError

    now = real_time()
    try:
        async with open_database(settings) as store:
            async for finding in examine_database(store, settings.database_url, now, now):
                yield finding
        if deep:
            async with open_services(settings, os.environ) as services:
                async for finding in ask_around(services):
                    yield finding
    except SchemaError as error:
        yield fail("database", str(error), "then run doctor again")
    except StoreUnavailableError as error:
        yield fail("database", f"cannot be used: {error}", "see DATABASE_URL, and whether the database runs")
    except (BadConfigurationError, BadSettingsError) as error:
        yield fail("deep", f"not asked: {error}", "correct this first")


def add_to(app: typer.Typer) -> None:
    """Make this verb part of the command line."""
    app.command()(doctor)
