"""`followup backup` and `restore`: the whole database in one file."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path
from typing import Annotated

import typer

from followup.cli.ending import VerbError, told_plainly

AsJson = Annotated[bool, typer.Option("--json", help="For machines.")]
NewFile = Annotated[Path, typer.Argument(metavar="FILE", help="A file that does not exist yet.")]
BackupFile = Annotated[Path, typer.Argument(metavar="FILE", help="A file that `followup backup` made.")]
Force = Annotated[bool, typer.Option("--force", help="Replace the database that is there; it is put aside.")]


def backup(file: NewFile, as_json: AsJson = False) -> None:  # noqa: FBT002 - typer reads a flag as a bool parameter
    """Copy the whole SQLite database into a new file while followup runs. Keep it as safe as the original.

    Example: followup backup /var/backups/followup-2026-11-25.db
    """
    with told_plainly():
        from followup.app import real_time
        from followup.settings import read_settings
        from followup.store import copies

        try:
            size = asyncio.run(copies.backup(read_settings(os.environ).database_url, file, real_time()))
        except copies.CopyError as error:
            raise VerbError(str(error)) from error
    typer.echo(json.dumps({"file": str(file), "bytes": size}) if as_json else f"{file}: {size:,} bytes")


def restore(file: BackupFile, force: Force = False) -> None:  # noqa: FBT002 - typer reads a flag as a bool parameter
    """Put a backup in the database's place. Stop followup first, and start it again afterwards.

    Example: followup restore /var/backups/followup-2026-11-25.db --force
    """
    with told_plainly():
        from followup.app import real_time
        from followup.settings import read_settings
        from followup.store import copies

        try:
            url = read_settings(os.environ).database_url
            old = asyncio.run(copies.restore(file, url, real_time(), force=force))
        except copies.CopyError as error:
            raise VerbError(str(error)) from error
    if old is not None:
        typer.echo(f"The database that was there is now {old}; delete it when nobody needs it.")
    typer.echo("Restored. Run `followup migrate`, then start followup: it asks the carrier for what came in since.")


def add_to(app: typer.Typer) -> None:
    """Make these verbs part of the command line."""
    app.command()(backup)
    app.command()(restore)
