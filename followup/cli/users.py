"""`followup user`: accounts of staff. Nobody has a password until its owner chooses one, by a link that works once."""

from __future__ import annotations

import json
from enum import StrEnum
from typing import Annotated

import typer

from followup.cli.ending import VerbError, told_plainly

AsJson = Annotated[bool, typer.Option("--json", help="For machines.")]
Email = Annotated[str, typer.Argument(help="The e-mail address by which they sign in.")]
ClinicOption = Annotated[str, typer.Option("--clinic", help="Only this clinic; left out, every clinic.")]
NameOption = Annotated[str, typer.Option("--name", help="As colleagues see it.")]

app = typer.Typer(help="Accounts of staff.", no_args_is_help=True)


class Role(StrEnum):
    """What somebody may do: see, act on flags, decide plans, everything."""

    VIEWER = "viewer"
    REVIEWER = "reviewer"
    LEAD = "lead"
    ADMIN = "admin"


RoleOption = Annotated[Role, typer.Option("--role", help="What they may do.")]


@app.command()
def add(
    email: Email,
    role: RoleOption,
    clinic: ClinicOption = "",
    name: NameOption = "",
    as_json: AsJson = False,  # noqa: FBT002 - typer reads a flag as a bool parameter
) -> None:
    """Add an account and print the link by which its owner chooses a password.

    Example: followup user add ada@clinic.example --role lead
    """
    with told_plainly():
        from followup.cli.opened import known_clinic, with_services
        from followup.flows.accounts import AccountError, add_account

        known_clinic(clinic)
        try:
            link = with_services(lambda services: add_account(services, email, name, role.value, clinic))
        except AccountError as error:
            raise VerbError(str(error)) from error
    _say_link(link, as_json=as_json)


@app.command("list")
def list_all(as_json: AsJson = False) -> None:  # noqa: FBT002 - typer reads a flag as a bool parameter
    """List the accounts.

    Example: followup user list
    """
    with told_plainly():
        from followup.cli.opened import with_services
        from followup.flows.accounts import list_accounts

        found = with_services(list_accounts)
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False))
        return
    for row in found:
        typer.echo(f"{row['email']}\t{row['role']}\t{row['clinic'] or 'every clinic'}\t{row['state']}")


@app.command()
def disable(email: Email) -> None:
    """End an account and every session of it, now.

    Example: followup user disable ada@clinic.example
    """
    with told_plainly():
        from followup.cli.opened import with_services
        from followup.flows.accounts import AccountError, disable_account

        try:
            with_services(lambda services: disable_account(services, email))
        except AccountError as error:
            raise VerbError(str(error)) from error
    typer.echo(f"{email} can no longer sign in.")


@app.command()
def reset(email: Email, as_json: AsJson = False) -> None:  # noqa: FBT002 - typer reads a flag as a bool parameter
    """Print a new link to choose a password by; sessions end when it is used.

    Example: followup user reset ada@clinic.example
    """
    with told_plainly():
        from followup.cli.opened import with_services
        from followup.flows.accounts import AccountError, reset_account

        try:
            link = with_services(lambda services: reset_account(services, email))
        except AccountError as error:
            raise VerbError(str(error)) from error
    _say_link(link, as_json=as_json)


def _say_link(link: str, *, as_json: bool) -> None:
    typer.echo(json.dumps({"link": link}) if as_json else f"This link works once, for 24 hours:\n{link}")


def add_to(main: typer.Typer) -> None:
    """Make these verbs part of the command line."""
    main.add_typer(app, name="user")
