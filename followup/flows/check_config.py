"""Reading a whole configuration for the sake of its mistakes (`followup check`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from followup.catalogue.catalogue import read_catalogue
from followup.catalogue.problems import BadConfigurationError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from followup.catalogue.problems import Problem


def check(config: Path, templates: Path, environment: Mapping[str, str]) -> list[Problem]:
    """Every mistake in a configuration, in the order of its files; none where it can be run."""
    try:
        read_catalogue(config, templates, environment)
    except BadConfigurationError as error:
        return list(error.problems)
    return []
