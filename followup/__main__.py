"""The command line: one verb a file in `followup/cli`. What a verb needs is imported when it runs, not before."""

from __future__ import annotations

import gc
from importlib import import_module
from typing import Annotated

import typer

from followup import __version__

VERBS = (
    *("demo", "serve", "check", "understand", "doctor", "reconcile", "copies", "move_to"),
    *("users", "tokens", "patients", "audit", "protocols", "replay", "bookings", "outbound", "corrections"),
)
"""Modules of `followup/cli`, in the order in which `--help` lists their verbs."""


def _version(asked: bool) -> None:  # noqa: FBT001 - typer hands a callback the bare value
    if asked:
        typer.echo(__version__)
        raise typer.Exit


Version = Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Say which one.")]


def _begin(version: Version = False) -> None:  # noqa: FBT002 - typer reads a flag as a bool parameter
    """Asks patients by text how they are after a treatment, and shows staff what should not wait.

    Try it: followup demo
    """
    del version


def make_app() -> typer.Typer:
    """The command line with every verb."""
    app = typer.Typer(
        name="followup",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_begin)
    for name in VERBS:
        import_module(f"followup.cli.{name}").add_to(app)
    return app


def main() -> None:
    """Run the verb that was asked for."""
    # Libraries and vocabularies are some hundred thousand objects that stay: looking for garbage among them again and
    # again was a quarter of the time to start.
    gc.set_threshold(50_000, 20, 100)
    make_app()(prog_name="followup")


if __name__ == "__main__":
    main()
