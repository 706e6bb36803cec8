"""`followup move-to`: from SQLite to PostgreSQL, once."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from followup.cli.ending import VerbError, told_plainly

if TYPE_CHECKING:
    from collections.abc import Mapping

    from followup.store.moving import Moved, Outlook

Target = Annotated[str, typer.Argument(metavar="URL", help="An empty PostgreSQL database; - reads it from stdin.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be moved, and change nothing.")]
AsJson = Annotated[bool, typer.Option("--json", help="For machines.")]


def move_to(
    url: Target,
    dry_run: DryRun = False,  # noqa: FBT002 - typer reads a flag as a bool parameter
    as_json: AsJson = False,  # noqa: FBT002 - the same
) -> None:
    """Move the whole SQLite database to PostgreSQL. Stop followup first; the old database stays, marked as moved.

    Example: followup move-to postgresql://followup@db.example/followup --dry-run
    """
    target = sys.stdin.readline().strip() if url == "-" else url
    with told_plainly():
        from followup.store.moving import MoveError

        try:
            if dry_run:
                _say_outlook(_look(target), as_json=as_json)
            else:
                _say_moved(_move(target), as_json=as_json)
        except MoveError as error:
            raise VerbError(str(error)) from error
        except ValueError as error:
            raise VerbError(str(error).replace("DATABASE_URL", "the URL")) from error


def _look(target: str) -> Outlook:
    from followup.settings import read_settings
    from followup.store.moving import look

    return asyncio.run(look(read_settings(os.environ).database_url, target))


def _move(target: str) -> Moved:
    from followup.app import journal_key, real_time
    from followup.settings import read_settings
    from followup.store.moving import move

    settings = read_settings(os.environ)
    return asyncio.run(move(settings.database_url, target, wall=real_time, journal_key=journal_key(settings)))


def _say_outlook(found: Outlook, *, as_json: bool) -> None:
    if as_json:
        said = {"rows": found.rows, "to": found.place, "has_schema": found.has_schema, "hindrance": found.hindrance}
        typer.echo(json.dumps(said))
    else:
        _say_rows(found.rows)
        typer.echo(f"to {found.place}, where the tables {'are empty' if found.has_schema else 'will be made'}")
        if not found.hindrance:
            typer.echo("Nothing was changed. The same without --dry-run moves it.")
    if found.hindrance:
        message = f"It would be refused now: {found.hindrance}."
        raise VerbError(message)


def _say_moved(done: Moved, *, as_json: bool) -> None:
    seals = "intact" if done.journal.is_intact else f"broken as before, {len(done.journal.broken)} lines"
    if as_json:
        typer.echo(json.dumps({"rows": done.rows, "to": done.place, "journal": seals, "was_there": done.was_there}))
        return
    _say_rows(done.rows)
    before = ", where it all was already" if done.was_there else ""
    typer.echo(f"moved to {done.place}{before}; every table compared, row by row; the journal is {seals}")
    typer.echo("Set DATABASE_URL to it and start followup. The old database is marked as moved and does not start.")


def _say_rows(rows: Mapping[str, int]) -> None:
    for name, count in rows.items():
        if count:
            typer.echo(f"{count:>12,}  {name}")


def add_to(app: typer.Typer) -> None:
    """Make this verb part of the command line."""
    app.command("move-to")(move_to)
