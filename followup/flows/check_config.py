"""Reading a whole configuration for the sake of its mistakes (`followup check`)."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from followup.catalogue.catalogue import read_catalogue
from followup.catalogue.problems import BadConfigurationError, Problem
from followup.catalogue.vocabularies import run_examples
from followup.domain.examples import wrong_examples

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from followup.catalogue.catalogue import Catalogue


def check(config: Path, templates: Path, environment: Mapping[str, str]) -> list[Problem]:
    """Every mistake in a configuration, its worked examples among them; none where it can be run."""
    try:
        catalogue = read_catalogue(config, templates, environment)
    except BadConfigurationError as error:
        return list(error.problems)
    return sorted(
        [*run_examples(catalogue.vocabularies, config / "vocabulary"), *_protocol_examples(catalogue, config)]
    )


def _protocol_examples(catalogue: Catalogue, config: Path) -> Iterator[Problem]:
    """Each example of a protocol that raises other flags than it says."""
    for protocol in catalogue.protocols.values():
        for one in wrong_examples(protocol, catalogue.vocabularies):
            hours = f"{one.example.at / timedelta(hours=1):g} h"
            what = (
                f'"{one.example.reply}" at {hours} raises {_listed(one.raised)}, expected {_listed(one.example.flags)}'
            )
            yield Problem(config / "protocols" / f"{protocol.id}.toml", one.example.line, what)


def _listed(flags: tuple[str, ...]) -> str:
    return ", ".join(sorted(flags)) or "nothing"
