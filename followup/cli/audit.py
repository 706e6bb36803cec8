"""`followup audit verify`: whether anybody changed the journal."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

from followup.cli.ending import FAILED, VerbError, told_plainly

if TYPE_CHECKING:
    from followup.store import Store
    from followup.store.journal import Verification

AsJson = Annotated[bool, typer.Option("--json", help="For machines.")]

app = typer.Typer(help="The journal's seals.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """The journal's seals."""


@app.command()
def verify(as_json: AsJson = False) -> None:  # noqa: FBT002 - typer reads a flag as a bool parameter
    """Read the whole journal and check every seal: what was changed, moved or taken out shows. Exit 1 if so.

    Keep the heads it prints somewhere else: who holds the secret key could write a new journal, but not those.

    Example: followup audit verify --json
    """
    with told_plainly():
        _need_key()
        from followup.cli.opened import with_store

        found = with_store(_verify)
    if as_json:
        said = {"lines": found.lines, "unsealed": found.unsealed, "broken": list(found.broken)}
        typer.echo(json.dumps({**said, "missing": found.missing, "heads": dict(found.heads), "ok": found.is_intact}))
    else:
        _say(found)
    raise typer.Exit(0 if found.is_intact else FAILED)


def _need_key() -> None:
    import os

    from followup.settings import read_settings

    if read_settings(os.environ).secret_key is None:
        raise VerbError("FOLLOWUP_SECRET_KEY is not set; the seals are made with it")


async def _verify(store: Store) -> Verification:
    from followup.store import journal

    async with store.reading() as tx:
        return await journal.verify(tx)


def _say(found: Verification) -> None:
    typer.echo(f"{found.lines} lines, {found.unsealed} not sealed yet.")
    for clinic, head in sorted(found.heads.items()):
        typer.echo(f"head of {clinic}: {head}")
    for line in found.broken:
        typer.echo(f"line {line} was changed, moved, or follows one that is gone")
    if found.missing:
        typer.echo(f"{found.missing} sealed lines are missing at the end")
    typer.echo("The journal is intact." if found.is_intact else "The journal is NOT intact.")


def add_to(main: typer.Typer) -> None:
    """Make this verb part of the command line."""
    main.add_typer(app, name="audit")
