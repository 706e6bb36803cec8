"""`followup demo`: the whole service in one process, with invented patients."""

from __future__ import annotations

import asyncio
import sys
from typing import Annotated

import typer

from followup.cli.ending import told_plainly

Port = Annotated[int, typer.Option(min=1, max=65535, help="Where the staff desk and the phones are.")]
Speed = Annotated[float, typer.Option(min=1, max=100_000, help="How many times faster time runs.")]
Patients = Annotated[int, typer.Option(min=1, max=900, help="How many invented patients.")]


def demo(port: Port = 8080, speed: Speed = 3600.0, patients: Patients = 40) -> None:
    """Show the whole service at work: a sample clinic, simulated patients, a staff desk; no account needed.

    Example: followup demo --port 9000 --patients 12
    """
    with told_plainly():
        import logging

        from followup.cli.logs import set_up_logs
        from followup.demo.run import run_demo

        set_up_logs("text", level=logging.WARNING)  # what it does is on the pages
        asyncio.run(run_demo(port, speed, patients, sys.stdout))


def add_to(app: typer.Typer) -> None:
    """Make this verb part of the command line."""
    app.command()(demo)
