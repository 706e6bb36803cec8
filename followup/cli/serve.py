"""`followup serve`, `web`, `worker` and `migrate`: the service itself."""

from __future__ import annotations

import asyncio
import os
import traceback
from typing import TYPE_CHECKING

import typer

from followup.cli.ending import FAILED, told_plainly

if TYPE_CHECKING:
    from followup.settings import Settings


def _run(*parts: str) -> None:
    with told_plainly():
        from followup.cli.configuration import read_configuration
        from followup.cli.logs import set_up_logs
        from followup.settings import read_settings

        settings = read_settings(os.environ)
        set_up_logs(settings.log_format)
        # Before the libraries are there: they fill the memory that reading it leaves free.
        catalogue = read_configuration(settings, os.environ)

        child = None
        if {"web", "worker"} <= set(parts) and settings.database_url.startswith("sqlite"):
            child = _start_schema(settings)
        # While the child is at it: these are most of what a start takes.
        from followup.cli.running import run

        if child is not None:
            _wait_for_schema(child)
        asyncio.run(run(settings, os.environ, frozenset(parts), catalogue))


def _start_schema(settings: Settings) -> int:
    """Bring it up in a child, whose memory goes with it: Alembic alone is ten megabytes we would keep for good."""
    child = os.fork()
    if child:
        return child
    status = FAILED
    try:
        with told_plainly():
            from followup.app import bring_up_schema

            asyncio.run(bring_up_schema(settings))
        status = 0
    except typer.Exit as ended:
        status = ended.exit_code
    except BaseException:  # noqa: BLE001 - whatever it was is told, and this process must not go on
        traceback.print_exc()
    finally:
        os._exit(status)


def _wait_for_schema(child: int) -> None:
    """typer.Exit with its status where it did not come up; the child has said why."""
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if status:
        raise typer.Exit(status)


def serve() -> None:
    """Run web and worker in one process: one clinic on one machine. Brings a SQLite schema up by itself.

    Example: FOLLOWUP_SECRET_KEY=… followup serve
    """
    _run("web", "worker")


def web() -> None:
    """Run the web half only: any number of them, on PostgreSQL.

    Example: PORT=8081 followup web
    """
    _run("web")


def worker() -> None:
    """Run the worker half only: any number of them, on PostgreSQL.

    Example: followup worker
    """
    _run("worker")


def migrate() -> None:
    """Bring the database's schema up. Safe to run twice, and by two processes at once.

    Example: DATABASE_URL=postgresql://localhost/followup followup migrate
    """
    with told_plainly():
        from followup.app import bring_up_schema
        from followup.settings import read_settings

        asyncio.run(bring_up_schema(read_settings(os.environ)))
        typer.echo("The schema is up to date.")


def add_to(app: typer.Typer) -> None:
    """Make these verbs part of the command line."""
    for verb in (serve, web, worker, migrate):
        app.command()(verb)
