"""`followup outbound`: the other systems that are told of our outcomes."""

from __future__ import annotations

import asyncio
import json
import os
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from followup.cli.ending import VerbError, told_plainly

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from followup.flows.outbound import Standing
    from followup.flows.services import Services

T = TypeVar("T")
Endpoint = Annotated[str, typer.Argument(help="As `followup outbound list` names it.")]
AsJson = Annotated[bool, typer.Option("--json", help="For machines.")]

outbound = typer.Typer(no_args_is_help=True, help="The other systems that are told of our outcomes.")


@outbound.command("list")
def list_all(as_json: AsJson = False) -> None:  # noqa: FBT002 - typer reads a flag as a bool parameter
    """List the addresses of [[outbound]], and how each has behaved.

    Example: followup outbound list
    """
    with told_plainly():
        from followup.flows.outbound import outbound_standing

        found = _with_services(outbound_standing)
    if as_json:
        typer.echo(json.dumps([asdict(one) for one in found], default=str, ensure_ascii=False))
        return
    for one in found:
        typer.echo("\t".join((one.clinic, one.endpoint, one.host, _state(one))))


@outbound.command()
def retry(endpoint: Endpoint) -> None:
    """Tell an address again what it did not take, and go on with it where it was disabled.

    Example: followup outbound retry 3f2a9c0d11e8b7a4
    """
    with told_plainly():
        from followup.flows.outbound import retry_outbound

        number = _with_services(lambda services: retry_outbound(services, endpoint))
        if number is None:
            message = f'no clinic\'s file has an address "{endpoint}": see `followup outbound list`'
            raise VerbError(message)
    typer.echo(f"{number} are told again.")


def _state(one: Standing) -> str:
    counted = ", ".join(f"{number} {state}" for state, number in sorted(one.counts.items())) or "nothing told yet"
    if one.disabled_at:
        return f"disabled since {one.disabled_at:%Y-%m-%d %H:%M} ({one.why}); {counted}"
    if one.failing_since:
        return f"failing since {one.failing_since:%Y-%m-%d %H:%M} ({one.why}); {counted}"
    return counted


def _with_services(work: Callable[[Services], Awaitable[T]]) -> T:
    from followup.app import open_services
    from followup.settings import read_settings

    async def run() -> T:
        async with open_services(read_settings(os.environ), os.environ) as services:
            return await work(services)

    return asyncio.run(run())


def add_to(app: typer.Typer) -> None:
    """Make these verbs part of the command line."""
    app.add_typer(outbound, name="outbound")
