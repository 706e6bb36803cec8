"""`followup protocol`: who stands for one, whether it is still the one they read, and which plans follow it."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from followup.cli.ending import FAILED, VerbError, told_plainly
from followup.cli.plan_moves import move

if TYPE_CHECKING:
    from collections.abc import Sequence

    from followup.flows.approve_protocol import Approval, Verified

Protocol = Annotated[str | None, typer.Argument(help="The protocol's id, for example mesotherapy.")]
By = Annotated[str, typer.Option("--by", help="The clinician who read and approves it.")]
On = Annotated[datetime | None, typer.Option("--on", formats=["%Y-%m-%d"], help="The day; left out, today.")]
Verify = Annotated[
    bool, typer.Option("--verify", help="Only say where each protocol stands; exit 1 if one may not run.")
]
Config = Annotated[Path | None, typer.Option("--config", help="The configuration's directory.")]
AsJson = Annotated[bool, typer.Option("--json", help="For machines.")]

app = typer.Typer(help="Treatment protocols.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Treatment protocols."""


@app.command()
def approve(
    protocol: Protocol = None,
    by: By = "",
    on: On = None,
    verify: Verify = False,  # noqa: FBT002 - typer reads a flag as a bool parameter
    config: Config = None,
    as_json: AsJson = False,  # noqa: FBT002 - the same
) -> None:
    """Write into a protocol's file who approved it and when, and record the hash of what was approved.

    Example: followup protocol approve mesotherapy --by "Dr Ada Byron" --on 2026-11-25
    """
    with told_plainly():
        from followup.flows.approve_protocol import ApprovalError

        try:
            if verify:
                _say_standing(_standing(_directory(config), protocol), as_json=as_json)
                return
            if not protocol or not by:
                raise VerbError("say which protocol, and who approves it: --by NAME (or --verify to look only)")
            approval = _approve(_directory(config), protocol, by, on)
        except ApprovalError as error:
            raise VerbError(str(error)) from error
    said = f"{approval.protocol} {approval.version} is approved by {approval.by} on {approval.on}."
    typer.echo(json.dumps(asdict(approval), ensure_ascii=False) if as_json else said)


def _directory(config: Path | None) -> Path:
    from followup.settings import read_settings

    return config or read_settings(os.environ).config


def _approve(config: Path, protocol: str, by: str, on: datetime | None) -> Approval:
    from followup.app import real_time
    from followup.flows.approve_protocol import approve as write

    return write(config, protocol, by, (on or real_time().astimezone()).date())


def _standing(config: Path, protocol: str | None) -> Sequence[Verified]:
    from followup.flows.approve_protocol import verify

    found = [one for one in verify(config) if protocol in {None, one.protocol}]
    if not found:
        message = f'there is no protocol "{protocol}"'
        raise VerbError(message)
    return found


def _say_standing(found: Sequence[Verified], *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps([{**asdict(one), "ok": one.is_fine} for one in found], ensure_ascii=False))
    for one in () if as_json else found:
        who = f" by {one.by} on {one.on}" if one.by else ""
        typer.echo(f"{one.protocol} {one.version}: {one.standing}{who}")
    if not all(one.is_fine for one in found):
        raise typer.Exit(FAILED)


def add_to(main: typer.Typer) -> None:
    """Make this verb part of the command line."""
    app.command()(move)
    main.add_typer(app, name="protocol")
