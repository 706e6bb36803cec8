"""`followup token`: API tokens for programs."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from followup.cli.ending import VerbError, told_plainly

Name = Annotated[str, typer.Argument(help="What the journal calls its holder, for example reports.")]
ClinicOption = Annotated[str, typer.Option("--clinic", help="Only this clinic's; left out, every clinic's.")]
AsJson = Annotated[bool, typer.Option("--json", help="For machines.")]

app = typer.Typer(help="API tokens for programs.", no_args_is_help=True)


@app.command()
def add(name: Name, clinic: ClinicOption = "", as_json: AsJson = False) -> None:  # noqa: FBT002 - typer reads a flag as a bool parameter
    """Make a token and show it once; only its digest is kept.

    Example: followup token add reports --clinic glow
    """
    with told_plainly():
        from followup.app import real_time
        from followup.cli.opened import known_clinic, with_store
        from followup.flows.tokens import TokenError, add_token

        known_clinic(clinic)
        try:
            token = with_store(lambda store: add_token(store, name, clinic, real_time()))
        except TokenError as error:
            raise VerbError(str(error)) from error
        if token is None:
            message = f'a token "{name}" exists; revoke it first, or choose another name'
            raise VerbError(message)
    typer.echo(json.dumps({"token": token}) if as_json else token)


@app.command("list")
def list_all(as_json: AsJson = False) -> None:  # noqa: FBT002 - typer reads a flag as a bool parameter
    """List the tokens by name; the tokens themselves are nowhere to be had.

    Example: followup token list
    """
    with told_plainly():
        from followup.cli.opened import with_store
        from followup.flows.tokens import list_tokens

        found = with_store(list_tokens)
    rows = [{"name": one.name, "clinic": one.clinic, "created_at": one.created_at.isoformat()} for one in found]
    if as_json:
        typer.echo(json.dumps(rows, ensure_ascii=False))
        return
    for row in rows:
        typer.echo(f"{row['name']}\t{row['clinic'] or 'every clinic'}\tsince {row['created_at'][:10]}")


@app.command()
def revoke(name: Name) -> None:
    """End a token; the next call with it is refused.

    Example: followup token revoke reports
    """
    with told_plainly():
        from followup.cli.opened import with_store
        from followup.flows.tokens import revoke_token

        if not with_store(lambda store: revoke_token(store, name)):
            message = f'there is no token "{name}"'
            raise VerbError(message)
    typer.echo(f"{name} is revoked.")


def add_to(main: typer.Typer) -> None:
    """Make these verbs part of the command line."""
    main.add_typer(app, name="token")
