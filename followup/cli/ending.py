"""How a verb ends when something is wrong: plain words, an exit code, no traceback for what people do."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from collections.abc import Iterator

FAILED = 1
BAD_CONFIGURATION = 78


class VerbError(Exception):
    """The verb cannot do what it was asked; the message says why and what to do."""


@contextmanager
def told_plainly() -> Iterator[None]:
    """What was wrong, each on a line of its own; 78 for settings and configuration, 1 for anything else."""
    from followup.catalogue.problems import BadConfigurationError
    from followup.settings import BadSettingsError
    from followup.store import SchemaError, StoreUnavailableError

    try:
        yield
    except (BadSettingsError, BadConfigurationError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(BAD_CONFIGURATION) from error
    except (SchemaError, StoreUnavailableError, VerbError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(FAILED) from error
