"""`followup reconcile`: asks the carrier now for what we missed."""

from __future__ import annotations

import asyncio
import json
import os
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from followup.cli.ending import FAILED, told_plainly

if TYPE_CHECKING:
    from followup.flows.reconcile import Reconciled

AsJson = Annotated[bool, typer.Option("--json", help="For machines.")]


def reconcile(as_json: AsJson = False) -> None:  # noqa: FBT002 - typer reads a flag as a bool parameter
    """Ask the carrier for texts of unknown fate and for replies that never reached us. The worker does so by itself.

    Example: followup reconcile --json
    """
    with told_plainly():
        from followup.cli.logs import set_up_logs
        from followup.settings import read_settings

        settings = read_settings(os.environ)
        set_up_logs(settings.log_format)
        found = asyncio.run(_reconcile())
    if as_json:
        typer.echo(json.dumps(asdict(found)))
    else:
        typer.echo(f"{found.replies} replies we had missed, {found.resolved} texts of unknown fate settled.")
        if not found.asked:
            typer.echo("The carrier could not be asked; try again later.", err=True)
    raise typer.Exit(0 if found.asked else FAILED)


async def _reconcile() -> Reconciled:
    from followup.app import open_services
    from followup.flows.drain_inbox import drain_inbox
    from followup.flows.reconcile import reconcile as ask
    from followup.settings import read_settings

    async with open_services(read_settings(os.environ), os.environ) as services:
        found = await ask(services)
        await drain_inbox(services)
        return found


def add_to(app: typer.Typer) -> None:
    """Make this verb part of the command line."""
    app.command()(reconcile)
